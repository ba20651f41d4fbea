import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

@testable import Refresh

/// Rows that stay until a second list confirms that they are gone: what readers see of them, and when that list
/// is requested.
@Suite(.timeLimit(.minutes(10))) struct HeldRowsTests {
    private static let half = CacheWindows.steady(maxDrop: MaxDrop(share: 0.5))

    /// The list of `row-0`, `row-1` and so on, requested at this second.
    private func listing(_ rows: Int, pages: Int = 1, at second: Int64, unidentified: Int = 0) -> SourceFetch
    {
        .listing(
            (0..<rows).map { .example("row-\($0)") }, pages: pages, at: second * 1_000_000,
            unidentified: unidentified)
    }

    /// What is held back after each of these fetches, one after another: `97 since 40`.
    private func held(
        _ fetches: [SourceFetch], config: CacheWindows = half, restoring: [SourceLists] = []
    ) async -> [String?] {
        let harness = RefresherHarness(
            [ScriptedSource(.example("alpha"), fetches: fetches)], config: config, restoring: restoring)
        var held: [String?] = []
        for _ in fetches {
            await harness.refresher.refreshAllOnce()
            held.append(
                harness.status().held.map { "\($0.rows) since \($0.since.since(.epoch).components.seconds)" })
        }
        return held
    }

    @Test func moreRowsThanMaxDropAllowsAreHeldUntilTheSecondList() async {
        let fetches = [listing(100, at: 0), listing(3, at: 40), listing(3, at: 42)]
        #expect(await held(fetches) == [nil, "97 since 40", nil])
    }

    @Test func aRowOfAListOfMorePagesIsHeld() async {
        let fetches = [listing(4, pages: 2, at: 0), listing(3, pages: 2, at: 5), listing(3, pages: 2, at: 9)]
        #expect(await held(fetches, config: .steady()) == [nil, "1 since 5", nil])
    }

    @Test func allRowsOfAnEmptyListAreHeld() async {
        let fetches = [listing(2, at: 0), listing(0, at: 5), listing(0, at: 9)]
        #expect(await held(fetches, config: .steady()) == [nil, "2 since 5", nil])
    }

    @Test func rowsThatComeBackAreNotHeld() async {
        #expect(
            await held([listing(9, at: 0), listing(1, at: 5), listing(9, at: 9)]) == [nil, "8 since 5", nil])
    }

    @Test func whatAFailureOrAnIncompleteListLeavesIsHeldSinceTheFirstList() async {
        let fetches = [
            listing(20, at: 0), listing(2, at: 10), listing(2, at: 20, unidentified: 1),
            .failure(SourceError(.timeout, "late"), at: 30_000_000), listing(2, at: 40),
        ]
        #expect(await held(fetches) == [nil, "18 since 10", "18 since 10", "18 since 10", nil])
    }

    @Test func rowsThatGoMissingBesideAConfirmedDropAreHeldSinceTheirOwnList() async {
        let fetches = [listing(20, at: 0), listing(8, at: 10), listing(7, at: 20), listing(7, at: 30)]
        #expect(await held(fetches) == [nil, "12 since 10", "1 since 20", nil])
    }

    @Test func aRestartHoldsWhatWasHeld() async {
        let rows: [ModelDeployment] = [.example("row-0"), .example("row-1")]
        let stored = SourceLists(
            source: "alpha",
            partitions: [
                PartitionState(
                    partition: "", observedAt: .at(-5), proven: true, pages: 2, rows: rows,
                    missed: [VersionKey(rows[1]): 1])
            ])
        let alpha = ScriptedSource(.example("alpha"), fetches: [listing(1, at: 0)])
        let harness = RefresherHarness([alpha], restoring: [stored])
        #expect(harness.status().held == SourceStatus.Held(rows: 1, since: .at(-5)))
        #expect(harness.status().isComplete && harness.state() == .fresh)
        #expect(harness.status().nextAttemptReason == "held_rows")
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["row-0"]] && harness.status().held == nil)
        let fetches = [listing(1, at: 10, unidentified: 1), listing(1, at: 20)]
        #expect(await held(fetches, restoring: [stored]) == ["1 since -5", nil])
    }

    @Test func theSecondListIsRequestedAfterTheLeastInterval() async throws {
        let alpha = ScriptedSource(
            .example("alpha"), fetches: [listing(20, at: 0), listing(2, at: 30), listing(2, at: 32)])
        let harness = RefresherHarness([alpha], config: Self.half)
        try await harness.whileRunning {
            await harness.until { harness.status().nextAttemptReason == "ttl" }
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(30))
            await harness.until { harness.status().nextAttemptReason == "held_rows" }
            #expect(harness.status().held == SourceStatus.Held(rows: 18, since: .at(30)))
            #expect(harness.status().nextAttemptAt == .at(32))
            #expect(harness.state() == .fresh && harness.status().isComplete)
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(2))
            await harness.until { harness.status().nextAttemptReason == "ttl" }
            #expect(harness.status().held == nil && harness.status().count == 2)
            #expect(alpha.fetchCount == 3)
        }
    }

    @Test func theLeastIntervalCountsFromTheEndOfTheFirstLook() {
        var harness = ScheduleHarness()
        harness.succeed(taking: 1, awaitsSecondLook: true)
        #expect(harness.next == "2 held_rows")
        harness.pass(2)
        #expect(harness.next == "0 held_rows")
        harness.succeed()
        #expect(harness.next == "30 ttl")
    }

    @Test func aPlatformThatListsOtherRowsEachTimeIsRequestedEverLess() {
        var harness = ScheduleHarness()
        for pause in ["2", "4", "8", "16"] {
            harness.succeed(awaitsSecondLook: true)
            #expect(harness.next == "\(pause) held_rows")
            harness.now = harness.schedule.plan(at: harness.now).at
        }
        harness.succeed(awaitsSecondLook: true)
        #expect(harness.next == "30 ttl")
        harness.succeed()
        harness.succeed(awaitsSecondLook: true)
        #expect(harness.next == "2 held_rows")
    }

    @Test func theBudgetMayPostponeTheSecondLook() {
        var harness = ScheduleHarness(budget: RequestBudget(.init(daily: 96)))
        harness.succeed(awaitsSecondLook: true)
        #expect(harness.next == "900 budget")
    }

    @Test func aSourceThatNobodyReadsGetsNoSecondLook() {
        var harness = ScheduleHarness(.demandDriven)
        harness.succeed(awaitsSecondLook: true)
        #expect(harness.next == "600 idle")
        #expect(harness.reading() == nil)
        #expect(harness.next == "2 held_rows")
    }

    @Test func aPartitionThatFailsPostponesTheSecondLook() {
        var harness = ScheduleHarness()
        harness.succeed()
        harness.pass(30)
        harness.succeedPartly(awaitsSecondLook: true)
        #expect(harness.next == "30 ttl")
    }

    @Test func aTtlThatEndsEarlierIsNotMadeLonger() {
        var harness = ScheduleHarness(.steady(ttl: .seconds(1), minInterval: .milliseconds(1500)))
        harness.succeed(awaitsSecondLook: true)
        #expect(harness.next == "1.5 min_interval")
    }
}
