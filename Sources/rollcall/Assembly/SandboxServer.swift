import Hummingbird
import Logging
import Sandbox
import ServiceLifecycle
import UnixSignals

/// The sandbox as a server on loopback: a service that shuts down gracefully, whatever faults are on.
struct SandboxServer: Service {
    private let fleet: SandboxFleet
    private let listen: ListenConfig
    private let logger: Logger
    private let onRunning: @Sendable (Int) async -> Void

    /// Port 0 takes any free port; `onRunning` is called once with the port in use.
    init(
        config: SandboxConfig, port: Int, logger: Logger, onRunning: @escaping @Sendable (Int) async -> Void
    ) {
        fleet = SandboxFleet(config: config, now: Assembly.now)
        listen = ListenConfig(host: "127.0.0.1", port: port)
        self.logger = logger
        self.onRunning = onRunning
    }

    /// Serves until graceful shutdown, which also ends the responses that a fault delays.
    func run() async throws {
        let onRunning = onRunning
        let application = Application(
            router: makeSandboxRouter(fleet: fleet),
            configuration: ApplicationConfiguration(
                address: .hostname(listen.host, port: listen.port), serverName: "rollcall-sandbox"),
            onServerRunning: { await onRunning($0.localAddress?.port ?? 0) }, logger: logger)
        try await withGracefulShutdownHandler {
            try await application.run()
        } onGracefulShutdown: {
            fleet.stop()
        }
    }

    /// Runs the sandbox alone until SIGTERM or SIGINT.
    func runUntilSignal() async throws {
        try await group(signals: true).run(listeningOn: listen)
    }

    /// The sandbox as a group that the caller runs.
    ///
    /// With `signals`, SIGTERM and SIGINT stop it; without, as in ``Demo``, only the caller does.
    func group(signals: Bool) -> ServiceGroup {
        var configuration = ServiceGroupConfiguration(
            services: [self], gracefulShutdownSignals: signals ? [.sigterm, .sigint] : [],
            cancellationSignals: signals ? [.sigquit] : [], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        return ServiceGroup(configuration: configuration)
    }

    /// Lines that list the platforms' base URLs and explain how to switch faults on.
    static func introduction(port: Int) -> [String] {
        let base = "http://127.0.0.1:\(port)"
        let paths = DemoSource.all.map { "  \(base)\($0.path)" }
        let broken = Dialect.allCases[0].rawValue
        return ["The sandbox is running. Base URLs for sources:"] + paths + [
            "List faults: curl \(base)/_faults; switch one on: curl -X PUT \(base)/_faults/\(broken)/status500",
            "What writes to the platforms did: curl \(base)/_effects",
        ]
    }
}

extension SandboxPlan {
    var config: SandboxConfig {
        var config = SandboxConfig()
        config.seed = seed
        config.changesOverTime = changesOverTime
        config.token = token
        if let rows { config.setRows(rows) }
        return config
    }
}
