import Deployments
import Logging
import Sandbox
import ServiceLifecycle
import Settings
import UnixSignals

/// `rollcall serve --demo`: the gateway over a sandbox of its own.
struct Demo {
    /// The configuration without sources, which depend on the sandbox's port.
    let config: GatewayConfig
    let environment: CommandEnvironment
    let signals: UnixSignalsSequence

    /// Serves until a signal; the gateway ends first, then the sandbox.
    ///
    /// - Throws: ``SettingsError`` with `problems` and the mistakes in the adapter files.
    func run(problems: SettingsProblems) async throws {
        let logger = config.log.logger(on: environment.terminal)
        let (ports, announcement) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(1))
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let server = SandboxServer(config: SandboxConfig(), port: 0, logger: quiet) { port in
            announcement.yield(port)
            announcement.finish()
        }
        let sandbox = server.group(signals: false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { announcement.finish() }
                try await sandbox.run()
            }
            do {
                for await port in ports {
                    try await serve(sandboxPort: port, problems: problems, logger: logger, quiet: quiet)
                }
            } catch {
                // The task group would cancel the sandbox. That cuts connections which the sandbox is just
                // accepting, which crashes in NIO, and logs the sandbox's end as an error.
                await sandbox.triggerGracefulShutdown()
                try? await group.waitForAll()
                throw error
            }
            await sandbox.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    private func serve(
        sandboxPort: Int, problems: SettingsProblems, logger: Logger, quiet: Logger
    ) async throws {
        var config = config
        config.sources = Self.sources(sandboxPort: sandboxPort)
        config.cache.set(.ttl, to: .seconds(5))
        // A broken platform is noticed even if nobody has read a list yet.
        config.cache.set(.idleInterval, to: .after(.seconds(5)))
        // The sandbox is open, but one of the adapters requires a token.
        var variables = environment.variables
        variables["ROLLCALL_DEMO_TOKEN"] = "demo"
        let gateway = try await Assembly(config: config, environment: variables, logger: logger)
            .gateway(problems: problems)
        let (listen, output) = (config.listen, environment.output)
        let ignoring = ReloadSignals(signals) {
            logger.notice("SIGHUP is ignored: the demo has no configuration")
        }
        try await gateway.serve(at: listen, reloadSignals: ignoring, logger: quiet) { port in
            for line in Self.introduction(url: listen.url(port: port), sandboxPort: sandboxPort) {
                output.print(line)
            }
        }
    }

    /// Two sources for each dialect of a sandbox on this loopback port: the simulation and the samples.
    static func sources(sandboxPort: Int) -> [SourceConfig] {
        DemoSource.all.enumerated().compactMap { index, entry in
            guard let url = try? BaseURL("http://127.0.0.1:\(sandboxPort)\(entry.path)") else { return nil }
            var source = SourceConfig(
                name: entry.name, location: SettingsLocation(file: "demo", line: 0, key: "sources[\(index)]"),
                adapter: entry.adapter, baseURL: url)
            source.platform = entry.platform
            source.labels = entry.labels
            source.secrets = ["token": .environment("ROLLCALL_DEMO_TOKEN")]
            return source
        }
    }

    /// Suggestions for someone who sees the program for the first time.
    static func introduction(url: String, sandboxPort: Int) -> [String] {
        let broken = Dialect.allCases[0].rawValue
        return [
            "",
            "  Rollcall is serving \(url) over made-up platforms. Nothing leaves this machine.",
            "",
            "  Try, in another terminal:",
            "    curl -s '\(url)/v1/deployments?status=FAILED,DEGRADED&fields=uid,status,status_message'",
            "    curl -s '\(url)/v1/deployments?q=llama&sort=-updated_at&page_size=5'",
            "    curl -s '\(url)/v1/sources'",
            "    .build/release/rollcall list status=READY --gateway \(url)",
            "",
            "  Break a platform, wait for its next refresh (5 seconds), and look:",
            "    curl -s -X PUT 'http://127.0.0.1:\(sandboxPort)/_faults/\(broken)/status500'",
            "    curl -s '\(url)/v1/sources/\(DemoSource.all[0].name)'",
            "  Repair it:",
            "    curl -s -X DELETE 'http://127.0.0.1:\(sandboxPort)/_faults'",
            "",
            "  Stop with Ctrl-C.",
            "",
        ]
    }
}
