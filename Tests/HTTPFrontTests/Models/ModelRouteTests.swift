import Deployments
import HTTPFront
import HTTPTypes
import Snapshots
import TestSupport
import Testing
import Wire

/// `/v1/models` and `/v1/models/{id}`.
@Suite struct ModelRouteTests {
    private static let shared = modelFront(
        [
            callable("a", of: .research, names: ["meta/llama"]) {
                $0.createdAt = time(300)
                $0.modelFamily = "llama-3.1-8b"
                $0.task = "chat"
            }
        ],
        [
            callable("b", of: .ali, names: ["meta/llama"]) {
                $0.createdAt = Timestamp(microseconds: 200_900_000)
                $0.modelFamily = "llama-3.1-8b"
                $0.serving = .idle
                $0.endpoint.auth = nil
            }
        ])

    private static let entry = """
        {"id":"meta/llama","object":"model","created":200,"owned_by":"cumulus,nimbus","rollcall":{\
        "model_family":"llama-3.1-8b","task":"chat","cold_start":false,"endpoints":[\
        {"uid":"ali/b","source":"ali","region":"eu","serving":"idle","base_url":"https://b.example.com/v1",\
        "protocol":"openai","auth":null,"observed_at":"1970-01-01T00:16:30.000000Z","stale":false},\
        {"uid":"research/a","source":"research","region":null,"serving":"full",\
        "base_url":"https://a.example.com/v1","protocol":"openai","auth":"bearer",\
        "observed_at":"1970-01-01T00:16:30.000000Z","stale":false}]
        """

