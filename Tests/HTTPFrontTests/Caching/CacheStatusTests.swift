import Deployments
import Testing
import Wire

/// `Cache-Status` (RFC 9211), `Age` and the tag of answers that waited for a platform.
@Suite struct CacheStatusTests {
    private typealias Statuses = (research: SourceStatus, ali: SourceStatus)

    private func reply(
        _ before: Statuses, _ after: Statuses, unmet: [String: UnmetDemand] = [:], _ query: String = "",
        _ headers: [String: String] = [:]
    ) async throws -> FrontHarness.Reply {
        let (front, _) = FrontHarness.reading(
            examplePublished(research: before.research, ali: before.ali),
            then: examplePublished(research: after.research, ali: after.ali), unmet: unmet)
        return try await front.get("/v1/deployments\(query)", headers)
    }

    private static func research(_ observed: Int64 = 990) -> SourceStatus {
        .listed(.research, count: 3, observed: observed)
    }

    private static func ali(_ observed: Int64 = 990) -> SourceStatus {
        .listed(.ali, count: 1, observed: observed)
    }

    @Test func aListThatWasThereIsAHit() async throws {
        let there = (Self.research(), Self.ali())
        #expect(try await reply(there, there)["Cache-Status"] == "rollcall; hit; ttl=20")
        let refused = try await reply(there, there, unmet: ["ali": .budget], "?max_age=1")
        #expect(refused["Cache-Status"] == "rollcall; hit; ttl=20")
        let old = (Self.research(), Self.ali(100))
        #expect(try await reply(old, old)["Cache-Status"] == "rollcall; hit; ttl=-870")
    }

    @Test func aListThatCameInBetweenUnrequestedIsAHit() async throws {
        let swapped = try await reply((Self.research(), Self.ali()), (Self.research(1000), Self.ali(999)))
        #expect(swapped["Cache-Status"] == "rollcall; hit; ttl=29")
        let cached = try await reply(
            (Self.research(), Self.ali()), (Self.research(1000), Self.ali(1000)), "?max_age=1",
            ["Cache-Control": "only-if-cached"])
        #expect(cached["Cache-Status"] == "rollcall; hit; ttl=30")
    }

    @Test func whatTheCallerWaitedForIsReportedWithItsReason() async throws {
        let fetched = (Self.research(1000), Self.ali(1000))
        let missed = try await reply((Self.research(100), .unlisted(.ali)), fetched, "?max_age=1")
        #expect(missed["Cache-Status"] == "rollcall; fwd=uri-miss; stored; ttl=30")
        let stale = try await reply((Self.research(100), Self.ali()), fetched, "?max_age=1")
        #expect(stale["Cache-Status"] == "rollcall; fwd=stale; stored; ttl=30")
        let demanded = try await reply((Self.research(), Self.ali()), fetched, "?max_age=1")
        #expect(demanded["Cache-Status"] == "rollcall; fwd=request; stored; ttl=30")
        #expect(demanded["Age"] == "0")
        let header = try await reply(
            (Self.research(), Self.ali()), fetched, "", ["Cache-Control": "max-age=9"])
        #expect(header["Cache-Status"] == "rollcall; fwd=request; stored; ttl=30")
        let modest = try await reply(
            (Self.research(), Self.ali()), fetched, "", ["Cache-Control": "max-age=10"])
        #expect(modest["Cache-Status"] == "rollcall; hit; ttl=30")
    }

    @Test func aFetchThatHadBegunBeforeIsShared() async throws {
        let shared = try await reply(
            (.unlisted(.research), Self.ali()), (Self.research(998), Self.ali()))
        #expect(shared["Cache-Status"] == "rollcall; fwd=uri-miss; stored; collapsed; ttl=20")
        let half = try await reply(
            (.unlisted(.research), Self.ali()), (Self.research(998), Self.ali(1000)), "?max_age=1")
        #expect(half["Cache-Status"] == "rollcall; fwd=uri-miss; stored; ttl=28")
    }

    @Test func whatDidNotComeInTimeIsNoHit() async throws {
        let there = (Self.research(), Self.ali())
        let late = try await reply(there, there, unmet: ["ali": .timeout], "?max_age=1")
        #expect(late["Cache-Status"] == "rollcall; fwd=request; ttl=20")
        let half = try await reply(
            there, (Self.research(1000), Self.ali()), unmet: ["ali": .timeout], "?max_age=1")
        #expect(half["Cache-Status"] == "rollcall; fwd=request; stored; ttl=20")
    }

    /// A dashboard that polls keeps its copy over a refresh without news, and learns the new age.
    @Test func aRefreshThatBroughtNothingNewKeepsTheTag() async throws {
        let (before, after) = ((Self.research(), Self.ali()), (Self.research(1000), Self.ali(1000)))
        let first = try await reply(before, before, "?max_age=1")
        let tag = try #require(first["ETag"])
        let second = try await reply(before, after, "?max_age=1", ["If-None-Match": tag])
        #expect(second.status == 304)
        #expect(second["ETag"] == tag)
        #expect(first["Age"] == "10" && second["Age"] == "0")
        #expect(second["Cache-Control"] == "private, max-age=30")
        #expect(second["Cache-Status"] == "rollcall; fwd=request; stored; ttl=30")
    }
}
