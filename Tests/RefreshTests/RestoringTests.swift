import Deployments
import Refresh
import ServiceLifecycle
import Snapshots
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct RestoringTests {
    private func list(
        _ source: String = "alpha", rows: [ModelDeployment], at seconds: Int = 0, pages: Int = 1,
        missed: [VersionKey: Int] = [:]
    ) -> SourceLists {
        SourceLists(
            source: source,
            partitions: [
                PartitionState(
                    partition: "", observedAt: .at(seconds), proven: true, pages: pages, rows: rows,
                    missed: missed)
            ])
    }

    @Test func aStoredListIsServedAtOnceAndRightlyAged() {
        let alpha = ScriptedSource(.example("alpha"), fetches: [.listing([])])
        let house = RefresherHarness(
            [alpha, ScriptedSource(.example("beta"), fetches: [.listing([])])],
            restoring: [
                list(rows: [.example("a")], at: -400), list("gone", rows: [.example("x", of: "gone")]),
            ])
        #expect(house.names == [["a"]])
        #expect(house.state(0) == .stale && house.state(1) == .loading)
        #expect(house.status().hasList && house.status().isComplete)
        #expect(house.status().count == 1 && house.status().observedAt == .at(-400))
        #expect(alpha.asked == 0)
    }

    @Test func aPartitionThatNeverHadAListKeepsTheAnswerIncompleteAfterARestart() async {
        var kept = list(rows: [.example("a")])
        kept.partitions[0].partition = "one"
        let source = ScriptedSource(
            .example("alpha"), partitionKeys: ["one", "two"], fetches: [.listing([])])
        let house = RefresherHarness([source], restoring: [kept])
        #expect(house.names == [["a"]])
        #expect(!house.status().isComplete)
        #expect(house.status().partitions.total == 2 && house.status().partitions.listed == 1)
    }

    @Test func aPartitionThatIsNotConfiguredAnyMoreIsNotRestored() {
        var kept = list(rows: [.example("a")])
        kept.partitions[0].partition = "gone"
        let source = ScriptedSource(.example("alpha"), partitionKeys: ["one"], fetches: [.listing([])])
        let house = RefresherHarness([source], restoring: [kept])
        #expect(house.names.isEmpty && house.state() == .loading)
    }

    @Test func aListThatWasReadInAnotherWayIsNotServed() {
        let house = RefresherHarness(
            [ScriptedSource(.example("alpha"), fetches: [.listing([])])],
            restoring: [list("alpha#of-another-address", rows: [.example("a")])])
        #expect(house.names.isEmpty && house.state() == .loading)
    }

    @Test func aYoungStoredListIsFresh() {
        let house = RefresherHarness(
            [ScriptedSource(.example("alpha"), fetches: [.listing([])])],
            restoring: [list(rows: [.example("a")], at: -300)])
        #expect(house.state() == .fresh)
    }

    @Test func missesAreCountedAcrossARestart() async {
        let rows: [ModelDeployment] = [.example("a"), .example("b")]
        let missed = [VersionKey(rows[1]): 1]
        let house = RefresherHarness(
            [ScriptedSource(.example("alpha"), fetches: [.listing([.example("a")], pages: 2)])],
            restoring: [list(rows: rows, pages: 2, missed: missed)])
        await house.refresher.refreshAllOnce()
        #expect(house.names == [["a"]])
    }

    @Test func aStoredRowCarriesWhatTheConfigurationSaysToday() {
        var description = SourceDescription.example("alpha")
        description.platform = "renamed"
        description.region = "eu"
        description.labels = ["team": "search"]
        let house = RefresherHarness(
            [ScriptedSource(description, fetches: [.listing([])])], restoring: [list(rows: [.example("a")])])
        let record = house.snapshot.lists.first?.deployments.first
        #expect(record?.platform == "renamed" && record?.region == "eu")
        #expect(record?.labels == ["team": "search"])
    }

    @Test func rowsOfAnotherAdapterAreNotServed() {
        var description = SourceDescription.example("alpha")
        description.adapter = "other"
        let house = RefresherHarness(
            [ScriptedSource(description, fetches: [.listing([])])], restoring: [list(rows: [.example("a")])])
        #expect(house.names == [] && house.state() == .loading)
    }

    @Test func everyListIsHandedToTheStoreAndAFailureChangesNoneOfIt() async {
        let store = ScriptedStore()
        let alpha = ScriptedSource(
            .example("alpha"),
            fetches: [.listing([.example("a")], at: 5_000_000), .failure(SourceError(.timeout, "late"))])
        let house = RefresherHarness([alpha], store: store)
        await house.refresher.refreshAllOnce()
        let kept = store.lists["alpha"]
        #expect(kept?.partitions.first?.observedAt == .at(5))
        #expect(kept?.partitions.first?.rows.map(\.name) == ["a"])
        await house.refresher.refreshAllOnce()
        #expect(store.lists["alpha"] == kept)
    }

    @Test func whatOneRunStoredTheNextOneServes() async throws {
        let store = ScriptedStore()
        let rows: [ModelDeployment] = [.example("a", version: 1), .example("a", version: 2), .example("b")]
        let first = RefresherHarness(
            [ScriptedSource(.example("alpha"), fetches: [.listing(rows)])], store: store)
        try await first.whileRunning { await store.saves(atLeast: 1) }
        let down = ScriptedSource(.example("alpha"), fetches: [.failure(SourceError(.unreachable, "down"))])
        let second = RefresherHarness([down], restoring: try await store.load(), store: store)
        await second.refresher.refreshAllOnce()
        #expect(second.names == [["a", "a", "b"]])
        #expect(second.state() == .stale)
        let (before, after) = (first.snapshot.lists[0], second.snapshot.lists[0])
        #expect(after.hasSameRows(as: before))
    }

    @Test func listsOfSourcesThatAreNoLongerConfiguredAreForgotten() async throws {
        let store = ScriptedStore()
        try await store.save(list("gone", rows: []))
        let house = RefresherHarness(
            [ScriptedSource(.example("alpha"), fetches: [.listing([.example("a")])])], store: store)
        try await house.whileRunning { await store.saves(atLeast: 2) }
        #expect(store.lists.keys.sorted() == ["alpha"])
    }

    @Test func gracefulShutdownEndsTheRunOnceTheListsAreStored() async throws {
        let store = ScriptedStore()
        let alpha = ScriptedSource(.example("alpha"), fetches: [.listing([.example("a")])])
        let house = RefresherHarness([alpha, HangingSource()], store: store)
        let group = ServiceGroup(services: [house.refresher], logger: house.log.logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            await house.clock.sleepers(atLeast: 1)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(store.lists.keys.sorted() == ["alpha"])
        #expect(alpha.asked == 1)
    }

    @Test func aStoreThatFailsCostsDurabilityOnlyAndIsLoggedOnce() async {
        struct Full: Error, CustomStringConvertible { let description = "disk full" }
        let store = ScriptedStore()
        store.fail(with: Full())
        let alpha = ScriptedSource(.example("alpha"), fetches: [.listing([.example("a")])])
        let house = RefresherHarness([alpha], store: store)
        for _ in 0..<3 { await house.refresher.refreshAllOnce() }
        #expect(house.names == [["a"]] && house.state() == .fresh)
        store.fail(with: nil)
        for _ in 0..<2 { await house.refresher.refreshAllOnce() }
        #expect(store.lists["alpha"] != nil)
        #expect(
            house.log.lines == [
                "error lists are not stored; a restart will begin with older ones error=disk full",
                "notice lists are stored again",
            ])
    }

    @Test func whatWasSentCountsAlsoWhereTheListsAreOfAnotherAddressNow() {
        let source = ScriptedSource(
            .example("alpha"), budget: RequestBudget(.init(daily: 3)), storageKey: "alpha#2",
            fetches: [.listing([])])
        let house = RefresherHarness(
            [source],
            restoring: [
                SourceLists(source: "alpha#1", partitions: [], sent: [.init(minute: .at(-60), count: 2)]),
                SourceLists(source: "alpha-b#1", partitions: [], sent: [.init(minute: .at(-60), count: 9)]),
            ])
        #expect(house.status().budget.left(at: .at(0)) == 1)
    }

    @Test func whatWasSentCountsInTheDayAfterARestartAlsoWhereNothingWasListed() async {
        let store = ScriptedStore()
        let limits = RequestBudget.Limits(daily: 3)
        let down = ScriptedSource(
            .example("alpha"), budget: RequestBudget(limits),
            fetches: [.failure(SourceError(.unreachable, "down"))])
        for _ in 0..<2 { #expect(down.budget.take(at: .at(0)) == .granted) }
        await RefresherHarness([down], store: store).refresher.refreshAllOnce()
        let kept = store.lists["alpha"]
        #expect(kept == SourceLists(source: "alpha", partitions: [], sent: [.init(minute: .at(0), count: 2)]))

        let next = ScriptedSource(
            .example("alpha"), budget: RequestBudget(limits), fetches: [.listing([])])
        let house = RefresherHarness([next], restoring: kept.map { [$0] } ?? [])
        #expect(house.status().budget.left(at: .at(0)) == 1)
        #expect(!house.status().hasList && house.state() == .loading)
        #expect(next.budget.take(at: .at(60)) == .granted)
        #expect(next.budget.take(at: .at(60)) == .refused(until: .at(86_400 + 60)))
    }
}
