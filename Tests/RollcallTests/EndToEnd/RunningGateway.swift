import Deployments
import HTTPFront
import Hummingbird
import Logging
import Refresh
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

    var port: Int { base.split(separator: ":").last.flatMap { Int($0) } ?? 0 }

    /// One answer, with its document where it is JSON.
    struct Answer {
        var response: UpstreamResponse
        var json: JSONValue? { (try? JSONDocument(parsing: response.body))?.root }
        /// True if a row of a list still waits for a lookup.
        var hasPendingLookups: Bool {
            json?["data"]?.elements.contains { row in
                row["lookups"]?.elements.contains { $0["state"]?.string == "pending" } ?? false
            } ?? false
        }

        /// Of a list's rows, in their order.
        var uids: [String] { json?["data"]?.elements.compactMap { $0["uid"]?.string } ?? [] }

        /// Its status and the first 500 bytes of its body.
        var summary: String {
            "\(response.status) \(String(decoding: response.body.prefix(500), as: UTF8.self))"
        }

        /// `name state error-class` of every source, `-` where there is no error.
        var standings: [String] {
            (json?["sources"]?.elements ?? []).map { source in
                "\(source["name"]?.string ?? "-") \(source["state"]?.string ?? "-") "
                    + (source["error"]?["class"]?.string ?? "-")
            }
        }
    }

    func get(
        _ target: String, method: UpstreamRequest.Method = .get, headers: [UpstreamRequest.Header] = []
    ) async throws -> Answer {
        // Longer than any wait of the gateway's own, and than the suite's time limit.
        let options = ConnectionOptions(totalTimeout: .seconds(3600))
        let request = UpstreamRequest(
            method: method, url: base + target, headers: headers, body: nil, options: options)
        return Answer(response: try await client.send(request))
    }

    /// Repeats the request until an answer satisfies; only the suite's time limit ends it earlier.
    func get(_ target: String, until satisfied: (Answer) -> Bool) async throws -> Answer {
        var answer: Answer?
        try await poll(until: "\(target) answers what is awaited, not \(answer?.summary ?? "nothing")") {
            let latest = try await get(target)
            answer = latest
            return satisfied(latest)
        }
        return try #require(answer)
    }
}

/// Runs `body` with a gateway whose sources `sources(sandboxBase)` lists; both servers end afterwards.
func withGateway(
    sandbox: SandboxConfig, ttl: Duration = .milliseconds(100), logger: Logger = quietLogger,
    tokens: [TokenConfig] = [], environment: [String: String] = [:],
    sources: (_ sandboxBase: String) throws -> [SourceConfig],
    _ body: (RunningGateway) async throws -> Void
) async throws {
    let fleet = SandboxFleet(config: sandbox, now: Assembly.now)
    try await withServer(makeSandboxRouter(fleet: fleet), beforeEnd: { fleet.stop() }) { base in
        var config = gatewayConfig(try sources(base), ttl: ttl)
        config.tokens = tokens
        try await withGateway(config, environment: environment, logger: logger, over: fleet, at: base, body)
    }
}

/// A sandbox's fleet without a row, for a gateway that has other upstreams.
func emptyFleet() -> SandboxFleet {
    var config = SandboxConfig()
    config.setRows(0)
    return SandboxFleet(config: config, now: Assembly.now)
}

/// A configuration for a test: the project's adapters, and attempts that may follow closely.
func gatewayConfig(_ sources: [SourceConfig], ttl: Duration) -> GatewayConfig {
    var config = GatewayConfig()
    config.adapterFolders = [repositoryRoot + "/adapters.d"]
    config.cache.set(.ttl, to: ttl)
    config.cache.set(.minInterval, to: .milliseconds(10))
    // Some tests watch the platform's side only, where no reader keeps a source active.
    config.cache.set(.idleInterval, to: .after(ttl))
    config.sources = sources
    return config
}

