import Deployments
import HTTPFront
import HTTPTypes
import NIOCore
import Testing
import Wire

@Suite struct AccessTests {
    private static let canary = "canary-5f3a"
    private let front: FrontHarness = {
        var front = FrontHarness(published: examplePublished())
        front.config.access = AccessPolicy(tokens: [
            AccessToken(name: "grafana", secret: Secret(canary), permissions: [.read]),
            AccessToken(name: "ops", secret: Secret("canary-5f3b"), permissions: [.refresh, .write]),
            AccessToken(name: "missing", secret: Secret(""), permissions: [.read]),
        ])
        return front
    }()

    @Test(arguments: ["Bearer canary-5f3a", "bearer canary-5f3a", "BEARER  canary-5f3a"])
    func aTokenWithTheRightOpens(_ authorization: String) async throws {
        let reply = try await front.get("/v1/deployments", ["Authorization": authorization])
        #expect(reply.status == 200)
        #expect(!reply.body.contains(Self.canary))
    }

    @Test(arguments: [
        "/v1/deployments", "/v1/deployments/ali/qwen-1", "/v1/sources", "/v1/sources/ali", "/v1/summary",
        "/v1/models", "/v1/models/x", "/v1/chat/completions", "/nowhere",
    ])
    func withoutATokenEverythingIsClosed(_ path: String) async throws {
        for method in [HTTPRequest.Method.get, .post] {
            let reply = try await front.get(path, method: method)
            #expect(reply.status == 401)
            #expect(reply["WWW-Authenticate"] == #"Bearer realm="rollcall""#)
            #expect(reply.json?["type"]?.string == "urn:rollcall:problem:unauthenticated")
            #expect(!reply.body.contains("ali"))
        }
    }

    @Test(arguments: [
        "Bearer canary-5f3", "Bearer canary-5f3aa", "Bearer canary-5f3acanary-5f3a", "Bearer CANARY-5F3A",
        "Bearer ",
        "Bearer", "Basic canary-5f3a", "canary-5f3a", "Bearer canary-5f3a x", "",
    ])
    func anotherTokenIsInvalid(_ authorization: String) async throws {
        let reply = try await front.get("/v1/deployments", ["Authorization": authorization])
        #expect(reply.status == 401)
        #expect(reply["WWW-Authenticate"] == #"Bearer realm="rollcall", error="invalid_token""#)
        #expect(!reply.body.contains("canary"))
    }

    @Test func aMissingRightIsNamed() async throws {
        let reply = try await front.get("/v1/deployments", ["Authorization": "Bearer canary-5f3b"])
        #expect(reply.status == 403)
        #expect(reply.json?["type"]?.string == "urn:rollcall:problem:forbidden")
        #expect(
            reply.json?["detail"]?.string
                == "this access token lacks the right `read`; add it to the token's `may`")
    }

    @Test(arguments: [
        ("/healthz", 200), ("/readyz", 200), ("/", 303), ("/docs", 200), ("/docs.css", 200),
        ("/openapi.json", 200),
    ])
    func whatHoldsNoDataIsOpen(_ path: String, _ status: Int) async throws {
        for headers in [[:], ["Authorization": "Bearer nonsense"], ["Authorization": "Bearer canary-5f3a"]] {
            for method in [HTTPRequest.Method.get, .head] {
                #expect(try await front.get(path, headers, method: method).status == status)
            }
        }
    }

    @Test func privateDocsNeedTheRightToRead() async throws {
        var front = front
        front.config.privateDocs = true
        for path in ["/docs", "/docs.css", "/openapi.json"] {
            #expect(try await front.get(path).status == 401)
            #expect(try await front.get(path, ["Authorization": "Bearer canary-5f3b"]).status == 403)
            #expect(try await front.get(path, ["Authorization": "Bearer canary-5f3a"]).status == 200)
        }
        for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/", 303)] {
            #expect(try await front.get(path).status == status)
        }
        front.config.access = AccessPolicy()
        #expect(try await front.get("/docs").status == 200)
    }

    @Test func aTokenIsNeverEchoed() async throws {
        let headers = ["Authorization": "Bearer canary-5f3a", "X-Request-Id": Self.canary]
        for target in [
            "/v1/deployments?token=canary-5f3a", "/v1/deployments?canary-5f3a=1",
            "/v1/deployments?name.lik=xcanary-5f3bx",
            "/v1/deployments?status=canary-5f3a", "/v1/deployments?filter[labels][canary-5f3a][$eqq]=1",
            "/v1/deployments?status=\(String(repeating: "x", count: 195))canary-5f3a",
            "/v1/deployments?name=canary-5f3a&page_size=1",
            "/canary-5f3a",
            "/v1/deployments?fields=uid,labels.canary-5f3a",
            "/v1/deployments?fields=labels.canary-5f3a&format=csv",
            "/v1/summary?group_by=labels.canary-5f3a", "/v1/summary?group_by=labels.canary-5f3a&format=csv",
            "/v1/deployments?sort=labels.canary-5f3a&page_size=1",
            "/v1/deployments/ali/qwen-1?fields=labels.canary-5f3a",
            "/v1/deployments/canary-5f3a", "/v1/deployments?q=%63anary-5f3a&page=x",
        ] {
            let reply = try await front.get(target, headers)
            #expect(!reply.body.contains("canary"), "\(target)")
            #expect(!reply.headers.contains { $0.value.contains("canary") }, "\(target)")
        }
    }
}

/// What looks like a secret in a request's own text.
@Suite struct EchoTests {
    private let front = FrontHarness(published: examplePublished())