    @Test func oneNameOverTwoSourcesIsOneEntry() async throws {
        let reply = try await Self.shared.get("/v1/models")
        #expect(reply.status == 200)
        #expect(
            reply.body.hasPrefix(
                """
                {"object":"list","data":[\(Self.entry)}}],"rollcall":{"total_is":"exact",\
                "snapshot":{"id":"s1","published_at":"1970-01-01T00:16:31.000000Z"},"complete":true,"fresh":true,\
                "oldest_observed_at":"1970-01-01T00:16:30.000000Z","notices":[],"sources":[{"name":"research",
                """))
        #expect(reply["Rollcall-Complete"] == "?1" && reply["Rollcall-Fresh"] == "?1")
        #expect(reply["Rollcall-Sources"] == "research;state=fresh, ali;state=fresh")
        #expect(reply["Age"] == "10" && reply["Cache-Control"] == "private, max-age=30")
        #expect(reply["Cache-Status"] == "rollcall; hit; ttl=20" && reply["Rollcall-Notices"] == nil)
    }

    @Test(arguments: ["/v1/models/meta/llama", "/v1/models/meta%2Fllama", "/v1/models/%6Deta/llama"])
    func oneModelHasItsEntryWithItsSlashesEncodedOrNot(_ path: String) async throws {
        let reply = try await Self.shared.get(path)
        #expect(reply.status == 200)
        #expect(reply.body.hasPrefix(Self.entry + #","snapshot":{"id":"s1","#))
        #expect(reply.json?["rollcall"]?["complete"]?.bool == true)
        #expect(reply.json?["rollcall"]?["sources"]?.count == 2)
        #expect(reply["Rollcall-Complete"] == "?1" && reply["ETag"]?.hasPrefix("W/") == true)
    }

    @Test(arguments: [
        (Serving.full, true), (.partial, true), (.idle, true), (.none, false), (.unknown, false),
    ])
    func onlyWhatServesOrWakesIsListed(_ serving: Serving, _ isListed: Bool) async throws {
        let front = modelFront([callable("a", of: .research, names: ["m"]) { $0.serving = serving }])
        let reply = try await front.get("/v1/models")
        #expect(reply.models == (isListed ? ["m"] : []))
        #expect(try await front.get("/v1/models/m").status == (isListed ? 200 : 404))
        guard isListed else { return }
        let entry = try #require(reply.json?["data"]?.element(at: 0)?["rollcall"])
        #expect(entry["cold_start"]?.bool == (serving == .idle))
        #expect(entry["endpoints"]?.element(at: 0)?["serving"]?.string == serving.rawValue)
    }

    @Test func aRowWithoutAPlaceOrANameIsNotListed() async throws {
        let front = modelFront([
            callable("a", of: .research, names: ["m"]) { $0.endpoint.baseURL = nil },
            callable("b", of: .research, names: []), callable("c", of: .research, names: [""]),
        ])
        #expect(try await front.get("/v1/models").models == [])
    }

    @Test func everyServedNameIsAnEntryOnceForEachRow() async throws {
        let front = modelFront([
            callable("a", of: .research, names: ["y", "x", "y"]) { $0.endpoint.model = "left-out" },
            callable("b", of: .research, names: ["Z", "x"]),
        ])
        let reply = try await front.get("/v1/models")
        #expect(reply.models == ["Z", "x", "y"])
        #expect(reply.endpoints == ["research/b", "research/a", "research/b", "research/a"])
        #expect(try await front.get("/v1/models/y").endpoints == ["research/a"])
    }

    @Test func namesAreComparedByTheirBytes() async throws {
        let front = modelFront([
            callable("a", of: .research, names: ["caf\u{E9}"]),
            callable("b", of: .research, names: ["cafe\u{301}"]),
        ])
        #expect(try await front.get("/v1/models").json?["data"]?.count == 2)
        #expect(try await front.get("/v1/models/caf%C3%A9").endpoints == ["research/a"])
        #expect(try await front.get("/v1/models/cafe%CC%81").endpoints == ["research/b"])
    }

    @Test func factsThatDifferOrThatNoneStatesAreNull() async throws {
        let front = modelFront(
            [
                callable("a", of: .research, names: ["m"]) {
                    $0.modelFamily = "one"
                    $0.task = "chat"
                },
                callable("b", of: .research, names: ["m"]) { $0.modelFamily = "two" },
            ], [callable("c", of: .ali, names: ["n"])])
        let reply = try await front.get("/v1/models")
        let facts = (reply.json?["data"]?.elements ?? []).compactMap { $0["rollcall"] }
        #expect(facts.map { $0["model_family"]?.string } == [nil, nil])
        #expect(facts.map { $0["task"]?.string } == ["chat", nil])
        #expect(reply.json?["data"]?.elements.map { $0["created"]?.int } == [0, 0])
        #expect(reply.json?["data"]?.elements.map { $0["owned_by"]?.string } == ["nimbus", "cumulus"])
    }

    @Test func onlyCurrentVersionsCount() async throws {
        let old = callable("a", of: .research, names: ["old"]) { $0.version = 1 }
        let new = callable("a", of: .research, names: ["new"]) { $0.version = 2 }
        #expect(try await modelFront([old, new]).get("/v1/models").models == ["new"])
    }

    @Test func aStaleSourceIsMarkedOnItsEndpointsAndInTheHeaders() async throws {
        let stale = SourceStatus.listed(.ali, count: 1, observed: 400).failing(.timeout, "x")
        let front = modelFront(
            [callable("a", of: .research, names: ["m"])], [callable("b", of: .ali, names: ["m"])],
            aliStatus: stale)
        let reply = try await front.get("/v1/models")
        let endpoints =
            reply.json?["data"]?.element(at: 0)?["rollcall"]?["endpoints"]?.elements ?? []
        #expect(endpoints.map { $0["stale"]?.bool } == [true, false])
        #expect(
            endpoints.map { $0["observed_at"]?.string } == [
                "1970-01-01T00:06:40.000000Z", "1970-01-01T00:16:30.000000Z",
            ])
        #expect(reply["Rollcall-Fresh"] == "?0" && reply["Age"] == "600")
        #expect(reply["Cache-Control"] == "private, no-cache")
        #expect(reply.json?["rollcall"]?["total_is"]?.string == "as_of")
    }

    @Test(arguments: [
        ("source=ali", ["n"]), ("serving=idle", ["n"]), ("q=deep", ["m"]), ("labels.team=search", ["m"]),
        ("filter[endpoint][protocol]=openai", ["m", "n"]), ("filter=%7B%22region%22:null%7D", ["m"]),
        ("endpoint.base_url.like=b.example", ["n"]), ("serving=none", []), ("status=FAILED", []),
    ])
    func filtersSelectRowsAsInTheList(_ query: String, _ models: [String]) async throws {
        let front = modelFront(
            [callable("a", of: .research, names: ["m"]) { $0.name = "deep" }],
            [callable("b", of: .ali, names: ["n"]) { $0.serving = .idle }])
        let reply = try await front.get("/v1/models?\(query)")
        #expect(reply.status == 200 && reply.models == models)
    }

    @Test func filtersSelectTheEndpointsOfOneModel() async throws {
        let reply = try await Self.shared.get("/v1/models/meta/llama?source=ali")
        #expect(reply.endpoints == ["ali/b"])
        #expect(reply["Rollcall-Sources"] == "ali;state=fresh")
        #expect(try await Self.shared.get("/v1/models/meta/llama?status=FAILED").status == 404)
    }

    @Test(arguments: [
        "sort=name", "page=1", "page_size=2", "page_token=x", "fields=uid", "include=native",
        "all_versions=true", "group_by=status", "bom=true", "format=csv", "nam=x", "serving=fast",
        "version=x",
    ])
    func otherParametersAreRefused(_ query: String) async throws {
        for path in ["/v1/models", "/v1/models/meta/llama"] {
            let reply = try await Self.shared.get("\(path)?\(query)")
            #expect(reply.status == 400)
            #expect(reply.json?["type"]?.string == "urn:rollcall:problem:invalid-parameter")
            let name = String(query.prefix { $0 != "=" })
            #expect(reply.json?["errors"]?.element(at: 0)?["parameter"]?.string == name)
        }
    }

    @Test func theSourcesThatTheListNamesCanBeChosen() async throws {
        for path in ["/v1/models", "/v1/models/meta/llama"] {
            let reply = try await Self.shared.get("\(path)?sources=none")
            #expect(reply.json?["rollcall"]?["sources"]?.count == 0)
            #expect(reply.json?["rollcall"]?["sources_total"]?["fresh"]?.int == 2)
        }
    }

    @Test func anUnknownModelIsNotFoundOnlyWhereTheListsAreComplete() async throws {
        let missing = try await Self.shared.get("/v1/models/none")
        #expect(missing.status == 404)
        #expect(missing.json?["type"]?.string == "urn:rollcall:problem:not-found")
        let front = modelFront([callable("a", of: .research, names: ["m"])], aliStatus: .unlisted(.ali))
        let unproven = try await front.get("/v1/models/none")
        #expect(unproven.status == 503 && unproven["Retry-After"] != nil)
        #expect(unproven.json?["type"]?.string == "urn:rollcall:problem:no-data")
        #expect(try await front.get("/v1/models/none?source=research").status == 404)
        let known = try await front.get("/v1/models/m")
        #expect(known.status == 200 && known["Rollcall-Complete"] == "?0")
        #expect(try await front.get("/v1/models/m?strict=true").status == 503)
    }

    @Test func withoutAnyListThereIsNoAnswer() async throws {
        var front = modelFront([])
        front.published.sources = [.unlisted(.research), .unlisted(.ali)]
        front.published.snapshot = Snapshot(id: "s0", publishedAt: time(991), lists: [])
        #expect(try await front.get("/v1/models").status == 503)
        #expect(try await front.get("/v1/models/m").status == 503)
    }

    @Test func aRowWhoseServingCouldNotBeReadIsTold() async throws {
        let front = modelFront([
            callable("a", of: .research, names: ["m"]),
            callable("b", of: .research, names: ["n"]) {
                $0.serving = .unknown
                $0.markUnread("status")
            },
        ])
        let reply = try await front.get("/v1/models")
        #expect(reply.models == ["m"])
        #expect(reply["Rollcall-Notices"] == "unread-field")
        #expect(reply.json?["rollcall"]?["total_is"]?.string == "at_least")
        #expect(reply.json?["rollcall"]?["notices"]?.element(at: 0)?["value"]?.string == "serving")
        #expect(try await front.get("/v1/models?strict=true").status == 503)
    }

    @Test func aMistypedSourceIsANotice() async throws {
        let reply = try await Self.shared.get("/v1/models?source=alli")
        #expect(reply.status == 200 && reply.models == [])
        #expect(reply["Rollcall-Notices"] == "no-such-value")
        #expect(try await Self.shared.get("/v1/models?source=alli&strict=true").status == 400)
        #expect(try await Self.shared.get("/v1/models/meta/llama?source=alli").status == 404)
        #expect(try await Self.shared.get("/v1/models/meta/llama?source=alli&strict=true").status == 400)
    }

    @Test(arguments: [(10_000, 200), (10_001, 400)])
    func anAnswerHasAtMostTenThousandModels(_ count: Int, _ status: Int) async throws {
        let names = (0..<count).map { "m\($0)" }
        let reply = try await modelFront([callable("a", of: .research, names: names)]).get("/v1/models")
        #expect(reply.status == status)
        guard status == 200 else {
            #expect(
                reply.json?["detail"]?.string
                    == "more than 10000 models, or 100000 endpoints, match; filter them, such as by `source`")
            return
        }
        #expect(reply.models.count == count)
    }

    @Test func aTagDependsOnTheModelsAndNeverOnTime() async throws {
        let front = Self.shared
        for path in ["/v1/models", "/v1/models/meta/llama"] {
            let first = try await tag(front, path)
            var later = front
            later.now = time(1010)
            later.published.sources[0].observedAt = time(1005)
            #expect(try await tag(later, path) == first)
            #expect(try await front.get(path, ["If-None-Match": first]).status == 304)
            var moved = front
            moved.published.snapshot = Snapshot(
                id: "s2", publishedAt: time(992),
                lists: [
                    front.published.snapshot.lists[0],
                    SourceRows(source: .ali, listed: [callable("c", of: .ali, names: ["meta/llama"])]),
                ])
            #expect(try await tag(moved, path) != first)
        }
    }

    @Test func aHeadHasTheHeadersOfAGet() async throws {
        for path in ["/v1/models", "/v1/models/", "/v1/models/meta/llama"] {
            let get = try await Self.shared.get(path)
            let head = try await Self.shared.get(path, method: .head)
            #expect(head.status == 200 && head.body.isEmpty)
            #expect(head["ETag"] == get["ETag"] && head["Content-Length"] == get["Content-Length"])
        }
    }

    @Test func aReadWaitsForTheSourcesThatItReaches() async throws {
        let (front, freshness) = FrontHarness.reading(unmet: ["ali": .timeout])
        let reply = try await front.get("/v1/models?source=ali&max_age=5")
        #expect(
            freshness.calls == [
                .read(["ali"], Demand(maxAge: .seconds(5), headerMaxAge: nil, onlyIfCached: false))
            ])
        #expect(reply["Rollcall-Sources"] == "ali;state=fresh;demand=timeout")
        #expect(try await front.get("/v1/models?source=ali&max_age=5&strict=true").status == 504)
    }

    @Test func aTokenNeedsTheRightToRead() async throws {
        var front = Self.shared
        front.config.access = AccessPolicy(tokens: [
            AccessToken(name: "r", secret: Secret("canary-r"), permissions: [.read]),
            AccessToken(name: "w", secret: Secret("canary-w"), permissions: [.write]),
        ])
        for path in ["/v1/models", "/v1/models/meta/llama"] {
            #expect(try await front.get(path).status == 401)
            #expect(try await front.get(path, ["Authorization": "Bearer canary-w"]).status == 403)
            #expect(try await front.get(path, ["Authorization": "Bearer canary-r"]).status == 200)
            #expect(try await front.get(path, method: .post).status == 401)
            #expect(
                try await front.get(path, ["Authorization": "Bearer canary-r"], method: .post).status == 405)
        }
    }
}
