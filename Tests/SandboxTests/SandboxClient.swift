import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Sandbox
import Synchronization
import Wire

/// A clock that stands still until it is advanced.
final class SettableClock: Sendable {
    private let instant: Mutex<Timestamp>

    /// Starts at 2026-11-21T00:00:00Z by default.
    init(microseconds: Int64 = 1_795_219_200_000_000) {
        instant = Mutex(Timestamp(microseconds: microseconds))
    }

    var now: Timestamp { instant.withLock { $0 } }

    func advance(seconds: Int64) { instant.withLock { $0.microseconds += seconds * 1_000_000 } }
}

/// One response, read into memory.
struct Reply {
    var status: Int
    var headers: HTTPFields
    var bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    var json: JSONValue? { try? JSONDocument(parsing: bytes).root }

    /// The value at a path of keys and array indexes.
    func at(_ path: String...) -> JSONValue? {
        var value = json
        for part in path {
            guard let current = value else { return nil }
            if let index = Int(part) {
                let elements = current.elements
                value = elements.indices.contains(index) ? elements[index] : nil
            } else {
                value = current[part]
            }
        }
        return value
    }

    /// One string field of every record of an array; `-` where it is missing.
    func strings(_ array: String..., each key: String) -> [String] {
        var value = json
        for part in array { value = value?[part] }
        return (value?.elements ?? []).map { $0[key]?.string ?? "-" }
    }
}

/// The sandbox behind its router, without sockets.
struct SandboxClient {
    var fleet: SandboxFleet
    var clock: SettableClock
    private var client: any TestClientProtocol

    init(fleet: SandboxFleet, clock: SettableClock, client: any TestClientProtocol) {
        self.fleet = fleet
        self.clock = clock
        self.client = client
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, token: String? = nil, body: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Reply {
        var headers = headers
        if let token { headers[.authorization] = "Bearer \(token)" }
        return try await client.execute(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }
        ) { Reply(status: $0.status.code, headers: $0.headers, bytes: Array($0.body.readableBytesView)) }
    }

    func get(_ path: String, token: String? = nil) async throws -> Reply {
        try await send(.get, path, token: token)
    }
}

/// Runs a sandbox whose fleet stands still, unless `change` says otherwise.
func withSandbox(
    _ change: (inout SandboxConfig) -> Void = { _ in },
    _ test: @Sendable (SandboxClient) async throws -> Void
) async throws {
    var config = SandboxConfig()
    config.changesOverTime = false
    change(&config)
    let clock = SettableClock()
    let fleet = SandboxFleet(config: config, now: { clock.now })
    let app = Application(router: makeSandboxRouter(fleet: fleet))
    try await app.test(.router) { client in
        try await test(SandboxClient(fleet: fleet, clock: clock, client: client))
    }
}

let nemoList = "/nemo/apis/models/v2/workspaces"
