import Hummingbird
import Logging
import Sandbox
import ServiceLifecycle
import Settings
import Wire

/// The sandbox as a server on loopback, and the configuration that lists it.
struct SandboxServer {
    let fleet: SandboxFleet
    private let host: String
    private let port: Int
    private let logger: Logger
    private let onRunning: @Sendable (Int) async -> Void

    init(
        config: SandboxConfig, host: String = "127.0.0.1", port: Int, logger: Logger,
        onRunning: @escaping @Sendable (Int) async -> Void
    ) {
        fleet = SandboxFleet(config: config, now: Assembly.now)
        self.host = host
        self.port = port
        self.logger = logger
        self.onRunning = onRunning
    }

    /// Serves until it is told to stop; faults that hang end with it.
    func service() -> some Service {
        let onRunning = onRunning
        return Application(
            router: makeSandboxRouter(fleet: fleet),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "rollcall-sandbox"),
            onServerRunning: { await onRunning($0.localAddress?.port ?? 0) }, logger: logger)
    }
}

extension GatewayConfig {
    /// The demo's: every dialect of a sandbox on this port of loopback, living and recorded.
    static func demo(sandboxPort: Int) -> GatewayConfig {
        var config = GatewayConfig()
        config.cache.ttl = .seconds(5)
        config.sources = [
            ("research", "nemo", "/nemo", ["team": "search"]),
            ("ali", "dashscope", "/dashscope", ["team": "apps"]),
            ("deepinfra", "deploy-list", "/deploy-list", ["team": "apps"]),
            ("recorded-nemo", "nemo", "/samples/nemo", [:]),
            ("recorded-dashscope", "dashscope", "/samples/dashscope", [:]),
            ("recorded-deploy-list", "deploy-list", "/samples/deploy-list", [:]),
        ].enumerated().compactMap { index, entry in
            let (name, adapter, path, labels) = entry
            guard let url = try? BaseURL("http://127.0.0.1:\(sandboxPort)\(path)") else { return nil }
            var source = SourceConfig(
                name: name, place: SettingsPlace(file: "demo", line: 0, key: "sources[\(index)]"),
                adapter: adapter, baseURL: url)
            source.labels = labels
            if name == "deepinfra" { source.platform = "deepinfra" }
            // The sandbox asks for none, but the adapter wants one.
            if adapter == "dashscope" { source.secrets = ["token": .environment("ROLLCALL_DEMO_TOKEN")] }
            return source
        }
        return config
    }
}
