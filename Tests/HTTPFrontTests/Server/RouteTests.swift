import Deployments
import HTTPTypes
import Testing
import Wire

@Suite struct RouteTests {
    private let front = FrontHarness(published: examplePublished())

    @Test func oneDeploymentComesWithItsHistory() async throws {
        let reply = try await front.get("/v1/deployments/research/ml-prod/llama")
        #expect(reply.status == 200)
        #expect(reply.body.hasPrefix(#"{"data":{"uid":"research/ml-prod/llama","source":"research","#))
        #expect(
            reply.body.hasSuffix(
                """
                "inferred":[],"unread":[],"stated_by_operator":[],"lookups":[],"revision":"ad7925ce656dcc8c",\
                "history":[{"at":null,"status":"READY","native_status":"R","message":null}]},\
                "snapshot":{"id":"s1","published_at":"1970-01-01T00:16:31.000000Z"},\
                "complete":true,"fresh":true,"notices":[],"sources":[{"name":"research","platform":"nimbus","state":"fresh",\
                "observed_at":"1970-01-01T00:16:30.000000Z","count":3,"partitions":{"total":1,"listed":1,"proven":1},\
                "error":null}],"sources_total":{"fresh":1,"stale":0,"loading":0,"failed":0}}
                """))
        #expect(reply["Rollcall-Sources"] == "research;state=fresh")
        #expect(reply["ETag"] != nil)
    }

    @Test func oneDeploymentTakesFieldsAndInclude() async throws {
        let one = "/v1/deployments/research/ml-prod/llama"
        #expect(
            try await front.get("\(one)?fields=name").body.hasPrefix(
                #"{"data":{"name":"Llama 3.1"},"snapshot""#))
        #expect(
            try await front.get("\(one)?fields=name&include=native").body
                .hasPrefix(#"{"data":{"name":"Llama 3.1","native":{"replicas":2}},"snapshot""#))
        #expect(
            try await front.get("\(one)?include=native").body.contains(
                #""message":null}],"native":{"replicas":2}}"#))
    }

    @Test func aUidIsMatchedUndecodedAndItsLatestVersionIsServed() async throws {
        let reply = try await front.get("/v1/deployments/research/ml-prod/chat%2Fx")
        #expect(reply.json?["data"]?["version"]?.int == 2)
        for other in ["chat%2fx", "chat/x", "chat%252Fx", "chat%2Fx/", "chat%2Fx/history"] {
            #expect(try await front.get("/v1/deployments/research/ml-prod/\(other)").status == 404)
        }
    }

    @Test(arguments: [
        ("ali/.", "ali/%252E"), ("ali/%2E", "ali/%252E"), ("ali/%252E", "ali/%252E"),
        ("ali/..", "ali/%252E%252E"),
        ("ali/.%2e", "ali/%252E%252E"), ("ali/%252E%252E", "ali/%252E%252E"), ("ali/lab/.", "ali/lab/%252E"),
        ("ali%2Flab%2F%25252E", "ali/lab/%252E"), ("ali%2Flab%2F.", "ali/lab/%252E"),
    ])
    func aPartOfDotsIsFoundInEverySpelling(_ path: String, _ uid: String) async throws {
        let keys = [["."], [".."], ["lab", "."]]
        let listed = keys.map {
            SourceDescription.ali.record(uid: ModelDeployment.uid(source: "ali", key: $0))
        }
        let front = FrontHarness(published: published(listed, of: .ali))
        let reply = try await front.get("/v1/deployments/\(path)")
        #expect(reply.status == 200)
        #expect(reply.json?["data"]?["uid"]?.string == uid)
    }

    @Test(arguments: [
        ("uid=ali/.", "ali/%252E"), ("uid=ali/%2E", "ali/%252E"), ("uid=ali/%252E", "ali/%252E"),
        ("uid=ali/%25252E", "ali/%252E"), ("uid.eq=ali/..", "ali/%252E%252E"),
        ("uid=ali/.%252e", "ali/%252E%252E"), ("uid.in=ali/x,ali/lab/.", "ali/lab/%252E"),
        ("filter[uid][$eq]=ali/lab/.", "ali/lab/%252E"), ("filter={\"uid\":\"ali/.\"}", "ali/%252E"),
        ("filter={\"uid\":{\"$in\":[\"ali/..\"]}}", "ali/%252E%252E"),
        ("uid.nin=ali/.,ali/..", "ali/lab/%252E"), ("uid.ne=ali/.&uid.ne=ali/lab/.", "ali/%252E%252E"),
        ("filter={\"$not\":{\"uid\":[\"ali/.\",\"ali/lab/.\"]}}", "ali/%252E%252E"),
    ])
    func aFilterFindsAPartOfDotsInEverySpelling(_ query: String, _ uid: String) async throws {
        let keys = [["."], [".."], ["lab", "."]]
        let listed = keys.map {
            SourceDescription.ali.record(uid: ModelDeployment.uid(source: "ali", key: $0))
        }
        let front = FrontHarness(published: published(listed, of: .ali))
        let reply = try await front.get("/v1/deployments?strict=true&\(query)")
        #expect(reply.status == 200)
        #expect(reply.json?["data"]?.elements.map { $0["uid"]?.string } == [uid])
    }

    @Test(arguments: [
        ("research%2Fml-prod%2Fllama", 200), ("research%2fml-prod%2fllama", 200),
        ("research%2Fml-prod%2Fchat%252Fx", 200), ("research%2Fml-prod%2Fchat%2Fx", 404),
        ("research%2Fml-prod/llama", 404), ("research%2Fml-prod%2Fllama%2", 404),
        ("research%2Fml-prod%2F%FF", 404),
    ])
    func aUidThatAClientEncodedWholeIsDecodedOnce(_ segment: String, _ status: Int) async throws {
        #expect(try await front.get("/v1/deployments/\(segment)").status == status)
    }

    @Test func aUidIsNotFoundOnlyWhereItsSourceHasACompleteListWithoutIt() async throws {
        func status(_ uid: String, research: SourceStatus) async throws -> Int {
            try await FrontHarness(published: examplePublished(research: research))
                .get("/v1/deployments/\(uid)").status
        }
        var partial = SourceStatus.listed(.research, count: 3)
        partial.partitions.total = 2
        let failing = SourceStatus.listed(.research, count: 3, observed: 1).failing(.timeout, "slow")
        #expect(try await status("research/none", research: .listed(.research, count: 3)) == 404)
        #expect(try await status("research/none", research: failing) == 404)
        #expect(try await status("research/none", research: partial) == 503)
        #expect(try await status("research/none", research: .unlisted(.research)) == 503)
        #expect(try await status("research/ml-prod/llama", research: partial) == 200)
        #expect(try await status("unknown/none", research: .unlisted(.research)) == 404)
        // A slash at the end names no deployment: it is the list.
        #expect(try await status("", research: .unlisted(.research)) == 200)
        let reply = try await FrontHarness(published: examplePublished(research: .unlisted(.research)))
            .get("/v1/deployments/research/none")
        #expect(reply.json?["type"]?.string == "urn:rollcall:problem:no-data")
        #expect(reply.json?["sources"]?.elements.compactMap { $0["name"]?.string } == ["research"])
        #expect(reply["Retry-After"] == "1")
    }

    @Test func everySourceIsReportedWithAllThatIsKnown() async throws {
        var ali = SourceStatus.unlisted(.ali).failing(.auth, "`token` from env KEY refused: 401")
        ali.budget = RequestBudget(.init(daily: 100))
        for second: Int64 in [0, 900, 990] { #expect(ali.budget.take(at: time(second)) == .granted) }
        ali.held = SourceStatus.Held(rows: 97, since: time(960))
        ali.drift = [.init(drift: Drift(field: "status", value: "WEIRD", rows: 4), firstSeen: time(7))]
        let front = FrontHarness(published: examplePublished(ali: ali))
        let reply = try await front.get("/v1/sources")
        let fields = try Regex(#""fields":\[[^\]]*\],"#)
        #expect(reply.body.matches(of: fields).count == 2)
        #expect(
            reply.body.replacing(fields, with: "") == """
                {"data":[{"name":"research","platform":"nimbus","adapter":"nimbus","region":null,\
                "labels":{"team":"search"},"state":"fresh","observed_at":"1970-01-01T00:16:30.000000Z",\
                "age_seconds":10,"count":3,"partitions":{"total":1,"listed":1,"proven":1},"error":null,\
                "last_attempt_at":"1970-01-01T00:16:30.000000Z","next_attempt_at":"1970-01-01T00:17:00.000000Z",\
                "next_attempt_reason":"ttl","calls":{"minute":0,"hour":0,"day":0},"budget_left":null,"drift":[],\
                "unproven":null,"lookups":[],"held":null,"lists":{"deployments":{"state":"fresh",\
                "observed_at":"1970-01-01T00:16:30.000000Z","count":3,\
                "partitions":{"total":1,"listed":1,"proven":1},"error":null},"providers":null},"writes":null},\
                {"name":"ali","platform":"cumulus","adapter":"cumulus","region":"eu","labels":{},\
                "state":"failed","observed_at":null,"age_seconds":null,"count":0,\
                "partitions":{"total":1,"listed":0,"proven":0},"error":{"class":"auth",\
                "message":"`token` from env KEY refused: 401","since":"1970-01-01T00:16:35.000000Z"},\
                "last_attempt_at":null,"next_attempt_at":null,"next_attempt_reason":null,\
                "calls":{"minute":1,"hour":3,"day":3},"budget_left":97,\
                "drift":[{"field":"status","value":"WEIRD","first_seen":"1970-01-01T00:00:07.000000Z","rows":4}],\
                "unproven":null,"lookups":[],"held":{"rows":97,"since":"1970-01-01T00:16:00.000000Z"},\
                "lists":{"deployments":{"state":"failed","observed_at":null,"count":0,\
                "partitions":{"total":1,"listed":0,"proven":0},"error":{"class":"auth",\
                "message":"`token` from env KEY refused: 401","since":"1970-01-01T00:16:35.000000Z"}},\
                "providers":null},"writes":null}]}
                """)
        #expect(reply["Rollcall-Sources"] == "ali;state=failed;error=auth, research;state=fresh")
        let one = try await front.get("/v1/sources/ali")
        #expect(one.body.hasPrefix(#"{"data":{"name":"ali","platform":"cumulus","#))
        #expect(one["Rollcall-Sources"] == "ali;state=failed;error=auth")
        #expect(try await front.get("/v1/sources/nope").status == 404)
    }

    @Test(arguments: [
        "/v1", "/v1/", "/index.html", "/v1/deployment", "/v1/deployments2", "/v1/provider",
        "/v1/providers2/x", "/v1/model", "/v1/models2", "/v1/chat", "/v1/chat/completions/", "/v1/images",
        "/metrics",
        "/openapi.json/", "/openapi.yaml", "/docs/", "/as/x/y", "/v1/sources/ali/refresh/",
        "/v1/sources//refresh",
        "/v1/sources/ali/refresher",
        "/v1/sources/", "/V1/deployments", "/healthz/",
        "//v1/deployments", "/v1/%64eployments",
    ])
    func otherPathsAreNotFound(_ path: String) async throws {
        let reply = try await front.get(path, ["X-Request-Id": "r-1"])
        #expect(reply.status == 404)
        #expect(reply["Content-Type"] == "application/problem+json")
        #expect(
            reply.body.hasPrefix(
                #"{"type":"urn:rollcall:problem:not-found","title":"Not found","status":404,"#))
        #expect(reply.body.contains(#""request_id":"r-1""#))
        let detail = path == "/v1/sources/" ? "no source has this name" : "unknown route; see /docs"
        #expect(reply.json?["detail"]?.string == detail)
    }

    @Test(arguments: ["/", "/?x=1", "http://gateway.example"])
    func theRootLeadsToTheDocumentation(_ target: String) async throws {
        for method in [HTTPRequest.Method.get, .head] {
            let reply = try await front.get(target, ["Accept-Encoding": "gzip"], method: method)
            #expect(reply.status == 303)
            // Relative, so that it holds behind a proxy that serves the gateway under a path of its own.
            #expect(reply["Location"] == "docs")
            #expect(reply["Cache-Control"] == "no-store")
            #expect(reply["Content-Length"] == "0" && reply.bytes == [])
        }
        #expect(try await front.get("/docs").status == 200)
    }

    @Test(arguments: [
        (HTTPRequest.Method.post, "/v1/deployments"), (.patch, "/v1/deployments/ali/qwen-1"),
        (.delete, "/v1/sources/ali"), (.options, "/v1/sources"), (.put, "/healthz"), (.post, "/readyz"),
        (.post, "/v1/summary"), (.trace, "/v1/deployments"), (.post, "/"), (.post, "/docs"),
    ])
    func aWrongMethodGetsTheRightOnes(_ method: HTTPRequest.Method, _ path: String) async throws {
        let reply = try await front.get(path, method: method)
        #expect(reply.status == 405)
        #expect(reply["Allow"] == "GET, HEAD")
        #expect(reply.json?["detail"]?.string == "allowed: GET, HEAD")
        #expect(reply.json?["type"]?.string == "urn:rollcall:problem:method-not-allowed")
    }

    @Test(arguments: [HTTPRequest.Method.get, .head, .put, .delete])
    func aRefreshIsPosted(_ method: HTTPRequest.Method) async throws {
        let reply = try await front.get("/v1/sources/ali/refresh", method: method)
        #expect(reply.status == 405)
        #expect(reply["Allow"] == "POST")
    }

    @Test func theRequestIdIsTheClientsWhereItIsHarmless() async throws {
        for id in ["a", "A.b_c-9", String(repeating: "x", count: 64)] {
            #expect(try await front.get("/healthz", ["X-Request-Id": id])["X-Request-Id"] == id)
        }
        for id in ["", "a b", "é", "a\"b", String(repeating: "x", count: 65)] {
            let made = try #require(try await front.get("/healthz", ["X-Request-Id": id])["X-Request-Id"])
            #expect(made != id && made.utf8.count == 16)
        }
        let two = [
            try await front.get("/healthz")["X-Request-Id"], try await front.get("/healthz")["X-Request-Id"],
        ]
        #expect(two[0] != two[1])
    }
}
