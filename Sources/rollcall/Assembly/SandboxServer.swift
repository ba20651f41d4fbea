import Hummingbird
import Logging
import Sandbox
import ServiceLifecycle

/// The sandbox as a server on loopback.
struct SandboxServer {
    let fleet: SandboxFleet
    private let port: Int
    private let logger: Logger
    private let onRunning: @Sendable (Int) async -> Void

    /// Port 0 takes any free port; `onRunning` is told the one in use, once.
    init(
        config: SandboxConfig, port: Int, logger: Logger, onRunning: @escaping @Sendable (Int) async -> Void
    ) {
        fleet = SandboxFleet(config: config, now: Assembly.now)
        self.port = port
        self.logger = logger
        self.onRunning = onRunning
    }

    /// Serves until it is told to stop; faults that hang end when the fleet stops.
    func service() -> some Service {
        let onRunning = onRunning
        return Application(
            router: makeSandboxRouter(fleet: fleet),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: port), serverName: "rollcall-sandbox"),
            onServerRunning: { await onRunning($0.localAddress?.port ?? 0) }, logger: logger)
    }

    /// Where its platforms are, and how to break them.
    static func introduction(port: Int) -> [String] {
        let base = "http://127.0.0.1:\(port)"
        let paths = DemoSource.all.map { "  \(base)\($0.path)" }
        let broken = Dialect.allCases[0].rawValue
        return ["The sandbox serves, as base URLs of sources:"] + paths + [
            "Its faults: curl \(base)/_faults; one on: curl -X PUT \(base)/_faults/\(broken)/status500"
        ]
    }
}

extension SandboxPlan {
    var config: SandboxConfig {
        var config = SandboxConfig()
        config.seed = seed
        config.lives = lives
        config.token = token
        if let rows { config.setRows(rows) }
        return config
    }
}
