import Deployments
import HTTPFront
import Snapshots
import TestSupport
import Testing
import Wire

/// The sources in further pages of a cursor.
@Suite struct CursorFreshnessTests {
    private let live = Latest(examplePublished())
    private var front: FrontHarness

    init() { front = FrontHarness(published: live.value, live: live) }

    private func target(_ first: FrontHarness.Reply) throws -> String {
        "/v1/deployments?page_token=\(try #require(first.nextPageToken))"
    }

    @Test func aCursorGrowsOldAsItsListsDo() async throws {
        let target = try target(await front.get("/v1/deployments?page_size=1"))
        let early = try await front.get(target)
        #expect(early["Rollcall-Fresh"] == "?1")
        // The oldest list is of second 990, and counts as fresh for 330.
        var later = front
        later.now = time(1321)
        let late = try await later.get(target)
        #expect(late.json?["complete"]?.bool == true && late.json?["fresh"]?.bool == false)
        #expect(late.json?["pagination"]?["total_is"]?.string == "as_of")
        #expect(late["Rollcall-Complete"] == "?1" && late["Rollcall-Fresh"] == "?0")
        #expect(late["Rollcall-Sources"] == "research;state=stale, ali;state=stale")
        #expect(late["Age"] == "331" && late["Cache-Control"] == "private, no-cache")
        #expect(late.uids == early.uids && late["ETag"] != early["ETag"])
    }

    @Test func anotherCallersDemandIsNotReportedOnAFurtherPage() async throws {
        let failing = examplePublished(research: .listed(.research, count: 3).failing(.timeout, "late"))
        let (demanding, _) = FrontHarness.reading(failing, unmet: ["research": .budget])
        let first = try await demanding.get("/v1/deployments?page_size=1")
        let other = try await demanding.get("/v1/deployments?page_size=1", ["Cache-Control": "no-cache"])
        #expect(other["Rollcall-Sources"]?.contains("demand=budget") == true)
        #expect(other.nextPageToken == first.nextPageToken)
        let second = try await demanding.get(target(first))
        #expect(second["Rollcall-Sources"] == "research;state=stale;error=timeout, ali;state=fresh")
        #expect(!second.body.contains("demand"))
    }

    @Test func aPageThatIsMadeAgainTellsInItsBodyWhatItsHeadTells() async throws {
        var front = front
        front.cache = ResponseCache()
        let first = "/v1/deployments?page_size=1"
        let target = try target(await front.get(first))
        var newer = examplePublished(
            research: .listed(.research, count: 3, observed: 995), ali: .listed(.ali, count: 1, observed: 995)
        )
        newer.number = 2
        live.replace(with: newer)
        #expect(
            try await front.get(target).json?["oldest_observed_at"]?.string == "1970-01-01T00:16:30.000000Z")
        // The same rows: the same cursor, of which more is known now.
        _ = try await front.get(first)
        front.now = time(1001)
        let page = try await front.get(target)
        #expect(page["Age"] == "6")
        #expect(page.json?["oldest_observed_at"]?.string == "1970-01-01T00:16:35.000000Z")
    }
}