/// Runs `body` with a gateway with this configuration; it ends afterwards.
///
/// With `detour`, its requests to platforms go where that sends them. With `freshness`, its readers wait for
/// what that makes of the gateway's own.
func withGateway(
    _ config: GatewayConfig, environment: [String: String] = ["TOKEN": "sandbox-token"],
    logger: Logger = quietLogger, over fleet: SandboxFleet = emptyFleet(), at sandboxBase: String = "",
    detour: ((CurlTransport) -> any HTTPTransport)? = nil,
    freshness: ((any Freshness) -> any Freshness)? = nil,
    _ body: (RunningGateway) async throws -> Void
) async throws {
    let assembly = Assembly(config: config, environment: environment, logger: logger)
    var gateway = try await assembly.gateway(problems: SettingsProblems())
    if let detour { try gateway.send(by: detour(gateway.transport), as: assembly) }
    if let freshness { gateway.state.freshness = freshness(gateway.state.freshness) }
    let boundPort = OneValue<Int?>()
    let services = gateway.services(
        host: "127.0.0.1", port: 0, shutdownDelay: .zero, signals: false, logger: logger
    ) {
        boundPort.set($0)
    }
    try await whileRunning(services) { error in
        Issue.record(error)
        boundPort.set(nil)
    } _: {
        let bound = try await boundPort.value
        let port = try #require(bound)
        let running = RunningGateway(
            fleet: fleet, base: "http://127.0.0.1:\(port)", sandboxBase: sandboxBase, client: CurlTransport())
        defer { running.client.shutDown() }
        try await body(running)
    }
}

extension Assembly.Gateway {
    /// Asks the platforms by another transport; the gateway has not started, and its store is of memory.
    fileprivate mutating func send(by other: any HTTPTransport, as assembly: Assembly) throws {
        let problems = SettingsProblems()
        let sources = SourceAssembly(
            config: assembly.config, transport: other, environment: assembly.environment, now: Assembly.now,
            problems: problems
        ).sources(problems: problems)
        try problems.throwIfAny()
        let published = published
        refresher = Refresher(
            sources: sources.map { ($0.source, $0.config) }, publishingTo: published, restoring: [],
            store: nil, clock: ContinuousClock(), now: Assembly.now, logger: assembly.logger)
        state = FrontState(
            published: { published.value }, now: Assembly.now, readiness: readiness, freshness: refresher)
    }
}

/// Serves a router on loopback for the length of `body`, which gets its base URL; then the port is closed.
///
/// A port other than 0 is retried until it is free.
func withServer<Value: Sendable, Context: RequestContext>(
    _ router: Router<Context>, port: Int = 0, beforeEnd: () -> Void = {},
    _ body: (_ base: String) async throws -> Value
) async throws -> Value where Context.Source == ApplicationRequestContextSource {
    var outcome: Value?
    try await poll(until: "port \(port) is free") {
        let boundPort = OneValue<Int?>()
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { boundPort.set($0.localAddress?.port) }, logger: quietLogger)
        let services = ServiceGroup(
            services: [application], gracefulShutdownSignals: [], cancellationSignals: [],
            logger: quietLogger)
        outcome = try await whileRunning(services, onFailure: { _ in boundPort.set(nil) }) { () -> Value? in
            guard let port = try await boundPort.value else { return nil }
            defer { beforeEnd() }
            return try await body("http://127.0.0.1:\(port)")
        }
        return outcome != nil
    }
    return try #require(outcome)
}

/// Runs services beside `body`, and ends them in order after it, whatever came of it.
///
/// Services that end with an error of their own call `onFailure`, from which `body` is to know.
private func whileRunning<Value: Sendable>(
    _ services: ServiceGroup, onFailure: @escaping @Sendable (any Error) -> Void,
    _ body: () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            do { try await services.run() } catch { onFailure(error) }
        }
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        await services.triggerGracefulShutdown()
        try await group.waitForAll()
        return try outcome.get()
    }
}

/// A value that is set once, and awaited.
final class OneValue<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var nextID = 0
        var waiting: [Int: CheckedContinuation<Value, any Error>] = [:]
    }

    private let state = Mutex(State())

    func set(_ value: Value) {
        let waiting = state.withLock { state in
            state.value = value
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume(returning: value) }
    }

    /// The value once it is set; throws `CancellationError` if the task is cancelled before.
    var value: Value {
        get async throws {
            let id = state.withLock { state in
                state.nextID += 1
                return state.nextID
            }
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let result = state.withLock { state -> Result<Value, any Error>? in
                        if let value = state.value { return .success(value) }
                        if Task.isCancelled { return .failure(CancellationError()) }
                        state.waiting[id] = continuation
                        return nil
                    }
                    if let result { continuation.resume(with: result) }
                }
            } onCancel: {
                let waiter = state.withLock { $0.waiting.removeValue(forKey: id) }
                waiter?.resume(throwing: CancellationError())
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
        name: name, location: SettingsLocation(file: "test", line: 1, key: "sources"), adapter: adapter,
        baseURL: try BaseURL(url))
    source.secrets = ["token": .environment("TOKEN")]
    return source
}
