import Deployments
import HTTPFront
import HTTPTypes
import Testing

/// CORS: which pages of other origins may read, and that they may do nothing else.
@Suite struct CrossOriginReadingTests {
    private static let app = "https://app.example.com"
    private let front: FrontHarness = {
        var front = FrontHarness(published: examplePublished())
        front.config.crossOriginReading = CrossOriginReading(
            from: [app, "http://localhost:3000"].compactMap { Origin($0) })
        return front
    }()

    private func headers(of reply: FrontHarness.Reply) -> [String] {
        reply.headers.map(\.name.canonicalName).filter { $0.hasPrefix("access-control-") }.sorted()
    }

    @Test(arguments: [app, "HTTPS://APP.example.com", "https://app.example.com:443", "http://localhost:3000"])
    func aPageOfAListedOriginMayRead(_ origin: String) async throws {
        for (target, status) in [
            ("/v1/deployments", 200), ("/v1/deployments?format=csv", 200), ("/v1/deployments?page=0", 400),
            ("/v1/sources", 200), ("/v1/summary?group_by=status", 200), ("/healthz", 200),
        ] {
            for method in [HTTPRequest.Method.get, .head] {
                let reply = try await front.get(target, ["Origin": origin], method: method)
                #expect(reply.status == status)
                #expect(reply["Access-Control-Allow-Origin"] == origin, "\(target)")
                #expect(
                    reply["Access-Control-Expose-Headers"]
                        == "Age, Cache-Status, ETag, Link, Retry-After, Rollcall-Complete, Rollcall-Fresh, "
                        + "Rollcall-Notices, Rollcall-Sources, X-Request-Id")
                #expect(reply["Access-Control-Allow-Credentials"] == nil)
            }
        }
        let tag = try await tag(front)
        let unchanged = try await front.get("/v1/deployments", ["Origin": origin, "If-None-Match": tag])
        #expect(unchanged.status == 304)
        #expect(unchanged["Access-Control-Allow-Origin"] == origin)
    }

    @Test(arguments: [
        nil, "", "null", "https://evil.example", "http://app.example.com", "https://app.example.com:8443",
        "https://app.example.com.evil.example", "https://app.example.com/", "app.example.com",
    ])
    func noOtherPageMay(_ origin: String?) async throws {
        let sent = origin.map { ["Origin": $0] } ?? [:]
        let reply = try await front.get("/v1/deployments", sent)
        #expect(reply.status == 200)
        #expect(headers(of: reply) == [])
        let preflight = try await front.get(
            "/v1/deployments", sent.merging(["Access-Control-Request-Method": "GET"]) { $1 },
            method: .options)
        #expect(preflight.status == 405)
        #expect(headers(of: preflight) == [])
    }

    @Test func whatAnswersDependOnIsNamed() async throws {
        let usual = "Authorization, Cookie, Accept, Accept-Encoding"
        for origin in [[:], ["Origin": Self.app], ["Origin": "https://evil.example"]] {
            #expect(try await front.get("/v1/deployments", origin)["Vary"] == usual + ", Origin")
            #expect(
                try await FrontHarness(published: examplePublished()).get("/v1/deployments", origin)["Vary"]
                    == usual)
        }
    }

    @Test(arguments: ["GET", "HEAD", "POST", "PATCH", "DELETE"])
    func aPreflightAllowsReadingWithATokenAndNothingElse(_ method: String) async throws {
        var guarded = front
        guarded.config.access = AccessPolicy(tokens: [
            AccessToken(name: "a", secret: Secret("s3cret"), permissions: [.read])
        ])
        let reply = try await guarded.get(
            "/v1/deployments",
            [
                "Origin": Self.app, "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization,if-match,idempotency-key",
            ], method: .options)
        #expect(reply.status == 204)
        #expect(reply.body.isEmpty && reply["Content-Length"] == nil)
        #expect(reply["Access-Control-Allow-Origin"] == Self.app)
        #expect(reply["Access-Control-Allow-Methods"] == "GET, HEAD")
        #expect(
            reply["Access-Control-Allow-Headers"]
                == "Authorization, Cache-Control, Idempotency-Key, If-Match, If-None-Match, X-Request-Id")
        #expect(reply["Access-Control-Allow-Credentials"] == nil)
        #expect(reply["Vary"]?.hasSuffix(", Origin") == true)
        // The page still needs the token.
        let refused = try await guarded.get("/v1/deployments", ["Origin": Self.app])
        #expect(refused.status == 401)
        #expect(refused["Access-Control-Allow-Origin"] == Self.app)
    }

    @Test func withoutListedOriginsNothingIsSaid() async throws {
        let closed = FrontHarness(published: examplePublished())
        let reply = try await closed.get("/v1/deployments", ["Origin": Self.app])
        #expect(reply.status == 200)
        #expect(headers(of: reply) == [])
        let preflight = try await closed.get(
            "/v1/deployments", ["Origin": Self.app, "Access-Control-Request-Method": "GET"], method: .options)
        #expect(preflight.status == 405)
    }
}
