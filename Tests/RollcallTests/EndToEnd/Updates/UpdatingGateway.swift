import Deployments
import Foundation
import Logging
import Sandbox
import Settings
import Testing
import Upstream
import Wire

@testable import rollcall

/// A gateway that lets deployments be changed, with its store in a folder of its own.
struct UpdatingGateway: Sendable {
    let gateway: RunningGateway
    /// The folder with the store's files.
    let folder: URL

    static let accessToken = "CANARY-ACCESS-TOKEN"
    static let sourceToken = "CANARY-SOURCE-TOKEN"

    /// A run of a command in the test's own process.
    struct Run {
        var failure: CommandFailure?
        var output: String
        var errors: String

        /// The id of the audit record that a message names; nil without one.
        var auditID: String? {
            (failure?.message ?? errors).firstMatch(of: /rollcall audit ([0-9a-f]{32})/).map { String($0.1) }
        }
    }

    /// Runs `rollcall update` with these arguments.
    func update(_ arguments: String...) async throws -> Run {
        let command = try UpdateCommand.parse(arguments + ["--gateway", gateway.base])
        return try await run {
            try await command.update(in: $0, over: gateway.client, clock: ContinuousClock())
        }
    }

    /// Runs `rollcall audit` with these arguments.
    func audit(_ arguments: String...) async throws -> Run { try await audit(arguments) }

    /// Runs `rollcall audit` with these arguments.
    func audit(_ arguments: [String]) async throws -> Run {
        let command = try AuditCommand.parse(arguments + ["--gateway", gateway.base])
        return try await run { try await command.show(in: $0, over: gateway.client) }
    }

    private func run(_ body: (CommandEnvironment) async throws -> Void) async throws -> Run {
        let memory = OutputMemory()
        let environment = CommandEnvironment(
            variables: ["ROLLCALL_TOKEN": Self.accessToken], workingDirectory: "/",
            terminal: Terminal(
                isInteractive: false, isErrorInteractive: false, columns: nil, environment: [:]),
            output: memory.output)
        var failure: CommandFailure?
        do { try await body(environment) } catch let error as CommandFailure { failure = error }
        return Run(failure: failure, output: memory.text, errors: memory.errors)
    }

    /// The first row of a list, with this query, once there is one.
    func row(_ query: String) async throws -> JSONValue {
        var row: JSONValue?
        try await poll(until: "a row with \(query)") {
            row = try await gateway.get("/v1/deployments?\(query)", headers: [Self.bearer]).json?["data"]?
                .elements.first
            return row != nil
        }
        return try #require(row)
    }

    static let bearer = UpstreamRequest.Header("Authorization", "Bearer \(accessToken)", isSecret: true)

    /// The number of lines of an audit list as NDJSON that have this outcome and action.
    func count(_ outcome: String, _ action: String = "update") async throws -> Int {
        try await audit("outcome=\(outcome)", "action=\(action)", "-o", "ndjson").output
            .split(separator: "\n").count
    }
}

/// Runs `body` with a gateway whose sources `research` and `ali`, of a still sandbox, can be changed.
func withUpdatingGateway(_ body: (UpdatingGateway) async throws -> Void) async throws {
    let fleet = SandboxFleet(config: stillSandbox(), now: Assembly.now)
    try await withServer(makeSandboxRouter(fleet: fleet), beforeEnd: { fleet.stop() }) { base in
        let sources = [
            try source("research", "nemo", base + "/nemo"),
            try source("ali", "dashscope", base + "/dashscope"),
        ]
        try await withUpdatingGateway(
            sources, environment: sandboxToken, logger: quietLogger, over: fleet, at: base, body)
    }
}

/// Runs `body` with a gateway whose sources are these, all of which can be changed; its store is removed afterwards.
func withUpdatingGateway(
    _ sources: [SourceConfig], environment: [String: String], logger: Logger,
    over fleet: SandboxFleet = emptyFleet(), at base: String = "",
    _ body: (UpdatingGateway) async throws -> Void
) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var config = gatewayConfig(sources, ttl: .milliseconds(100))
    for index in config.sources.indices { config.sources[index].allowsWrites = true }
    config.store = .sqlite(path: folder.appending(path: "rollcall.sqlite").path)
    config.tokens = [
        TokenConfig(
            name: "ci", location: SettingsLocation(file: "test", line: 1, key: "auth.tokens[0]"),
            token: .environment("ACCESS"), permissions: [.read, .write, .audit])
    ]
    let variables = environment.merging(["ACCESS": UpdatingGateway.accessToken]) { $1 }
    try await withGateway(config, environment: variables, logger: logger, over: fleet, at: base) {
        try await body(UpdatingGateway(gateway: $0, folder: folder))
    }
}
