import Deployments
import Logging
import Sandbox
import ServiceLifecycle
import Settings
import Synchronization
import Testing
import Upstream
import Wire

@testable import rollcall

/// A gateway over a sandbox, both on real sockets of loopback, for the length of a test.
struct RunningGateway: Sendable {
    let fleet: SandboxFleet
    let base: String
    let sandboxBase: String
    let client: CurlTransport

    /// One answer, with its document where it is JSON.
    struct Answer {
        var response: UpstreamResponse
        var json: JSONValue? { (try? JSONDocument(parsing: response.body))?.root }
    }

    func get(
        _ target: String, method: UpstreamRequest.Method = .get, headers: [UpstreamRequest.Header] = []
    ) async throws -> Answer {
        let request = UpstreamRequest(
            method: method, url: base + target, headers: headers, body: nil, options: ConnectionOptions())
        return Answer(response: try await client.send(request))
    }

    /// Asks again and again until an answer satisfies; gives up after 20 s.
    func get(_ target: String, until satisfied: (Answer) -> Bool) async throws -> Answer {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(20)
        while true {
            let answer = try await get(target)
            if satisfied(answer) { return answer }
            try #require(clock.now < end, "\(target) never came to what was awaited")
            try await clock.sleep(for: .milliseconds(20))
        }
    }
}

/// Runs `body` with a gateway whose sources `sources(sandboxBase)` lists; both servers end afterwards.
func withGateway(
    sandbox: SandboxConfig, ttl: Duration = .milliseconds(100), logger: Logger = quietLogger,
    tokens: [TokenConfig] = [], environment: [String: String] = [:],
    sources: (_ sandboxBase: String) throws -> [SourceConfig],
    _ body: @escaping @Sendable (RunningGateway) async throws -> Void
) async throws {
    let sandboxPort = OneValue<Int>()
    let server = SandboxServer(config: sandbox, port: 0, logger: quietLogger) { sandboxPort.set($0) }
    let sandboxGroup = ServiceGroup(
        services: [server.service()], gracefulShutdownSignals: [], cancellationSignals: [],
        logger: quietLogger)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await sandboxGroup.run() }
        let sandboxBase = "http://127.0.0.1:\(await sandboxPort.value)"
        var config = GatewayConfig()
        config.adapterFolders = [repositoryRoot + "/adapters.d"]
        config.cache.ttl = ttl
        config.cache.minInterval = .milliseconds(10)
        config.tokens = tokens
        config.sources = try sources(sandboxBase)
        let gateway = try await Assembly(config: config, environment: environment, logger: logger).gateway()
        let port = OneValue<Int>()
        let services = gateway.services(
            host: "127.0.0.1", port: 0, drain: .zero, signals: false, logger: logger
        ) { port.set($0 ?? 0) }
        group.addTask { try await services.run() }
        let running = RunningGateway(
            fleet: server.fleet, base: "http://127.0.0.1:\(await port.value)", sandboxBase: sandboxBase,
            client: CurlTransport())
        do {
            try await body(running)
        } catch {
            running.client.shutDown()
            await services.triggerGracefulShutdown()
            server.fleet.stop()
            await sandboxGroup.triggerGracefulShutdown()
            throw error
        }
        running.client.shutDown()
        await services.triggerGracefulShutdown()
        server.fleet.stop()
        await sandboxGroup.triggerGracefulShutdown()
        try await group.waitForAll()
    }
}

/// A value that is set once, and awaited.
final class OneValue<Value: Sendable>: Sendable {
    private let state = Mutex<(value: Value?, waiting: [CheckedContinuation<Value, Never>])>((nil, []))

    func set(_ value: Value) {
        let waiting = state.withLock { state in
            state.value = value
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let value = state.withLock { state -> Value? in
                    if state.value == nil { state.waiting.append(continuation) }
                    return state.value
                }
                if let value { continuation.resume(returning: value) }
            }
        }
    }
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The folder that holds Package.swift.
let repositoryRoot = String(
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/"))

/// The three dialects of a sandbox as sources.
func threeSources(_ base: String) throws -> [SourceConfig] {
    [
        try source("research", "nemo", base + "/nemo"),
        try source("ali", "dashscope", base + "/dashscope"),
        try source("deepinfra", "deploy-list", base + "/deploy-list"),
    ]
}

/// One source; the secret `token` is read from the variable `TOKEN`.
func source(_ name: String, _ adapter: String, _ url: String) throws -> SourceConfig {
    var source = SourceConfig(
        name: name, place: SettingsPlace(file: "test", line: 1, key: "sources"), adapter: adapter,
        baseURL: try BaseURL(url))
    source.secrets = ["token": .environment("TOKEN")]
    return source
}
