import Deployments
import HTTPFront
import HTTPTypes
import Snapshots
import TestSupport
import Testing
import Wire

/// `/v1/providers`, its records, and the states of its lists in `/v1/sources`.
@Suite struct ProviderRouteTests {
    private let front = FrontHarness(published: providerPublished())

    /// The end of an answer about the sources that have providers.
    private static let worth = """
        "sources":[{"name":"research","platform":"nimbus","state":"fresh",\
        "observed_at":"1970-01-01T00:16:20.000000Z","count":3,"partitions":{"total":1,"listed":1,"proven":1},\
        "error":null}],"sources_total":{"fresh":1,"stale":0,"loading":0,"failed":0}}
        """

    private static let chat = """
        {"uid":"research/ml-prod/chat","source":"research","platform":"nimbus","adapter":"nimbus","region":null,\
        "labels":{"team":"search"},"native_id":null,"name":"chat","workspace":"ml-prod","project":null,\
        "description":null,"host_url":"https://chat.example.com/v1","deployment":"research/ml-prod/llama",\
        "status":"READY","serving":"full","native_status":"READY","status_message":null,\
        "created_at":"1970-01-01T00:05:00.000000Z","updated_at":null,\
        "served_models":["meta/llama","meta/llama-fast"],"enabled_models":[],"inferred":[],"unread":[]}
        """

