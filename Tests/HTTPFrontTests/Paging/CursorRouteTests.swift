import Deployments
import HTTPFront
import HTTPTypes
import Snapshots
import TestSupport
import Testing
import Wire

@Suite struct CursorRouteTests {
    private let live: Latest<Published>
    private let uptime = Latest(Duration.zero)
    private var front: FrontHarness

    init() {
        live = Latest(examplePublished())
        front = FrontHarness(published: examplePublished(), live: live)
        front.cursors = CursorStore { [uptime] in uptime.value }
    }

    private func token(_ query: String) async throws -> String {
        try #require(try await front.get("/v1/deployments?\(query)").nextPageToken)
    }

    /// Without rows of `research`, and failing.
    private func refresh() {
        live.replace(
            with: Published(
                snapshot: Snapshot(
                    id: "s2", publishedAt: time(999), lists: Array(exampleLists().dropFirst())),
                sources: [.unlisted(.research).failing(.tls, "x"), .listed(.ali, count: 1)]))
    }

    @Test func aCursorGoesOnInItsSnapshotAsItsFirstPageWasRequested() async throws {
        let first = try await front.get(
            "/v1/deployments?sort=name&source=research&fields=uid&all_versions=true&page_size=2&include=history"
        )
        #expect(first.uids == ["research/ml-prod/llama", "research/ml-prod/chat%2Fx"])
        refresh()
        let second = try await front.get("/v1/deployments?page_token=\(try #require(first.nextPageToken))")
        #expect(
            second.body.hasPrefix(
                """
                {"data":[{"uid":"research/ml-prod/chat%2Fx","history":[]},\
                {"uid":"research/lab/plain","history":[]}],\
                "pagination":{"page":2,"page_size":2,"current_page_size":2,"total_pages":2,"total_results":4,\
                "total_is":"exact","next_page_token":null},\
                "snapshot":{"id":"s1","published_at":"1970-01-01T00:16:31.000000Z"},"complete":true,"fresh":true,
                """), "\(second.body)")
        #expect(second["Link"] == nil)
        #expect(second["Rollcall-Sources"] == "research;state=fresh")
        #expect(try await front.get("/v1/deployments?source=research").status == 503)
    }

    @Test func aRelativeTimeIsThatOfTheFirstPage() async throws {
        var later = front
        later.now = time(5000)
        // At second 1000 these are the rows created from second 100 on, at 5000 none.
        let token = try await token("created_at.gte=-15m&page_size=1")
        let reply = try await later.get("/v1/deployments?page_token=\(token)&page_size=9")
        #expect(reply.uids == ["ali/qwen-1", "research/ml-prod/llama"])
        #expect(reply["Age"] == "4010")
        #expect(try await later.get("/v1/deployments?created_at.gte=-15m").uids == [])
    }

    @Test func aRelativeTimeIsThatOfTheRequestHoweverLongItWaited() async throws {
        let clock = Latest(time(1000))
        var waiting = front
        waiting.clock = clock
        // At second 5000 no row is young enough any more.
        waiting.freshness = ScriptedFreshness { _, _ in
            clock.replace(with: time(5000))
            return [:]
        }
        let first = try await waiting.get("/v1/deployments?created_at.gte=-15m&page_size=1")
        #expect(first.json?["pagination"]?["total_results"]?.int == 3)
        let token = try #require(first.nextPageToken)
        let second = try await waiting.get("/v1/deployments?page_token=\(token)&page_size=9")
        #expect(second.uids == ["ali/qwen-1", "research/ml-prod/llama"])
    }

    @Test func sizeFieldsAndFormatMayChangeOnTheWay() async throws {
        let token = try await token("page_size=1")
        let reply = try await front.get(
            "/v1/deployments?page_token=\(token)&fields=name&page_size=2&format=json&status=")
        #expect(
            reply.body.hasPrefix(
                #"{"data":[{"name":"qwen+max"},{"name":"Llama 3.1"}],"pagination":{"page":null,"page_size":2,"#
            ))
        let next = try #require(reply.nextPageToken)
        #expect(
            reply["Link"]
                == "<?page_token=\(next)&fields=name&page_size=2&format=json>; rel=\"next\"")
        let last = try await front.get("/v1/deployments?page_token=\(next)")
        #expect(last.uids == ["research/lab/plain"])
        #expect(last.json?["pagination"]?["page"]?.int == 4)
        #expect(last.nextPageToken == nil && last["Link"] == nil)
    }

    @Test func aPageRequestedByNumberStartsACursorToo() async throws {
        let token = try await token("page=2&page_size=1")
        #expect(
            try await front.get("/v1/deployments?page_token=\(token)").uids == ["research/ml-prod/llama"])
        for query in ["page=4&page_size=1", "page=9", "page_size=4", "name=nobody", ""] {
            let reply = try await front.get("/v1/deployments?\(query)")
            #expect(reply.json?["pagination"]?["next_page_token"]?.kind == .null)
            #expect(reply["Link"] == nil)
        }
    }

    @Test(arguments: [
        "status=READY", "name.like=x", "filter[name]=x", "q=a", "sort=name", "include=history",
        "all_versions=true", "max_age=5", "strict=true", "nonsense=1", "page_sise=1", "labels.team=x",
    ])
    func nothingElseStandsBesideAToken(_ parameter: String) async throws {
        let token = try await token("page_size=1")
        for query in ["page_token=\(token)&\(parameter)", "\(parameter)&page_token=\(token)"] {
            let reply = try await front.get("/v1/deployments?\(query)")
            #expect(reply.status == 400)
            let errors = try #require(reply.json?["errors"]).elements
            #expect(errors.map { $0["parameter"]?.string } == [String(parameter.prefix { $0 != "=" })])
            #expect(errors.first?["detail"]?.string?.contains("page_token") == true)
            #expect(
                errors.first?["did_you_mean"]?.string
                    == (parameter.hasPrefix("page_sise") ? "page_size" : nil))
        }
    }

    @Test func aBadTokenIsNamed() async throws {
        let token = try await token("page_size=1")
        let bad = [
            "x", String(token.dropLast()), "\(token)A", String(token.reversed()), "%00", "..%2F..%2F",
            "\(token)&page_token=\(token)", "\(token)&page_size=0", "\(token)&page_size=1001",
            "\(token)&format=xml", "\(token)&fields=nme",
        ]
        for text in bad {
            let reply = try await front.get("/v1/deployments?page_token=\(text)")
            #expect(reply.status == 400, "\(text)")
            #expect(reply.json?["errors"]?.elements.count == 1, "\(text)")
        }
        #expect(try await front.get("/v1/deployments?page_token=&source=ali").uids == ["ali/qwen-1"])
        #expect(try await front.get("/v1/deployments/ali/qwen-1?page_token=\(token)").status == 400)
        #expect(try await front.get("/v1/sources?page_token=\(token)").status == 400)
    }

    @Test func anUnusedCursorEndsAfterItsTimeAndSaysWhereToBegin() async throws {
        let token = try await token("page=2&sort=uid&page_size=1&name.exists=true&q=")
        for _ in 0..<3 {
            uptime.replace(with: uptime.value + .seconds(300))
            #expect(try await front.get("/v1/deployments?page_token=\(token)").status == 200)
        }
        uptime.replace(with: uptime.value + .seconds(301))
        let rows = HeldRows(live.value.snapshot.lists[0])
        refresh()
        #expect(rows.areHeld)
        // Any request frees them.
        _ = try await front.get("/healthz")
        #expect(!rows.areHeld)
        let gone = try await front.get("/v1/deployments?page_token=\(token)")
        #expect(gone.status == 410)
        #expect(gone.json?["type"]?.string == "urn:rollcall:problem:snapshot-gone")
        #expect(gone["Cache-Control"] == "no-store")
        let first = "?sort=uid&page_size=1&name.exists=true"
        #expect(gone["Link"] == "<\(first)>; rel=\"first\"")
        #expect(try await front.get("/v1/deployments" + first).uids == ["ali/qwen-1"])
    }

    @Test func aTokenOfAnotherProcessIsGone() async throws {
        let token = try await token("page_size=1")
        var restarted = front
        restarted.cursors = CursorStore()
        let gone = try await restarted.get("/v1/deployments?page_token=\(token)")
        #expect(gone.status == 410)
        #expect(gone["Link"] == "<?page=1>; rel=\"first\"")
        // Else the first page would be "not modified", its token gone, and so on for ever.
        let tag = try #require(try await front.get("/v1/deployments?page_size=1")["ETag"])
        let again = try await restarted.get("/v1/deployments?page_size=1", ["If-None-Match": tag])
        #expect(again.status == 200)
    }

    @Test func notModifiedMeansThatTheTokenStillLeadsOn() async throws {
        let query = "/v1/deployments?page_size=3"
        let first = try await front.get(query)
        let tag = try #require(first["ETag"])
        uptime.replace(with: .seconds(1000))
        #expect(try await front.get(query, ["If-None-Match": tag]).status == 304)
        let target = "/v1/deployments?page_token=\(try #require(first.nextPageToken))"
        let second = try await front.get(target)
        #expect(second.uids == ["research/lab/plain"])
        let secondTag = try #require(second["ETag"])
        #expect(try await front.get(target, ["If-None-Match": secondTag]).status == 304)
        // The first three rows are the same, those after them are not.
        var lists = exampleLists()
        lists[0] = SourceRows(
            source: .research,
            listed: lists[0].deployments.filter { $0.name != "plain" }
                + [SourceDescription.research.record(uid: "research/lab/other")])
        live.replace(
            with: Published(
                snapshot: Snapshot(id: "s2", publishedAt: time(992), lists: lists),
                sources: live.value.sources))
        let changed = try await front.get(query, ["If-None-Match": tag])
        #expect(changed.status == 200)
        #expect(changed.uids == first.uids)
    }

    @Test func theSameFirstPageAgainIsTheSameCursor() async throws {
        let token = try await token("page_size=1")
        #expect(try await self.token("page_size=1") == token)
        #expect(try await self.token("page_size=1&sort=uid") != token)
        live.replace(
            with: Published(
                snapshot: live.value.snapshot,
                sources: [
                    .listed(.research, count: 3, observed: 995), .listed(.ali, count: 1, observed: 995),
                ]))
        #expect(try await self.token("page_size=1") == token)
        let reply = try await front.get("/v1/deployments?page_token=\(token)")
        #expect(reply.json?["oldest_observed_at"]?.string == "1970-01-01T00:16:35.000000Z")
    }

    @Test func theSameFirstPageAgainTakesNoMoreRoom() async throws {
        var limits = CursorStore.Limits()
        limits.cursors = 2
        var front = front
        front.cursors = CursorStore(limits: limits)
        var tokens: [String] = []
        for query in ["page_size=1", "page_size=1&sort=uid", "page_size=1", "page_size=1"] {
            tokens.append(try #require(try await front.get("/v1/deployments?\(query)").nextPageToken))
        }
        for token in tokens {
            #expect(try await front.get("/v1/deployments?page_token=\(token)").status == 200)
        }
    }

    @Test(arguments: [
        "created_at.gte=-15m", "filter=%7B%22created_at%22:%7B%22$gte%22:%22%5Cu002d15m%22%7D%7D",
    ])
    func theSameQueryAtAnotherTimeCanBeAnotherCursor(_ filter: String) async throws {
        var later = front
        later.now = time(1050)
        let query = "/v1/deployments?\(filter)&page_size=1"
        let first = try #require(try await front.get(query).nextPageToken)
        let second = try #require(try await later.get(query).nextPageToken)
        #expect(first != second)
        for (token, rows) in [(first, ["ali/qwen-1", "research/ml-prod/llama"]), (second, ["ali/qwen-1"])] {
            let rest = try await later.get("/v1/deployments?page_token=\(token)&page_size=9")
            #expect(rest.uids == rows)
        }
    }

    @Test func aHeadHasTheHeadersOfItsPage() async throws {
        let first = try await front.get("/v1/deployments?page_size=2", method: .head)
        let get = try await front.get("/v1/deployments?page_size=2")
        #expect(first.body.isEmpty)
        #expect(first["Link"] == get["Link"] && first["Link"] != nil)
        let target = "/v1/deployments?page_token=\(try #require(get.nextPageToken))&page_size=1"
        let head = try await front.get(target, method: .head)
        #expect(head.status == 200 && head.body.isEmpty)
        let page = try await front.get(target)
        for name in ["Link", "ETag", "Age", "Rollcall-Sources", "Cache-Status", "Content-Length"] {
            #expect(head[name] == page[name] && head[name] != nil, "\(name)")
        }
    }

    @Test func noPageAfterTheFirstFetchesOrWaits() async throws {
        let (harness, freshness) = FrontHarness.reading()
        let first = try await harness.get("/v1/deployments?page_size=1&max_age=0")
        let target = "/v1/deployments?page_token=\(try #require(first.nextPageToken))"
        #expect(try await harness.get(target, ["Cache-Control": "no-cache"]).status == 200)
        #expect(freshness.demands.count == 1)
    }

    @Test func aCursorNeedsTheRightToRead() async throws {
        let token = try await token("page_size=1")
        var guarded = front
        guarded.config.access = AccessPolicy(tokens: [
            AccessToken(name: "a", secret: Secret("s3cret"), permissions: [.read])
        ])
        #expect(try await guarded.get("/v1/deployments?page_token=\(token)").status == 401)
        #expect(
            try await guarded.get(
                "/v1/deployments?page_token=\(token)", ["Authorization": "Bearer s3cret"]
            ).status == 200)
    }
}
