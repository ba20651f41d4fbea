import Deployments
import FoundationEssentials
import HTTPFront
import Sandbox
import Settings
import Testing
import Upstream
import Wire

@testable import rollcall

/// A client of a running gateway with every right, which changes deployments.
struct WritingClient: Sendable {
    let gateway: RunningGateway

    static let token = "client-token-of-tests"

    private var access: UpstreamRequest.Header {
        UpstreamRequest.Header("Authorization", "Bearer \(Self.token)")
    }

    func get(_ target: String) async throws -> RunningGateway.Answer {
        try await gateway.get(target, headers: [access])
    }

    func get(
        _ target: String, until satisfied: (RunningGateway.Answer) -> Bool
    ) async throws -> RunningGateway.Answer {
        var answer: RunningGateway.Answer?
        try await poll(until: "\(target) answers what is awaited, not \(answer?.summary ?? "nothing")") {
            let latest = try await get(target)
            answer = latest
            return satisfied(latest)
        }
        return try #require(answer)
    }

    /// Sends a merge patch; `key` is its idempotency key, nil for none.
    func patch(
        _ uid: String, _ body: String, key: String? = nil, revision: String? = nil, query: String = ""
    ) async throws -> RunningGateway.Answer {
        var headers = [
            access, UpstreamRequest.Header("Content-Type", "application/merge-patch+json"),
        ]
        if let key { headers.append(UpstreamRequest.Header("Idempotency-Key", key)) }
        if let revision { headers.append(UpstreamRequest.Header("If-Match", "\"\(revision)\"")) }
        let request = UpstreamRequest(
            method: .patch, url: "\(gateway.base)/v1/deployments/\(uid)\(query)", headers: headers,
            body: Array(body.utf8), options: ConnectionOptions(totalTimeout: .seconds(3600)))
        return RunningGateway.Answer(response: try await gateway.client.send(request))
    }

    /// The audit records of updates, the newest first.
    func audit(_ query: String = "") async throws -> [JSONValue] {
        let answer = try await get("/v1/audit?action=update\(query)")
        try #require(answer.response.status == 200, "\(answer.summary)")
        return answer.json?["data"]?.elements ?? []
    }

    /// The access token that the client has.
    static var tokens: [TokenConfig] {
        [
            TokenConfig(
                name: "tests", location: SettingsLocation(file: "test", line: 1, key: "auth"),
                token: .environment("CLIENT_TOKEN"), permissions: Set(Permission.allCases))
        ]
    }

    static let environment = ["TOKEN": "sandbox-token", "CLIENT_TOKEN": token]
}

/// A deployment of a still sandbox, and bodies that change it.
struct Changeable: Sendable {
    let dialect: Dialect
    let uid: String
    /// As the sandbox names it.
    let key: String
    let body: String

    /// The path at which the platform takes the change, as faults name paths.
    var path: String {
        switch dialect {
        case .dashscope: "*/deployments/\(key)/scale"
        default: "*/deployments/" + (key.split(separator: "/").last ?? "")
        }
    }

    /// The source's name for each dialect.
    static let sources: [Dialect: String] = [.nemo: "research", .dashscope: "ali"]

    /// The first deployment of a platform that can be changed.
    static func first(of dialect: Dialect, at client: WritingClient) async throws -> Changeable {
        let source = try #require(sources[dialect])
        let filter = dialect == .nemo ? "" : "&kind=mu"
        let list = try await client.get("/v1/deployments?source=\(source)&status=READY&sort=uid\(filter)") {
            !$0.uids.isEmpty && !$0.hasPendingLookups
        }
        let row = try #require(list.json?["data"]?.elements.first)
        let uid = try #require(row["uid"]?.string)
        let base = row["capacity"]?["base"]?.int ?? 1
        let desired = (row["capacity"]?["desired"]?.int ?? 0) + base
        return Changeable(
            dialect: dialect, uid: uid, key: String(uid.dropFirst(source.count + 1)),
            body: dialect == .nemo ? #"{"config":"embed-cpu"}"# : #"{"capacity":{"desired":\#(desired)}}"#)
    }
}

/// Runs `body` with a gateway that may change the deployments of a still sandbox, and has a store in a folder of its
/// own, unless it is not to store anything.
///
/// No list is fetched but for an update, and after `timeout` a request to a platform counts as unanswered.
func withWritingGateway(
    timeout: Duration = .seconds(600), isStored: Bool = true, _ body: (WritingClient) async throws -> Void
) async throws {
    try await Program.inFolder { program in
        let fleet = SandboxFleet(config: stillSandbox(), now: Assembly.now)
        try await withServer(makeSandboxRouter(fleet: fleet), beforeEnd: { fleet.stop() }) { base in
            let sources = try Changeable.sources.sorted { $0.value < $1.value }.map { dialect, name in
                var source = try source(name, dialect.rawValue, "\(base)/\(dialect.rawValue)")
                source.allowsWrites = true
                source.upstream.totalTimeout = timeout
                return source
            }
            var config = gatewayConfig(sources, ttl: .seconds(3600))
            config.tokens = WritingClient.tokens
            if isStored {
                config.store = .sqlite(path: program.folder.appending(path: "store.sqlite").path)
            }
            try await withGateway(
                config, environment: WritingClient.environment, over: fleet, at: base
            ) { try await body(WritingClient(gateway: $0)) }
        }
    }
}
