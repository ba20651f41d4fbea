import Deployments
import HTTPFront
import Logging
import Metrics
import Refresh
import Settings

/// Reads the configuration and the adapter files again while the gateway runs, and applies every key that can
/// change.
///
/// All or nothing: a configuration with a mistake changes nothing, and is reported in the log and in
/// `/v1/sources`.
struct Reload: Sendable {
    /// The configuration that the program was started with; its `listen`, `store` and `log` stay in force.
    let running: GatewayConfig
    /// The environment variables, as at the program's start.
    let environment: [String: String]
    let logger: Logger
    let gateway: Assembly.Gateway
    /// The factory of the counters.
    var metrics: any MetricsFactory = MetricsSystem.factory
    /// Reads the configuration in the same way as at the start; mistakes go to `problems`.
    let read: @Sendable (_ problems: SettingsProblems) throws -> GatewayConfig

    /// Reloads once; only one task at a time may call it.
    @concurrent
    func callAsFunction() async {
        let problems = SettingsProblems()
        do {
            let config = try read(problems)
            refuseOpenness(of: config, problems: problems)
            let assembly = Assembly(config: config, environment: environment, logger: logger)
            let sources = assembly.sources(
                using: gateway.transport, within: gateway.limits, problems: problems)
            try problems.throwIfAny()
            problems.logWarnings(to: logger)
            await apply(config, assembly, sources.map { ($0.source, $0.config) })
        } catch {
            refuse(error)
        }
    }

    /// Refuses to remove all tokens while the address in use, which only a restart changes, is open to other
    /// machines.
    private func refuseOpenness(of config: GatewayConfig, problems: SettingsProblems) {
        var config = config
        let isOpen = config.isOpenToOthers
        config.listen.host = running.listen.host
        // A configuration that is open by itself was refused when it was read.
        guard config.isOpenToOthers, !isOpen else { return }
        problems.add(
            SettingsLocation(file: "running gateway", line: 0, key: "auth.tokens"),
            "are needed until a restart: the gateway still listens on \(running.listen.host), which other "
                + "machines can reach")
    }

    private func apply(
        _ config: GatewayConfig, _ assembly: Assembly, _ sources: [(any DeploymentSource, CacheWindows)]
    ) async {
        // Replaced before the sources: a caller whose access ends must not see the new ones.
        gateway.frontConfig.access.replace(with: assembly.accessTokens())
        let result = await gateway.refresher.reconfigure(sources: sources, rules: config.rules.map(\.rule))
        gateway.configuration.replace(with: ConfigurationStatus(loadedAt: Assembly.now()))
        count("taken_over")
        logger.notice(
            "configuration reloaded",
            metadata: [
                "unchanged": "\(result.unchanged.count)",
                "changed": "\(listed(result.changed))",
                "added": "\(listed(result.added))",
                "removed": "\(listed(result.removed))",
            ])
        for key in config.keysForRestart(after: running) {
            logger.warning(
                "changed key takes effect only after a restart", metadata: ["key": "\(key)"])
        }
    }

    private func count(_ result: String) {
        Counter(
            label: "rollcall_configuration_reloads_total", dimensions: [("result", result)], factory: metrics
        ).increment()
    }

    /// The names for a log line, which must not grow with the configuration: at most twenty.
    private func listed(_ names: [String]) -> String {
        let (shown, left) = (names.prefix(20).joined(separator: ","), names.count - 20)
        return left > 0 ? "\(shown) and \(left) more" : shown
    }

    /// Logs every mistake and updates the status; changes nothing else.
    private func refuse(_ error: any Error) {
        count("refused")
        let problems = (error as? SettingsError)?.problems ?? []
        let count = max(1, problems.count)
        logger.error(
            "configuration not reloaded: it has problems, and nothing has changed",
            metadata: ["problems": "\(count)"])
        for problem in problems {
            logger.error(
                "problem in the configuration",
                metadata: [
                    "location": "\(problem.location.description.neutralized())",
                    "problem": "\(problem.message.neutralized(limit: 2000))",
                ])
        }
        let reason = CommandFailure(ending: error)?.message ?? "it could not be read"
        if problems.isEmpty {
            logger.error("problem in the configuration", metadata: ["problem": "\(reason)"])
        }
        let message =
            problems.first.map {
                "\(counted(count, "problem")) in the configuration, the first at "
                    + "\($0.location.description.neutralized()); the log has them all"
            } ?? reason
        var status = gateway.configuration.value
        status.refusal = ConfigurationStatus.Refusal(
            message: message, since: status.refusal?.since ?? Assembly.now(), problems: count)
        gateway.configuration.replace(with: status)
    }
}

extension GatewayConfig {
    /// The keys whose values differ from the running gateway's and take effect only after a restart.
    fileprivate func keysForRestart(after running: GatewayConfig) -> [String] {
        var keys: [String] = []
        if listen.host != running.listen.host { keys.append("listen.host") }
        if listen.port != running.listen.port { keys.append("listen.port") }
        if listen.hosts != running.listen.hosts { keys.append("listen.hosts") }
        if listen.proxies != running.listen.proxies { keys.append("listen.proxies") }
        if listen.readingOrigins != running.listen.readingOrigins { keys.append("listen.cors.origins") }
        if listen.privateDocs != running.listen.privateDocs { keys.append("listen.private_docs") }
        if listen.limits != running.listen.limits { keys.append("listen.limits") }
        if store != running.store { keys.append("store") }
        if shared.answerBytes != running.shared.answerBytes { keys.append("upstream.shared.answers") }
        if shared.hostWidth != running.shared.hostWidth { keys.append("upstream.shared.per_host") }
        if log.level != running.log.level { keys.append("log.level") }
        if log.format != running.log.format { keys.append("log.format") }
        return keys
    }
}
