import Deployments
import HTTPFront
import HTTPTypes
import Testing
import Wire

/// The rules of hosts and origins: what a web page in somebody's browser can reach.
@Suite struct HostTests {
    private let front: FrontHarness = {
        var front = FrontHarness(
            published: examplePublished(), freshness: ScriptedFreshness(refresh: { _ in .done }))
        front.config.hosts = HostRule(
            listeningOn: "own.example", hosts: ["Gateway.example"], refusesOthers: true)
        return front
    }()

    private func front(at host: String?) -> FrontHarness {
        var front = front
        front.host = host
        return front
    }

    @Test(arguments: [
        "localhost", "LocalHost:8080", "localhost.", "app.localhost:1", "127.0.0.1", "127.0.0.1:8080",
        "10.1.2.3",
        "[::1]:8080", "[2001:db8::1]", "gateway.example", "GATEWAY.example:443", "gateway.example.:",
        "own.example:8080", "[::ffff:127.0.0.1]:8080", "[::ffff:7f00:1]",
    ])
    func theGatewaysOwnHostsAreAnswered(_ host: String) async throws {
        #expect(try await front(at: host).get("/v1/deployments").status == 200)
    }

    @Test(arguments: [
        "evil.example", "evil.example:8080", "gateway.example.evil.example", "localhost.evil.example",
        "xlocalhost", "127.0.0.1.evil.example", "127.1", "0x7f000001", "2130706433", "127.0.0.01",
        "1.2.3.4.5",
    ])
    func anyOtherHostIsMisdirected(_ host: String) async throws {
        for target in ["/v1/deployments", "/v1/sources", "/", "/docs", "/openapi.json", "/nowhere"] {
            let reply = try await front(at: host).get(target)
            #expect(reply.status == 421, "\(target)")
            #expect(reply.json?["type"]?.string == "urn:rollcall:problem:misdirected")
            #expect(reply.json?["detail"]?.string?.contains("`listen.hosts`") == true)
            #expect(!reply.body.contains("ali"))
        }
    }

    @Test func whereEveryNameIsAnsweredAnotherHostIsToo() async throws {
        var open = front(at: "evil.example")
        open.config.hosts = HostRule(listeningOn: "0.0.0.0", hosts: [], refusesOthers: false)
        #expect(try await open.get("/v1/deployments").status == 200)
    }

    @Test(arguments: [
        nil, "", ":80", "a b", "a/b", "user@localhost", "localhost:x", "localhost:80:80", "localhost:99999",
        "localhost:-1", "[::1", "[::1]x", "[127.0.0.1]", "[localhost]", "::1", "localhost,localhost",
        "b\u{FC}cher.example",
        ".", "%6cocalhost",
    ])
    func noHostAndAMalformedOneAreRefused(_ host: String?) async throws {
        for rule in [HostRule.any, front.config.hosts] {
            var front = front(at: host)
            front.config.hosts = rule
            let reply = try await front.get("/v1/deployments")
            #expect(reply.status == 400)
            #expect(reply.json?["type"]?.string == "urn:rollcall:problem:invalid-parameter")
        }
    }

