import Deployments
import HTTPFront
import TestSupport
import Testing
import Wire

/// What further pages of a walk say of their sources.
@Suite struct WalkFreshnessTests {
    private let live = Latest(examplePublished())
    private var front: FrontHarness

    init() { front = FrontHarness(published: live.value, live: live) }

    private func target(_ first: FrontHarness.Reply) throws -> String {
        "/v1/deployments?page_token=\(try #require(first.nextPageToken))"
    }

    @Test func aPageThatIsMadeAgainTellsInItsBodyWhatItsHeadTells() async throws {
        var front = front
        front.cache = AnswerCache()
        let first = "/v1/deployments?page_size=1"
        let target = try target(await front.get(first))
        var newer = examplePublished(
            research: .listed(.research, count: 3, observed: 995), ali: .listed(.ali, count: 1, observed: 995)
        )
        newer.number = 2
        live.replace(with: newer)
        #expect(
            try await front.get(target).json?["oldest_observed_at"]?.string == "1970-01-01T00:16:30.000000Z")
        // The same rows: the same walk, of which more is known now.
        _ = try await front.get(first)
        front.now = time(1001)
        let page = try await front.get(target)
        #expect(page["Age"] == "6")
        #expect(page.json?["oldest_observed_at"]?.string == "1970-01-01T00:16:35.000000Z")
    }
}
