import Deployments
import HTTPFront
import HTTPTypes
import Logging
import NIOCore
import TestSupport
import Testing
import Wire

/// What a client gets that takes the gateway for an inference server.
@Suite struct InferenceRouteTests {
    private static let paths = [
        "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses",
    ]

    private let front = modelFront(
        [
            callable("a", of: .research, names: ["meta/llama", "other"]),
            callable("down", of: .research, names: ["gone"]) { $0.serving = .none },
        ], [callable("b", of: .ali, names: ["meta/llama"]) { $0.endpoint.auth = nil }],
        aliStatus: SourceStatus.listed(.ali, count: 1).failing(.timeout, "x"))

    private func post(
        _ body: String, to path: String = "/v1/chat/completions", _ headers: [String: String] = [:]
    ) async throws -> FrontHarness.Reply {
        try await front.get(path, headers, method: .post, body: ByteBuffer(string: body))
    }

    @Test(arguments: paths)
    func theAnswerNamesWhereTheModelAnswersInBothShapes(_ path: String) async throws {
        let reply = try await post(
            #"{"messages":[],"model":"meta/llama"}"#, to: path, ["X-Request-Id": "r-1"])
        #expect(reply.status == 404)
        #expect(reply["Content-Type"] == "application/problem+json")
        #expect(reply["Cache-Control"] == "no-store")
        let detail =
            "this gateway passes no request on; meta/llama answers at https://b.example.com/v1 "
            + "(protocol openai, source ali, stale), https://a.example.com/v1 (protocol openai, auth bearer, "
            + "source research)"
        #expect(
            reply.body.hasPrefix(
                """
                {"error":{"message":"\(detail)","type":"invalid_request_error","code":"not-a-proxy","param":null},\
                "type":"urn:rollcall:problem:not-a-proxy","title":"Not a proxy","status":404,"detail":"\(detail)",\
                "request_id":"r-1","endpoints":[{"uid":"ali/b",
                """), "\(reply.body)")
        let endpoints = reply.json?["endpoints"]?.elements ?? []
        #expect(
            endpoints.map { $0["base_url"]?.string } == [
                "https://b.example.com/v1", "https://a.example.com/v1",
            ])
        #expect(endpoints.map { $0["stale"]?.bool } == [true, false])
        #expect(reply["Rollcall-Sources"] == "ali;state=stale;error=timeout, research;state=fresh")
    }

    @Test(arguments: [
        "", "{}", "[]", "nonsense", #"{"model":7}"#, #"{"model":null}"#, #"{"model":""}"#,
        #"{"model":"canary-7"}"#,
        #"{"model":"gone"}"#, #"{"model":"META/LLAMA"}"#, #"{"model":"meta/llama"},"#,
        #"{"request":{"model":"meta/llama"}}"#,
    ])
    func withoutAServedModelNothingOfTheBodyIsRepeated(_ body: String) async throws {
        let reply = try await post(body)
        #expect(reply.status == 404)
        let detail =
            "this gateway passes no request on; the request names no model that is served now; "
            + "`GET /v1/models` lists what can be called now, and where"
        #expect(reply.json?["error"]?["message"]?.string == detail)
        #expect(reply.json?["detail"]?.string == detail)
        #expect(reply.json?["endpoints"] == nil)
        #expect(!reply.body.contains("canary"))
    }

    @Test func placesBeyondTheFifthAreCounted() async throws {
        let rows = (1...7).map { callable("k\($0)", of: .research, names: ["m"]) }
        let reply = try await modelFront(rows).get(
            "/v1/completions", method: .post, body: ByteBuffer(string: #"{"model":"m"}"#))
        let detail = try #require(reply.json?["detail"]?.string)
        #expect(detail.contains("https://k5.example.com/v1") && !detail.contains("https://k6"))
        #expect(detail.hasSuffix(" and 2 more places"))
        #expect(reply.json?["endpoints"]?.count == 7)
    }

    @Test func aBodyBeyondTheLimitIsNotReadAndEndsTheConnection() async throws {
        let model = #"{"model":"meta/llama","x":""#
        let fits = model + String(repeating: "x", count: 65_536 - model.utf8.count - 2) + "\"}"
        let read = try await post(fits)
        #expect(read.status == 404 && read["Connection"] == nil)
        #expect(read.json?["endpoints"]?.count == 2)
        for reply in [try await post(fits + " "), try await post(model, ["Transfer-Encoding": "chunked"])] {
            #expect(reply.status == 404 && reply["Connection"] == "close")
            #expect(reply.json?["type"]?.string == "urn:rollcall:problem:not-a-proxy")
            #expect(reply.json?["endpoints"] == nil)
        }
    }

    @Test(arguments: paths)
    func otherMethodsAreNotAllowed(_ path: String) async throws {
        for method in [HTTPRequest.Method.get, .head, .put, .delete] {
            let reply = try await front.get(path, method: method)
            #expect(reply.status == 405 && reply["Allow"] == "POST")
        }
    }

    @Test func noPlatformIsAskedAndNoReadIsCounted() async throws {
        let (front, freshness) = FrontHarness.reading()
        let reply = try await front.get(
            "/v1/responses", method: .post, body: ByteBuffer(string: #"{"model":"x"}"#))
        #expect(reply.status == 404 && freshness.calls == [])
    }

    @Test func theRightToReadIsNeeded() async throws {
        var front = front
        front.config.access = AccessPolicy(tokens: [
            AccessToken(name: "r", secret: Secret("canary-r"), permissions: [.read]),
            AccessToken(name: "w", secret: Secret("canary-w"), permissions: [.refresh, .write]),
        ])
        let body = ByteBuffer(string: #"{"model":"meta/llama"}"#)
        for path in Self.paths {
            let unknown = try await front.get(path, method: .post, body: body)
            #expect(unknown.status == 401 && !unknown.body.contains("llama"))
            for (token, status) in [("canary-w", 403), ("canary-r", 404)] {
                let headers = ["Authorization": "Bearer \(token)"]
                #expect(try await front.get(path, headers, method: .post, body: body).status == status)
            }
        }
    }

    @Test func theAccessLogNamesTheRoute() async throws {
        let lines = LogLines()
        var front = front
        front.logger = lines.logger(.trace)
        _ = try await front.get("/v1/models/meta/llama")
        _ = try await front.get("/v1/models")
        _ = try await front.get(
            "/v1/embeddings?x=1", method: .post, body: ByteBuffer(string: #"{"model":"meta/llama"}"#))
        #expect(lines.lines.count == 3)
        for (line, route) in zip(lines.lines, ["/v1/models/{id}", "/v1/models", "/v1/embeddings"]) {
            #expect(line.contains("route=\(route) ") && !line.contains("llama"))
        }
    }
}
