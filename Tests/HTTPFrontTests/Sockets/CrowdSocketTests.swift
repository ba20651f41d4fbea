import Glibc
import HTTPFront
import TestSupport
import Testing

/// More hostile connections than the gateway takes, of each kind, at the real server.
@Suite(.timeLimit(.minutes(10)), .serialized) struct CrowdSocketTests {
    /// What each connection of a crowd does.
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        /// Sends the beginning of a request.
        case slowHeaders
        /// Sends a request and the beginning of its body.
        case slowBodies
        /// Sends nothing.
        case idle
        /// Sends requests for several megabytes, and reads none of them.
        case pipelining

        var testDescription: String { rawValue }

        var text: String {
            switch self {
            case .slowHeaders: "GET /v1/deployments HTTP/1.1\r\nHost: x\r\nA: "
            case .slowBodies: "POST /v1/sources HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n1"
            case .idle: ""
            case .pipelining:
                String(repeating: "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", count: 40)
            }
        }

        /// True if the gateway closes such a connection for another.
        var givesWay: Bool { self == .idle || self == .slowBodies }
    }

    private static let size = 1100

    private func hostile(_ kind: Kind, at port: Int) async throws -> RawReader {
        let reader = try await RawReader.connect(to: port, taking: 1024)
        // It may have been closed already.
        if !kind.text.isEmpty { try? await reader.send(kind.text) }
        return reader
    }

    private func crowd(_ kind: Kind, at port: Int) async throws -> [RawReader] {
        var crowd: [RawReader] = []
        for _ in 0..<Self.size { crowd.append(try await hostile(kind, at: port)) }
        return crowd
    }

    /// Lets this process have both ends of a crowd open.
    private func allowManyFiles() throws {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        try #require(getrlimit(resource, &limit) == 0)
        limit.rlim_cur = min(limit.rlim_max, 8192)
        try #require(
            limit.rlim_cur >= 4096 && setrlimit(resource, &limit) == 0, "the hard limit of open files is low")
    }

    @Test(arguments: Kind.allCases)
    func healthIsAnsweredWhileACrowdHoldsItsConnections(_ kind: Kind) async throws {
        try allowManyFiles()
        let server = ConnectionServer(
            {
                $0.requestTimeout = .seconds(3600)
                $0.idleTimeout = .seconds(3600)
                $0.shutdownPatience = .milliseconds(200)
            }, streams: { $0.pieceTimeout = .seconds(3600) })
        try await server.running { port in
            var crowd = try await crowd(kind, at: port)
            try await server.healthy(at: port) {
                let (status, body) = try await server.get("/v1/sources", at: port)
                guard server.log.lines.contains(where: { $0.hasPrefix("warning too many connections") })
                else { return false }
                if kind.givesWay { return status == 200 }
                if status == 503 { return body.contains("urn:rollcall:problem:overloaded") }
                // One whose bytes had not arrived yet was idle, and gave way.
                crowd.append(try await hostile(kind, at: port))
                return false
            }
            #expect(server.log.lines.allSatisfy { $0.hasPrefix("warning too many connections") })
            for reader in crowd { try? await reader.close() }
        }
    }

    @Test(arguments: Kind.allCases)
    func aCrowdLosesItsConnections(_ kind: Kind) async throws {
        try allowManyFiles()
        let server = ConnectionServer(
            {
                $0.requestTimeout = .milliseconds(400)
                $0.idleTimeout = .milliseconds(400)
            }, streams: { $0.pieceTimeout = .milliseconds(400) })
        try await server.running { port in
            let crowd = try await crowd(kind, at: port)
            if kind == .pipelining {
                try await server.healthy(at: port) {
                    server.log.lines.contains { $0.hasSuffix("reason=slow reader") }
                }
            }
            for reader in crowd {
                _ = try await reader.readToEnd()
                try await server.healthy(at: port) { true }
            }
            #expect(try await server.get("/v1/sources", at: port).status == 200)
        }
    }
}
