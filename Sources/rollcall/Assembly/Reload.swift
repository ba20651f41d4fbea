import Deployments
import HTTPFront
import Logging
import Metrics
import Refresh
import Settings

/// Reads the configuration and the adapter files again while the gateway runs, and takes over what can change.
///
/// All or nothing: one that has a mistake changes nothing, and says so in the log and in `/v1/sources`.
struct Reload: Sendable {
    /// As the program was started; listening, storing and logging stay so.
    let running: GatewayConfig
    /// The variables of the program's start.
    let environment: [String: String]
    let logger: Logger
    let gateway: Assembly.Gateway
    /// What counts are told to.
    var metrics: any MetricsFactory = MetricsSystem.factory
    /// Reads the configuration as at the start; what is wrong with it goes to `problems`.
    let read: @Sendable (_ problems: SettingsProblems) throws -> GatewayConfig

    /// Tries once; called by one task at a time.
    @concurrent
    func callAsFunction() async {
        let problems = SettingsProblems()
        do {
            let config = try read(problems)
            refuseOpenness(of: config, problems: problems)
            let assembly = Assembly(config: config, environment: environment, logger: logger)
            let sources = assembly.sources(askedBy: gateway.transport, problems: problems)
            try problems.throwIfAny()
            await takeOver(config, assembly, sources.map { ($0.source, $0.config) })
        } catch {
            refuse(error)
        }
    }

    /// Refuses to take every token away where others reach the address that is listened on until a restart.
    private func refuseOpenness(of config: GatewayConfig, problems: SettingsProblems) {
        var config = config
        let isOpen = config.isOpenToOthers
        config.listen.host = running.listen.host
        // Where it is open as it stands, that is told already.
        guard config.isOpenToOthers, !isOpen else { return }
        problems.add(
            SettingsLocation(file: "running gateway", line: 0, key: "auth.tokens"),
            "are needed until a restart: \(running.listen.host) is listened on still, and can be reached from "
                + "other machines")
    }

    private func takeOver(
        _ config: GatewayConfig, _ assembly: Assembly, _ sources: [(any DeploymentSource, RefreshConfig)]
    ) async {
        // Before the sources: whoever may not ask any more is not shown those that come.
        gateway.frontConfig.access.replace(with: assembly.accessTokens())
        let result = await gateway.refresher.reconfigure(sources: sources)
        gateway.configuration.replace(with: ConfigurationStatus(loadedAt: Assembly.now()))
        count("taken_over")
        logger.notice(
            "configuration is read again",
            metadata: [
                "kept": "\(result.kept.count)", "changed": "\(result.changed.joined(separator: ","))",
                "begun": "\(result.begun.joined(separator: ","))",
                "removed": "\(result.removed.joined(separator: ","))",
            ])
        for key in config.keysForRestart(after: running) {
            logger.warning(
                "this key has another value now, which needs a restart", metadata: ["key": "\(key)"])
        }
    }

    private func count(_ result: String) {
        Counter(
            label: "rollcall_configuration_reloads_total", dimensions: [("result", result)], factory: metrics
        ).increment()
    }

    /// Tells every mistake, and changes nothing else.
    private func refuse(_ error: any Error) {
        count("refused")
        let problems = (error as? SettingsError)?.problems ?? []
        let count = max(1, problems.count)
        logger.error(
            "configuration is not taken over, nothing has changed", metadata: ["problems": "\(count)"])
        for problem in problems {
            logger.error(
                "problem in the configuration",
                metadata: [
                    "place": "\(problem.place.description.neutralised())",
                    "problem": "\(problem.message.neutralised(limit: 2000))",
                ])
        }
        let reason = CommandFailure(ending: error)?.message ?? "it could not be read"
        if problems.isEmpty {
            logger.error("problem in the configuration", metadata: ["problem": "\(reason)"])
        }
        let message =
            problems.first.map {
                "\(counted(count, "problem")) in the configuration, the first at "
                    + "\($0.place.description.neutralised()); the log tells all"
            } ?? reason
        var status = gateway.configuration.value
        status.refusal = ConfigurationStatus.Refusal(
            message: message, since: status.refusal?.since ?? Assembly.now(), problems: count)
        gateway.configuration.replace(with: status)
    }
}

extension GatewayConfig {
    /// The keys whose values are others than a running gateway's, and which it cannot take over.
    fileprivate func keysForRestart(after running: GatewayConfig) -> [String] {
        var keys: [String] = []
        if listen.host != running.listen.host { keys.append("listen.host") }
        if listen.port != running.listen.port { keys.append("listen.port") }
        if store != running.store { keys.append("store") }
        if log.level != running.log.level { keys.append("log.level") }
        if log.format != running.log.format { keys.append("log.format") }
        return keys
    }
}