    @Test func theListHasProvidersAndTheirSources() async throws {
        let reply = try await front.get("/v1/providers?page_size=1")
        #expect(reply.status == 200)
        #expect(reply.body.hasPrefix(#"{"data":["# + Self.chat + #"],"pagination":{"page":1,"page_size":1,"#))
        #expect(
            reply.body.hasSuffix(
                #""snapshot":{"id":"p1","published_at":"1970-01-01T00:16:21.000000Z"},"complete":true,"#
                    + #""fresh":true,"oldest_observed_at":"1970-01-01T00:16:20.000000Z","notices":[],"#
                    + Self.worth))
        #expect(reply.json?["pagination"]?["total_is"]?.string == "exact")
        #expect(reply["Rollcall-Sources"] == "research;state=fresh")
        #expect(reply["Age"] == "20")
        #expect(reply["Vary"] == "Authorization, Cookie, Accept, Accept-Encoding")
    }

    @Test(arguments: [
        ("", ["chat", "mail", "x%2Fy"]), ("status=READY", ["chat"]), ("q=MAI", ["mail"]),
        ("sort=name.desc", []), ("sort=-name", ["x%2Fy", "mail", "chat"]),
        ("host_url.like=chat.example", ["chat"]),
        ("deployment=research/ml-prod/llama", ["chat"]), ("native_status.exists=false", ["x%2Fy"]),
        ("filter={\"$or\":[{\"status\":\"FAILED\"},{\"name\":\"x/y\"}]}", ["mail", "x%2Fy"]),
        ("labels.team=search&page_size=2&page=2", ["x%2Fy"]), ("source=ali", []), ("platform=cumulus", []),
        ("source=research&max_age=60&strict=true", ["chat", "mail", "x%2Fy"]),
    ])
    func theGrammarIsThatOfDeployments(_ query: String, _ names: [String]) async throws {
        let reply = try await front.get("/v1/providers?\(query)")
        #expect(reply.uids == names.map { "research/ml-prod/\($0)" })
        #expect(reply.status == (query == "sort=name.desc" ? 400 : 200))
    }

    @Test(arguments: [
        "all_versions=true", "version=1", "include=history", "include=native", "group_by=status", "sum=x",
        "zeros=true", "model=x", "replicas.ready=1", "served_models=x", "stats=READY", "latest=true",
    ])
    func parametersThatProvidersDoNotHaveAreRefused(_ query: String) async throws {
        for path in ["/v1/providers", "/v1/providers/research/ml-prod/chat"] {
            let reply = try await front.get("\(path)?\(query)")
            #expect(reply.status == 400)
            #expect(reply.json?["errors"]?.count == 1)
        }
    }

    @Test func csvHasAHeaderAlsoWithoutAnyProvider() async throws {
        let header = """
            uid,source,platform,adapter,region,LABELSnative_id,name,workspace,project,description,host_url,deployment,\
            status,serving,native_status,status_message,created_at,updated_at,served_models,enabled_models,inferred,\
            unread\r\n
            """
        let reply = try await front.get("/v1/providers?format=csv&name=chat")
        #expect(
            reply.body == header.replacing("LABELS", with: "labels.team,") + """
                research/ml-prod/chat,research,nimbus,nimbus,,search,,chat,ml-prod,,,https://chat.example.com/v1,\
                research/ml-prod/llama,READY,full,READY,,1970-01-01T00:05:00.000000Z,,meta/llama meta/llama-fast,,,\r\n
                """)
        #expect(
            reply["Content-Disposition"]
                == "attachment; filename=\"rollcall-providers-19700101T001620Z.csv\"")
        let none = try await FrontHarness(published: providerPublished(nil)).get(
            "/v1/providers?format=csv")
        #expect(none.body == header.replacing("LABELS", with: ""))
        let lines = try await front.get("/v1/providers?format=ndjson&page_size=1")
        #expect(lines.body == Self.chat + "\n")
    }

    @Test func aCursorIsReadToItsEndAndOnlyByItsOwnList() async throws {
        let first = try await front.get("/v1/providers?page_size=2&fields=uid")
        let token = try #require(first.nextPageToken)
        #expect(first["Link"] == "<?page_token=\(token)>; rel=\"next\"")
        let second = try await front.get("/v1/providers?page_token=\(token)")
        #expect(second.body.hasPrefix(#"{"data":[{"uid":"research/ml-prod/x%2Fy"}],"pagination":{"page":2,"#))
        #expect(second.nextPageToken == nil)
        #expect(second.json?["snapshot"]?["id"]?.string == "p1")
        let other = try #require(try await front.get("/v1/deployments?page_size=2").nextPageToken)
        for target in ["/v1/deployments?page_token=\(token)", "/v1/providers?page_token=\(other)"] {
            let reply = try await front.get(target)
            #expect(reply.status == 400)
            #expect(
                reply.json?["errors"]?.element(at: 0)?["detail"]?.string
                    == "not a page token; send `next_page_token` unchanged")
        }
    }

    @Test func aCursorThatHasEndedIsGoneForItsOwnListAlone() async throws {
        let uptime = Latest(Duration.zero)
        var front = front
        front.cursors = CursorStore { uptime.value }
        let token = try #require(
            try await front.get("/v1/providers?page_size=2&sort=name").nextPageToken)
        uptime.replace(with: .seconds(301))
        let gone = try await front.get("/v1/providers?page_token=\(token)")
        #expect(gone.status == 410)
        #expect(gone["Link"]?.contains("?page_size=2&sort=name") == true)
        #expect(try await front.get("/v1/deployments?page_token=\(token)").status == 400)
    }

    @Test func oneProviderIsServedByItsUid() async throws {
        let reply = try await front.get("/v1/providers/research/ml-prod/chat")
        #expect(
            reply.body == #"{"data":"# + Self.chat
                + #","snapshot":{"id":"p1","published_at":"1970-01-01T00:16:21.000000Z"},"complete":true,"#
                + #""fresh":true,"notices":[],"# + Self.worth)
        let encoded = try await front.get("/v1/providers/research%2Fml-prod%2Fx%252Fy?fields=name")
        #expect(encoded.body.hasPrefix(#"{"data":{"name":"x/y"},"snapshot""#))
    }

    private static let unlisted = ListStatus()
    private static let partial = ListStatus.listedProviders { $0.partitions.total = 2 }

    private static let absences: [(String, ListStatus?, Int)] = [
        ("research/none", .listedProviders(), 404), ("research/none", partial, 503),
        ("research/none", unlisted, 503), ("research/none", nil, 404),
        // The deployments' uids are no providers'.
        ("research/ml-prod/llama", .listedProviders(), 404), ("unknown/none", unlisted, 404),
        ("ali/qwen-1", unlisted, 404), ("research/ml-prod/chat", partial, 200), ("", partial, 200),
    ]

    @Test(arguments: absences)
    func absenceNeedsAProvenListOfProviders(
        _ uid: String, _ providers: ListStatus?, _ status: Int
    ) async throws {
        let reply = try await FrontHarness(published: providerPublished(providers))
            .get("/v1/providers/\(uid)")
        #expect(reply.status == status)
        if status == 404 { #expect(reply.json?["detail"]?.string == "no provider has this uid") }
        if status == 503 {
            #expect(
                reply.json?["detail"]?.string
                    == "its source has no complete list yet, so this provider may or may not exist")
            #expect(reply["Retry-After"] != nil)
        }
    }

    @Test(arguments: ["", "?strict=true", "?status=READY", "?source=ali", "?platform=nimbus&format=json"])
    func platformsWithoutProvidersHaveNoneAndThatIsComplete(_ query: String) async throws {
        let front = FrontHarness(published: providerPublished(nil))
        let reply = try await front.get("/v1/providers\(query)")
        #expect(reply.status == 200)
        #expect(
            reply.body.hasSuffix(
                #""complete":true,"fresh":true,"oldest_observed_at":null,"notices":[],"sources":[],"#
                    + #""sources_total":{"fresh":0,"stale":0,"loading":0,"failed":0}}"#), "\(reply.body)")
        #expect(reply.json?["data"]?.count == 0)
        #expect(reply.json?["pagination"]?["total_is"]?.string == "exact")
        #expect(reply["Rollcall-Complete"] == "?1" && reply["Rollcall-Sources"] == nil)
    }

    @Test func aSourceThatNobodyConfiguredIsAMistakeForProvidersToo() async throws {
        let reply = try await front.get("/v1/providers?source=reserch")
        #expect(reply["Rollcall-Notices"] == "no-such-value")
        #expect(reply.json?["notices"]?.element(at: 0)?["did_you_mean"]?.string == "research")
        #expect(try await front.get("/v1/providers?source=reserch&strict=true").status == 400)
    }

    @Test func withoutAListOfProvidersThereIsNoData() async throws {
        let loading = FrontHarness(published: providerPublished(Self.unlisted))
        #expect(try await loading.get("/v1/providers").status == 503)
        #expect(try await loading.get("/v1/providers?source=research").status == 503)
        #expect(try await loading.get("/v1/providers?source=ali").status == 200)
        #expect(try await loading.get("/v1/deployments").status == 200)
        let nobody = FrontHarness(
            published: Published(
                snapshot: Snapshot(id: "s", publishedAt: time(1), lists: []), sources: []))
        #expect(try await nobody.get("/v1/providers").status == 503)
    }

    @Test func aProviderAnswerIsCachedByItsOwnTag() async throws {
        for target in ["/v1/providers", "/v1/providers/research/ml-prod/chat", "/v1/providers?format=csv"] {
            let reply = try await front.get(target)
            let tag = try #require(reply["ETag"])
            #expect(try await front.get(target, ["If-None-Match": tag]).status == 304)
            let head = try await front.get(target, method: .head)
            #expect(head.status == 200 && head.body.isEmpty && head["ETag"] == tag)
            let failing = ListStatus.listedProviders {
                $0.failure = .init(error: SourceError(.timeout, "x"), since: time(995))
            }
            let stale = FrontHarness(published: providerPublished(failing))
            #expect(try await stale.get(target, ["If-None-Match": tag]).status == 200)
        }
    }

    @Test func sourcesTellTheStateOfEachOfTheirLists() async throws {
        let providers = ListStatus.listedProviders {
            $0.partitions.total = 2
            $0.failure = .init(error: SourceError(.permission, "403"), since: time(995))
        }
        let front = FrontHarness(published: providerPublished(providers))
        let reply = try await front.get("/v1/sources/research")
        #expect(
            reply.body.hasSuffix(
                """
                "lists":{"deployments":{"state":"fresh","observed_at":"1970-01-01T00:16:30.000000Z","count":3,\
                "partitions":{"total":1,"listed":1,"proven":1},"error":null},\
                "providers":{"state":"stale","observed_at":"1970-01-01T00:16:20.000000Z","count":3,\
                "partitions":{"total":2,"listed":1,"proven":1},"error":{"class":"permission","message":"403",\
                "since":"1970-01-01T00:16:35.000000Z"}}},"writes":null}}
                """), "\(reply.body)")
        // The source's own members are those of its deployments.
        #expect(reply.json?["data"]?["state"]?.string == "fresh")
        let all = try await front.get("/v1/sources")
        #expect(all.json?["data"]?.element(at: 1)?["lists"]?["providers"]?.kind == .null)
        #expect(try await tag(front, "/v1/sources") != tag(self.front, "/v1/sources"))
    }
}
