import Deployments
import HTTPFront
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

/// The same front behind its real server, on loopback.
@Suite(.timeLimit(.minutes(10))) struct ServerSocketTests {
    private func server(_ change: (inout FrontConfig) -> Void = { _ in }) -> Application<FrontResponder> {
        var config = FrontConfig(access: AccessPolicy())
        change(&config)
        let published = examplePublished()
        let state = FrontState(
            published: { published }, now: { time(1000) }, readiness: Readiness(startedAt: time(1000)),
            freshness: FixedLists())
        return makeFrontServer(
            state: state, config: config, host: "127.0.0.1", port: 0,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func answersOverTheWire() async throws {
        try await server().test(.live) { client in
            let get = try await client.execute(uri: "/v1/deployments?name=qwen%2Bmax", method: .get)
            #expect(get.status == .ok)
            #expect(get.headers[.contentLength] == "\(get.body.readableBytes)")
            #expect(get.headers[.date] != nil)
            let tag = try #require(get.headers[.eTag])
            let head = try await client.execute(uri: "/v1/deployments?name=qwen%2Bmax", method: .head)
            #expect(head.headers[.contentLength] == get.headers[.contentLength])
            #expect(head.body.readableBytes == 0)
            let known = try await client.execute(
                uri: "/v1/deployments?name=qwen%2Bmax", method: .get, headers: [.ifNoneMatch: tag])
            #expect(known.status == .notModified)
            #expect(known.headers[.eTag] == tag)
            let one = try await client.execute(uri: "/v1/deployments/research/ml-prod/chat%2Fx", method: .get)
            #expect(one.status == .ok)
            let wrong = try await client.execute(uri: "/v1/sources", method: .delete)
            #expect(wrong.status == .methodNotAllowed)
            #expect(wrong.headers[.allow] == "GET, HEAD")
        }
    }

    @Test func limitsHoldOverTheWire() async throws {
        try await server().test(.live) { client in
            let long = "/v1/deployments?q=" + String(repeating: "x", count: 17_000)
            #expect(try await client.execute(uri: long, method: .get).status == .uriTooLong)
            let headers: HTTPFields = [.userAgent: String(repeating: "x", count: 33_000)]
            #expect(
                try await client.execute(uri: "/healthz", method: .get, headers: headers).status
                    == .requestHeaderFieldsTooLarge)
            let body = ByteBuffer(repeating: 1, count: 65_537)
            let refused = try await client.execute(uri: "/healthz", method: .get, body: body)
            #expect(refused.status == .contentTooLarge)
        }
    }

    @Test func anIdleConnectionIsClosed() async throws {
        try await server { $0.idleTimeout = .milliseconds(50) }.test(.live) { client in
            let port = try #require(client.port)
            try await withPatientClient(of: port) { idle in
                // On a busy machine 50 ms may be over before the request is sent: closed is closed.
                let answer = try? await idle.get("/healthz")
                #expect(answer.map { $0.status == .ok } ?? true)
                // Resolves only once the server has closed the connection; the suite has a time limit.
                try await idle.getChannel().closeFuture.get()
            }
        }
    }
}
