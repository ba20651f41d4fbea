import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

/// The members and headers of a response about its sources.
@Suite struct FreshnessTests {
    private static let rateLimited = SourceStatus.listed(.ali, count: 1, observed: 500)
        .failing(.rateLimited, "429 from the platform")

    @Test func aStaleSourceIsReportedInBodyAndHeaders() async throws {
        let front = FrontHarness(published: examplePublished(ali: Self.rateLimited))
        let reply = try await front.get("/v1/deployments?fields=uid")
        #expect(reply.status == 200)
        #expect(reply["Rollcall-Complete"] == "?1")
        #expect(reply["Rollcall-Fresh"] == "?0")
        #expect(reply["Rollcall-Sources"] == "ali;state=stale;error=rate_limited, research;state=fresh")
        #expect(reply["Cache-Control"] == "private, no-cache")
        #expect(reply["Age"] == "500")
        #expect(reply["Cache-Status"] == "rollcall; hit; ttl=-470")
        #expect(
            reply.body.hasSuffix(
                """
                "complete":true,"fresh":false,"oldest_observed_at":"1970-01-01T00:08:20.000000Z",\
                "notices":[],"sources":[{"name":"research","platform":"nimbus","state":"fresh",\
                "observed_at":"1970-01-01T00:16:30.000000Z","count":3,"partitions":{"total":1,"listed":1,"proven":1},\
                "error":null},{"name":"ali","platform":"cumulus","state":"stale",\
                "observed_at":"1970-01-01T00:08:20.000000Z","count":1,"partitions":{"total":1,"listed":1,"proven":1},\
                "error":{"class":"rate_limited","message":"429 from the platform",\
                "since":"1970-01-01T00:16:35.000000Z"}}],\
                "sources_total":{"fresh":1,"stale":1,"loading":0,"failed":0}}
                """))
        #expect(reply.json?["pagination"]?["total_is"]?.string == "as_of")
    }

    @Test func aFreshResponseMayBeCachedAsLongAsTheShortestTtl() async throws {
        var published = examplePublished()
        published.sources[1].ttl = .milliseconds(12_900)
        let reply = try await FrontHarness(published: published).get("/v1/deployments")
        #expect(reply["Cache-Control"] == "private, max-age=12")
        #expect(reply["Cache-Status"] == "rollcall; hit; ttl=2")
        #expect(reply["Age"] == "10")
        #expect(reply["Rollcall-Fresh"] == "?1")
        #expect(reply["Vary"] == "Authorization, Cookie, Accept, Accept-Encoding")
        #expect(reply["Content-Type"] == "application/json")
        #expect(reply.json?["pagination"]?["total_is"]?.string == "exact")
    }

    @Test(arguments: [
        (SourceStatus.unlisted(.ali), "loading"),
        (SourceStatus.unlisted(.ali).failing(.auth, "`token` refused: 401"), "failed"),
    ])
    func aSourceWithoutAListMakesTheAnswerIncomplete(_ ali: SourceStatus, _ state: String) async throws {
        let front = FrontHarness(published: examplePublished(ali: ali))
        let reply = try await front.get("/v1/deployments")
        #expect(reply.status == 200)
        #expect(reply.json?["complete"]?.bool == false)
        #expect(reply.json?["fresh"]?.bool == false)
        #expect(reply.json?["pagination"]?["total_is"]?.string == "at_least")
        #expect(reply.json?["oldest_observed_at"]?.string == "1970-01-01T00:16:30.000000Z")
        let source = try #require(reply.json?["sources"]?.elements.last)
        #expect(source["state"]?.string == state)
        #expect(source["observed_at"]?.isNull == true)
        #expect(source["partitions"]?["listed"]?.int == 0)
    }

    @Test func anUnprovenPartitionMakesAFreshAnswerIncomplete() async throws {
        var published = examplePublished()
        published.sources[0].partitions.total = 2
        let reply = try await FrontHarness(published: published).get("/v1/deployments")
        #expect(reply.json?["complete"]?.bool == false)
        #expect(reply.json?["fresh"]?.bool == true)
        #expect(reply.json?["pagination"]?["total_is"]?.string == "at_least")
        #expect(reply["Cache-Control"] == "private, no-cache")
    }

    @Test(arguments: [
        ("source=research", ["research"], true), ("source=ali", ["ali"], false),
        ("platform=Cumulus", ["ali"], false), ("adapter.ne=cumulus", ["research"], true),
        ("region=eu", ["ali"], false), ("region.exists=false", ["research"], true),
        ("labels.team=search", ["research"], true), ("uid=research/ml-prod/llama", ["research"], true),
        ("status=READY", ["research", "ali"], false),
    ])
    func onlyReachedSourcesCount(_ query: String, _ names: [String], _ isFresh: Bool) async throws {
        let front = FrontHarness(published: examplePublished(ali: Self.rateLimited))
        let reply = try await front.get("/v1/deployments?\(query)")
        #expect(reply.json?["sources"]?.elements.compactMap { $0["name"]?.string } == names)
        #expect(reply.json?["fresh"]?.bool == isFresh)
        #expect(reply["Rollcall-Fresh"] == (isFresh ? "?1" : "?0"))
    }

    @Test func withoutAnySourceThereIsNoData() async throws {
        let nothing = Published(
            snapshot: Snapshot(id: "s1", publishedAt: time(991), lists: []), sources: [])
        let reply = try await FrontHarness(published: nothing).get("/v1/deployments?source=nope")
        #expect(reply.status == 503)
        #expect(reply.body.contains("urn:rollcall:problem:no-data"))
        #expect(reply.json?["detail"]?.string == "no source is configured")
        // Waiting does not help.
        #expect(reply["Retry-After"] == "3600")
        #expect(reply["Rollcall-Complete"] == "?0" && reply["Rollcall-Fresh"] == "?0")
        #expect(reply["Rollcall-Sources"] == nil)
    }

    @Test(arguments: [
        ("text/csv", 400), ("application/x-ndjson;q=0.9, text/csv", 400),
        ("text/csv, application/json;q=0.1", 200),
        ("*/*", 200), ("text/html,*/*;q=0.8", 200), ("text/html", 200),
    ])
    func aRouteWithJSONOnlyRefusesAnotherFormatIfThatAloneIsAccepted(_ accept: String, _ status: Int)
        async throws
    {
        let front = FrontHarness(published: examplePublished())
        let reply = try await front.get("/v1/sources", ["Accept": accept])
        #expect(reply.status == status)
    }

    @Test func withoutAnyListThereIsNoAnswer() async throws {
        var ali = SourceStatus.unlisted(.ali).failing(.timeout, "no answer in 10 s")
        ali.nextAttemptAt = Timestamp(microseconds: 1_004_200_000)
        let front = FrontHarness(published: examplePublished(research: .unlisted(.research), ali: ali))
        let reply = try await front.get("/v1/deployments", ["X-Request-Id": "r-1"])
        #expect(reply.status == 503)
        #expect(reply["Retry-After"] == "1")
        #expect(reply["Rollcall-Sources"] == "research;state=loading, ali;state=failed;error=timeout")
        #expect(reply["Rollcall-Complete"] == "?0")
        #expect(
            reply.body == """
                {"type":"urn:rollcall:problem:no-data","title":"No data","status":503,\
                "detail":"no source that matches this query has a list yet; see `sources`","request_id":"r-1",\
                "sources":[{"name":"research","platform":"nimbus","state":"loading","observed_at":null,\
                "count":0,"partitions":{"total":1,"listed":0,"proven":0},"error":null},{"name":"ali","platform":"cumulus",\
                "state":"failed","observed_at":null,"count":0,"partitions":{"total":1,"listed":0,"proven":0},\
                "error":{"class":"timeout","message":"no answer in 10 s",\
                "since":"1970-01-01T00:16:35.000000Z"}}],\
                "sources_total":{"fresh":0,"stale":0,"loading":1,"failed":1}}
                """)
        // Nothing is under way at the other source: its next attempt is 4.2 s ahead.
        #expect(try await front.get("/v1/deployments?source=ali")["Retry-After"] == "5")
    }

    @Test func aFirstAttemptThatTheBudgetPostponedIsNotExpectedInASecond() async throws {
        var research = SourceStatus.unlisted(.research)
        research.nextAttemptAt = time(1600)
        let front = FrontHarness(published: examplePublished(research: research))
        let reply = try await front.get("/v1/deployments?source=research")
        #expect(reply.status == 503)
        #expect(reply["Retry-After"] == "600")
    }

    @Test func anEmptyListIsAnAnswer() async throws {
        let front = FrontHarness(published: published([], of: .research))
        let reply = try await front.get("/v1/deployments")
        #expect(reply.status == 200)
        #expect(reply.json?["pagination"]?["total_results"]?.int == 0)
        #expect(reply.json?["pagination"]?["total_is"]?.string == "exact")
    }

    @Test func aNameThatIsNoTokenIsAStringInTheHeader() async throws {
        let front = FrontHarness(published: published([], of: .example("4711-x")))
        let reply = try await front.get("/v1/deployments")
        #expect(reply["Rollcall-Sources"] == "\"4711-x\";state=fresh")
    }
}