    @Test func twoHostsAreRefused() async throws {
        let second = HTTPField(name: try #require(HTTPField.Name("Host")), value: "localhost")
        #expect(try await front.get("/v1/deployments", lines: [second]).status == 400)
    }

    @Test(arguments: ["/healthz", "/readyz"], [nil, "", "evil.example", "10.0.0.1:8080"])
    func probesLookAtNoHost(_ probe: String, _ host: String?) async throws {
        #expect(try await front(at: host).get(probe).status == 200)
    }

    @Test func theHostIsCheckedBeforeTheToken() async throws {
        var guarded = front(at: "evil.example")
        guarded.config.access = AccessPolicy(tokens: [
            AccessToken(name: "a", secret: Secret("s3cret"), permissions: [.read])
        ])
        #expect(try await guarded.get("/v1/deployments").status == 421)
    }

    private static let refresh = "/v1/sources/ali/refresh"

    @Test(arguments: [
        [:], ["Sec-Fetch-Site": "same-origin"], ["Sec-Fetch-Site": "none"],
        ["Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"], ["Origin": "https://LOCALHOST"],
        ["Origin": "https://gateway.example"], ["Origin": "https://gateway.example:8443"],
    ])
    func theGatewaysOwnPagesAndOtherProgramsMayChangeSomething(_ headers: [String: String]) async throws {
        #expect(try await front.get(Self.refresh, headers, method: .post).status == 200)
    }

    @Test(
        arguments: ["http://10.0.0.9", "http://[::ffff:10.0.0.9]:81", "http://[::FFFF:a00:9]"],
        ["10.0.0.9", "::ffff:10.0.0.9"])
    func anAddressIsTheSameHostInEverySpelling(_ origin: String, _ host: String) async throws {
        var front = front
        front.config.hosts = HostRule(listeningOn: "own.example", hosts: [host], refusesOthers: true)
        #expect(try await front.get(Self.refresh, ["Origin": origin], method: .post).status == 200)
    }

    @Test(arguments: [
        ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Sec-Fetch-Site": "Cross-Site"],
        ["Origin": "https://evil.example"], ["Origin": "null"], ["Origin": ""], ["Origin": "localhost"],
        ["Origin": "http://localhost:3000"], ["Origin": "https://localhost.evil.example"],
        ["Origin": "http://own.example"], ["Origin": "http://localhost, http://localhost"],
        ["Origin": "ftp://localhost"],
        ["Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"],
    ])
    func noOtherPageMayChangeAnything(_ headers: [String: String]) async throws {
        var front = front
        // Pages that may read may change nothing either.
        front.config.crossOriginReading = CrossOriginReading(
            from: ["https://evil.example", "http://localhost:3000"].compactMap { Origin($0) })
        for method in [HTTPRequest.Method.post, .put, .patch, .delete] {
            for target in [Self.refresh, "/v1/deployments", "/nowhere"] {
                let reply = try await front.get(target, headers, method: method)
                #expect(reply.status == 403, "\(method) \(target)")
                #expect(reply.json?["type"]?.string == "urn:rollcall:problem:forbidden")
            }
        }
        #expect(try await front.get("/v1/deployments", headers).status == 200)
    }

    @Test(arguments: [
        ("localhost:8080", "http://localhost:8080", 200), ("localhost:8080", "http://localhost", 403),
        ("localhost:443", "https://localhost", 200), ("localhost:80", "https://localhost", 403),
        ("[::1]:8080", "http://[::1]:8080", 200), ("127.0.0.1:8080", "http://localhost:8080", 403),
    ])
    func anOriginIsTheHostWithItsPort(_ host: String, _ origin: String, _ status: Int) async throws {
        let reply = try await front(at: host).get(Self.refresh, ["Origin": origin], method: .post)
        #expect(reply.status == status)
    }

    @Test func everyAnswerForbidsToGuessItsType() async throws {
        for (target, status) in [
            ("/v1/deployments", 200), ("/v1/deployments?format=csv", 200), ("/v1/deployments?page=0", 400),
            ("/v1/deployments/ali/none", 404), ("/v1/summary?group_by=status", 200), ("/v1/sources", 200),
            ("/", 303), ("/docs", 200), ("/docs.css", 200), ("/openapi.json", 200), ("/healthz", 200),
            ("/nowhere", 404), ("/v1/sources/ali/refresh", 405),
            ("/v1/deployments?q=" + String(repeating: "x", count: 20_000), 414),
        ] {
            for method in [HTTPRequest.Method.get, .head] {
                let reply = try await front.get(target, method: method)
                #expect(reply.status == status, "\(target)")
                #expect(reply["X-Content-Type-Options"] == "nosniff", "\(target)")
            }
        }
        let tag = try await tag(front)
        let unchanged = try await front.get("/v1/deployments", ["If-None-Match": tag])
        #expect(unchanged.status == 304)
        #expect(unchanged["X-Content-Type-Options"] == "nosniff")
        let misdirected = try await front(at: "evil.example").get("/v1/deployments")
        #expect(misdirected["X-Content-Type-Options"] == "nosniff")
    }
}
