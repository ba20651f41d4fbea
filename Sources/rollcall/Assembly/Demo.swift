import Logging
import Sandbox
import ServiceLifecycle
import Settings
import UnixSignals

/// `rollcall serve --demo`: the gateway over a sandbox of its own.
struct Demo {
    /// Everything but the sources, which the sandbox's port makes.
    let config: GatewayConfig
    let surroundings: CommandSurroundings
    let hangups: UnixSignalsSequence

    /// Serves until a signal; the gateway ends first, then the sandbox.
    ///
    /// - Throws: ``SettingsError`` with `problems`, and what is wrong with the adapter files.
    func run(problems: SettingsProblems) async throws {
        let logger = config.log.logger(on: surroundings.terminal)
        let (ports, told) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(1))
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let server = SandboxServer(config: SandboxConfig(), port: 0, logger: quiet) { port in
            told.yield(port)
            told.finish()
        }
        let sandbox = server.group(signals: false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { told.finish() }
                try await sandbox.run()
            }
            do {
                for await port in ports {
                    try await serve(sandboxPort: port, problems: problems, logger: logger, quiet: quiet)
                }
            } catch {
                // Cancelled, as a task group does it by itself, the sandbox would cut the connections that are
                // just being made, which is a crash in NIO; and its end would be logged as an error.
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
        config.cache.ttl = .seconds(5)
        // Whoever breaks a platform sees it without having read a list before.
        config.cache.idleInterval = .every(.seconds(5))
        // The sandbox is open, but one of the adapters wants a token.
        var environment = surroundings.environment
        environment["ROLLCALL_DEMO_TOKEN"] = "demo"
        let gateway = try await Assembly(config: config, environment: environment, logger: logger)
            .gateway(problems: problems)
        let (listen, output) = (config.listen, surroundings.output)
        let ignoring = ReloadSignals(hangups) {
            logger.notice("SIGHUP is ignored: the demo has no configuration")
        }
        try await gateway.serve(at: listen, hangups: ignoring, logger: quiet) { port in
            for line in Self.introduction(url: listen.url(port: port), sandboxPort: sandboxPort) {
                output.print(line)
            }
        }
    }

    /// Every dialect of a sandbox on this port of loopback, living and recorded.
    static func sources(sandboxPort: Int) -> [SourceConfig] {
        DemoSource.all.enumerated().compactMap { index, entry in
            guard let url = try? BaseURL("http://127.0.0.1:\(sandboxPort)\(entry.path)") else { return nil }
            var source = SourceConfig(
                name: entry.name, place: SettingsLocation(file: "demo", line: 0, key: "sources[\(index)]"),
                adapter: entry.adapter, baseURL: url)
            source.platform = entry.platform
            source.labels = entry.labels
            source.secrets = ["token": .environment("ROLLCALL_DEMO_TOKEN")]
            return source
        }
    }

    /// What to try, for someone who sees the program for the first time.
    static func introduction(url: String, sandboxPort: Int) -> [String] {
        let broken = Dialect.allCases[0].rawValue
        return [
            "",
            "  Rollcall is serving \(url) over made-up platforms; nothing leaves this machine.",
            "",
            "  Try, in another terminal:",
            "    curl -s '\(url)/v1/deployments?status=FAILED,DEGRADED&fields=uid,status,status_message'",
            "    curl -s '\(url)/v1/deployments?q=llama&sort=-updated_at&page_size=5'",
            "    curl -s '\(url)/v1/sources'",
            "    .build/release/rollcall list status=READY --gateway \(url)",
            "",
            "  Break a platform, wait until it is asked again (5 seconds), and look:",
            "    curl -s -X PUT 'http://127.0.0.1:\(sandboxPort)/_faults/\(broken)/status500'",
            "    curl -s '\(url)/v1/sources/\(DemoSource.all[0].name)'",
            "  Mend it:",
            "    curl -s -X DELETE 'http://127.0.0.1:\(sandboxPort)/_faults'",
            "",
            "  Ctrl-C ends it.",
            "",
        ]
    }
}