    @Test func aURLWithAnAccessTokenIsRefused() async throws {
        var guarded = front
        guarded.config.access = AccessPolicy(tokens: [
            AccessToken(name: "a", secret: Secret("canary-5f3a"), permissions: [.read]),
            AccessToken(name: "b", secret: Secret("llama"), permissions: [.read]),
        ])
        let headers = ["Authorization": "Bearer canary-5f3a"]
        let reply = try await guarded.get("/v1/deployments?fields=uid,labels.canary-5f3a", headers)
        #expect(reply.status == 400)
        let error = try #require(reply.json?["errors"]?.element(at: 0))
        #expect(error["parameter"]?.string == "fields" && error["value"]?.string == "<redacted>")
        #expect(
            error["detail"]?.string
                == "contains an access token; send it in `Authorization` only, and replace it")
        // A short token may be a word.
        #expect(try await guarded.get("/v1/deployments?q=llama", headers).status == 200)
    }

    @Test(arguments: [
        (
            "labels.cost-center-of-the-research-team-4711.lik=x",
            "labels.cost-center-of-the-research-team-4711.like"
        ),
        ("status=123e4567-e89b-12d3-a456-426614174000", nil),
        ("status=research/team-4711-of-the-company/chat-llama-3-70b", nil),
        ("status=llama-3-70b-instruct-fp8-h100-80gb-production", nil),
    ])
    func longNamesStayWholeInErrors(_ query: String, _ didYouMean: String?) async throws {
        let reply = try await front.get("/v1/deployments?\(query)")
        #expect(reply.status == 400)
        let error = try #require(reply.json?["errors"]?.element(at: 0))
        let pair = query.split(separator: "=").map(String.init)
        #expect(error["parameter"]?.string == pair[0] && error["value"]?.string == pair[1])
        #expect(error["did_you_mean"]?.string == didYouMean)
    }

    @Test func aPointerToALongNameStaysWhole() async throws {
        let filter =
            "filter=%7B%22labels.cost-center-of-the-research-team-4711%22:%7B%22$lik%22:%22x%22%7D%7D"
        let reply = try await front.get("/v1/deployments?\(filter)")
        let error = try #require(reply.json?["errors"]?.element(at: 0))
        #expect(error["pointer"]?.string == "/labels.cost-center-of-the-research-team-4711/$lik")
        #expect(error["did_you_mean"]?.string == "$like")
    }

    /// Of the forms that tokens of platforms have, none of which the gateway knows.
    @Test(arguments: [
        "nvapi-0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T", "sk-0123456789abcdef0123456789abcdef",
        "hf_abcdefGHIJKLmnopqrSTUVWXyz0123456789",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4ifQ.c2lnbmF0dXJlMTIzNDU2Nzg5MDEyMzQ1",
    ])
    func whatLooksLikeASecretIsCutInErrors(_ secret: String) async throws {
        for query in [
            "fields=\(secret)", "status=\(secret)", "\(secret)=1",
            "sort=\(secret)",
            "filter=%7B%22\(secret)%22:1%7D", "labels.\(secret)\(secret)=1", "page_token=\(secret)",
        ] {
            let reply = try await front.get("/v1/deployments?\(query)")
            #expect(reply.status == 400, "\(query)")
            for part in secret.split(separator: ".") {
                #expect(!reply.body.contains(part.dropFirst(4)), "\(query): \(reply.body)")
            }
        }
    }

    @Test func namesThatAreLongAreShown() async throws {
        let reply = try await front.get("/v1/deployments?status=meta-llama-3.1-8b-instruct-preview")
        #expect(
            reply.json?["errors"]?.element(at: 0)?["value"]?.string == "meta-llama-3.1-8b-instruct-preview")
    }
}

@Suite struct LimitTests {
    private let front = FrontHarness(published: examplePublished())

    @Test func aLongTargetIsRefused() async throws {
        let fits = "/v1/deployments?q=" + String(repeating: "x", count: 16_384 - 18)
        #expect(try await front.get(fits).status == 200)
        let reply = try await front.get(fits + "x")
        #expect(reply.status == 414)
        #expect(reply.json?["type"]?.string == "urn:rollcall:problem:too-large")
        #expect(reply.json?["status"]?.int == 414)
    }

    @Test func longHeadersAreRefused() async throws {
        #expect(
            try await front.get("/healthz", ["X-Long": String(repeating: "x", count: 32_000)]).status == 200)
        let reply = try await front.get("/healthz", ["X-Long": String(repeating: "x", count: 33_000)])
        #expect(reply.status == 431)
        #expect(reply.json?["type"]?.string == "urn:rollcall:problem:too-large")
    }

    @Test func aBodyOfUnknownLengthIsRefusedWithAHint() async throws {
        let reply = try await front.get("/v1/deployments", ["Transfer-Encoding": "chunked"])
        #expect(
            reply.json?["detail"]?.string
                == "the body's length is unknown; send no body, or at most 65536 bytes with `Content-Length`, since "
                + "bodies are ignored")
    }

    @Test func aSmallBodyIsIgnoredAndALongOneRefused() async throws {
        let small = ByteBuffer(repeating: 1, count: 65_536)
        #expect(try await front.get("/v1/deployments", body: small).status == 200)
        for reply in [
            try await front.get("/v1/deployments", body: ByteBuffer(repeating: 1, count: 65_537)),
            try await front.get("/v1/deployments", ["Transfer-Encoding": "chunked"]),
        ] {
            #expect(reply.status == 413)
            #expect(reply["Connection"] == "close")
        }
    }
}
