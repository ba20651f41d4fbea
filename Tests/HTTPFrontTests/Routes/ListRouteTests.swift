import Deployments
import Testing
import Wire

@Suite struct ListRouteTests {
    private let front = FrontHarness(published: examplePublished())

    @Test func anAnswerHasTheShapeOfTheContract() async throws {
        let reply = try await front.get("/v1/deployments?fields=uid,status&page_size=3")
        #expect(reply.status == 200)
        let token = try #require(reply.nextPageToken)
        #expect(
            reply.body == """
                {"data":[{"uid":"research/ml-prod/chat%2Fx","status":"UPDATING"},\
                {"uid":"ali/qwen-1","status":"STOPPED"},{"uid":"research/ml-prod/llama","status":"READY"}],\
                "pagination":{"page":1,"page_size":3,"current_page_size":3,"total_pages":2,"total_results":4,\
                "total_is":"exact","next_page_token":"\(token)"},\
                \(exampleWorth)
                """)
    }

    @Test func aWholeRecordIsCopiedWithItsNullsAndIncludesAreAdded() async throws {
        let reply = try await front.get("/v1/deployments?name.like=llama&include=history,native")
        #expect(
            reply.body.hasPrefix(
                """
                {"data":[{"uid":"research/ml-prod/llama","source":"research","platform":"nimbus",\
                "adapter":"nimbus","region":null,"labels":{"team":"search"},"native_id":null,"name":"Llama 3.1",
                """))
        #expect(
            reply.body.contains(
                """
                "inferred":[],"unread":[],"stated_by_operator":[],"lookups":[],"revision":"ad7925ce656dcc8c",\
                "history":[{"at":null,"status":"READY","native_status":"R","message":null}],\
                "native":{"replicas":2}}],"pagination":
                """))
        let plain = try await front.get("/v1/deployments?name.like=llama")
        #expect(!plain.body.contains("history") && !plain.body.contains("native\""))
    }

    @Test(arguments: [
        ("", ["research/ml-prod/chat%2Fx", "ali/qwen-1", "research/ml-prod/llama", "research/lab/plain"]),
        ("status=READY,stopped", ["ali/qwen-1", "research/ml-prod/llama"]),
        ("status=READY&status=STOPPED", ["ali/qwen-1", "research/ml-prod/llama"]),
        ("status.in=READY,STOPPED", ["ali/qwen-1", "research/ml-prod/llama"]),
        ("filter[status][$in]=READY,STOPPED", ["ali/qwen-1", "research/ml-prod/llama"]),
        ("filter%5Bstatus%5D%5B%24in%5D=READY%2CSTOPPED", ["ali/qwen-1", "research/ml-prod/llama"]),
        ("filter[status][nin]=READY,STOPPED", ["research/ml-prod/chat%2Fx", "research/lab/plain"]),
        ("status.ne=READY,STOPPED", ["research/ml-prod/chat%2Fx", "research/lab/plain"]),
        ("status.ne=READY&status.ne=STOPPED", ["research/ml-prod/chat%2Fx", "research/lab/plain"]),
        (
            "status=",
            ["research/ml-prod/chat%2Fx", "ali/qwen-1", "research/ml-prod/llama", "research/lab/plain"]
        ),
        (
            "status=,&filter[name]=",
            [
                "research/ml-prod/chat%2Fx", "ali/qwen-1", "research/ml-prod/llama", "research/lab/plain",
            ]
        ),
        ("status=READY,,", ["research/ml-prod/llama"]),
        ("name=chat,%20small", []),
        ("name.eq=chat,%20small", ["research/ml-prod/chat%2Fx"]),
        ("name.eq=chat,+small", ["research/ml-prod/chat%2Fx"]),
        ("filter[name][$eq]=chat,+small", ["research/ml-prod/chat%2Fx"]),
        ("name=qwen%2Bmax", ["ali/qwen-1"]),
        ("name=qwen+max", []),
        ("name.like=LLAMA", ["research/ml-prod/llama"]),
        ("name.like=%25a", []),
        ("name.like=p%25n", ["research/lab/plain"]),
        ("name.like=llama,plain", ["research/ml-prod/llama", "research/lab/plain"]),
        ("platform=NIMBUS&status=ready", ["research/ml-prod/llama"]),
        ("labels.team=search&created_at.exists=false", ["research/lab/plain"]),
        ("labels.team.exists=false", ["ali/qwen-1"]),
        ("filter[labels][team][$exists]=false", ["ali/qwen-1"]),
        ("filter[accelerator][type][like]=h100", ["research/ml-prod/llama"]),
        ("filter[accelerator.type]=H100-80GB", ["research/ml-prod/llama"]),
        ("replicas.ready.gte=2", ["research/ml-prod/llama"]),
        ("created_at.gte=1970-01-01T00:05:00Z", ["research/ml-prod/chat%2Fx"]),
        ("created_at.gte=1970-01-01", ["research/ml-prod/chat%2Fx", "ali/qwen-1", "research/ml-prod/llama"]),
        ("created_at.gte=-12m&created_at.lt=1970-01-01T08:05:00%2B08:00", []),
        ("created_at.gte=-800s&created_at.lt=1970-01-01T08:05:00%2B08:00", ["ali/qwen-1"]),
        ("updated_at.gt=-1m", ["research/lab/plain"]),
        ("q=qwen", ["ali/qwen-1"]),
        ("q=small+CHAT", ["research/ml-prod/chat%2Fx"]),
        ("q=%25", []),
        (
            "source=research&sort=-name",
            [
                "research/lab/plain", "research/ml-prod/chat%2Fx", "research/ml-prod/llama",
            ]
        ),
        (
            "sort=created_at",
            [
                "research/ml-prod/llama", "ali/qwen-1", "research/ml-prod/chat%2Fx", "research/lab/plain",
            ]
        ),
        (
            "sort=status",
            ["research/lab/plain", "research/ml-prod/chat%2Fx", "ali/qwen-1", "research/ml-prod/llama"]
        ),
        ("sort=-status,-uid&page_size=2&page=2", ["research/ml-prod/chat%2Fx", "research/lab/plain"]),
        (
            "created_at.lt=1000000000000&sort=created_at",
            ["research/ml-prod/llama", "ali/qwen-1", "research/ml-prod/chat%2Fx"]
        ), ("created_at.gt=1000000000000", []),
        ("page=9", []),
        ("latest=true&source=ali", ["ali/qwen-1"]),
        ("all_versions=true&name.like=chat", ["research/ml-prod/chat%2Fx", "research/ml-prod/chat%2Fx"]),
        ("all_versions=true&version=1", ["research/ml-prod/chat%2Fx"]),
        ("version=1", []),
        ("uid=research/ml-prod/chat%252Fx", ["research/ml-prod/chat%2Fx"]),
        ("format=json&page=1&source=ali", ["ali/qwen-1"]),
        ("&&source=ali&", ["ali/qwen-1"]),
    ])
    func aQueryFindsItsRows(_ query: String, _ expected: [String]) async throws {
        let reply = try await front.get("/v1/deployments?\(query)")
        #expect(reply.status == 200, "\(reply.body)")
        #expect(reply.uids == expected)
    }

    @Test(arguments: ["*/*", "application/json;q=0", "nonsense"])
    func whateverIsAcceptedJSONIsServed(_ accept: String) async throws {
        let reply = try await front.get("/v1/deployments", ["Accept": accept, "Cache-Control": "no-cache"])
        #expect(reply.status == 200)
        #expect(reply["Content-Type"] == "application/json")
    }

    @Test func aTargetInAbsoluteFormIsTheSameRequest() async throws {
        let reply = try await front.get("http://gateway.example:8080/v1/deployments?source=ali")
        #expect(reply.uids == ["ali/qwen-1"])
    }

    @Test func everyPageButTheLastLinksToTheNext() async throws {
        let first = try await front.get("/v1/deployments?page_size=2&filter[name][$exists]=true&sort=name")
        let link = try #require(first["Link"])
        let token = try #require(first.nextPageToken)
        #expect(link == "<?page_token=\(token)>; rel=\"next\"")
        let second = try await front.get("/v1/deployments" + link.dropFirst().prefix { $0 != ">" })
        #expect(second.status == 200)
        #expect(
            first.uids + second.uids == [
                "research/ml-prod/llama", "research/ml-prod/chat%2Fx", "research/lab/plain", "ali/qwen-1",
            ])
        #expect(second["Link"] == nil)
        #expect(try await front.get("/v1/deployments?page=7&page_size=2")["Link"] == nil)
    }

    @Test(
        arguments: [
            ("page=1&page_size=4", [1, 4, 4, 1, 4]), ("page=2&page_size=3", [2, 3, 1, 2, 4]),
            ("page=9", [9, 100, 0, 1, 4]), ("name=nobody", [1, 100, 0, 0, 0]),
            ("page=9223372036854775807&page_size=1000", [.max, 1000, 0, 1, 4]),
        ] as [(String, [Int64])])
    func paginationCountsRowsAndPages(_ query: String, _ expected: [Int64]) async throws {
        let reply = try await front.get("/v1/deployments?\(query)")
        let pagination = try #require(reply.json?["pagination"])
        let keys = ["page", "page_size", "current_page_size", "total_pages", "total_results"]
        #expect(keys.map { pagination[$0]?.int } == expected)
    }
}
