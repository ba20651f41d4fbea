import Deployments
import Refresh
import ServiceLifecycle
import Snapshots
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct RestoringTests {
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
        let harness = RefresherHarness(
            [alpha, ScriptedSource(.example("beta"), fetches: [.listing([])])],
            restoring: [
                list(rows: [.example("a")], at: -400), list("gone", rows: [.example("x", of: "gone")]),
            ])
        #expect(harness.names == [["a"]])
        #expect(harness.state(0) == .stale && harness.state(1) == .loading)
        #expect(harness.status().hasList && harness.status().isComplete)
        #expect(harness.status().count == 1 && harness.status().observedAt == .at(-400))
        #expect(alpha.fetchCount == 0)
    }

    @Test func aPartitionThatNeverHadAListKeepsTheAnswerIncompleteAfterARestart() async {
        var stored = list(rows: [.example("a")])
        stored.partitions[0].partition = "one"
        let source = ScriptedSource(
            .example("alpha"), partitionKeys: ["one", "two"], fetches: [.listing([])])
        let harness = RefresherHarness([source], restoring: [stored])
        #expect(harness.names == [["a"]])
        #expect(!harness.status().isComplete)
        #expect(harness.status().partitions.total == 2 && harness.status().partitions.listed == 1)
    }

    @Test func aPartitionThatIsNotConfiguredAnyMoreIsNotRestored() {
        var stored = list(rows: [.example("a")])
        stored.partitions[0].partition = "gone"
        let source = ScriptedSource(.example("alpha"), partitionKeys: ["one"], fetches: [.listing([])])
        let harness = RefresherHarness([source], restoring: [stored])
        #expect(harness.names.isEmpty && harness.state() == .loading)
    }

    @Test func aListThatWasReadInAnotherWayIsNotServed() {
        let harness = RefresherHarness(
            [ScriptedSource(.example("alpha"), fetches: [.listing([])])],
            restoring: [list("alpha#of-another-address", rows: [.example("a")])])
        #expect(harness.names.isEmpty && harness.state() == .loading)
    }

    @Test func valuesThatMayNotBeShownAnyMoreAreHidden() async throws {
        let store = ScriptedStore()
        let rows: [ModelDeployment] = [.example("a"), .example("b")]
        try await store.save(list("alpha#1", rows: rows, at: -400))
        let source = ScriptedSource(
            .example("alpha"), storageKey: "alpha#2", formerStorageKeys: ["alpha#1"], hidden: ["b"],
            fetches: [.failure(SourceError(.unreachable, "down"))])
        let harness = RefresherHarness([source], restoring: try await store.load(for: [source]), store: store)
        #expect(
            harness.snapshot.lists.first?.deployments.map(\.name) == ["a", nil]
                && harness.status().observedAt == .at(-400))
        await harness.refresher.refreshAllOnce()
        #expect(store.lists["alpha#2"]?.partitions[0].rows.map(\.name) == ["a", nil])
        #expect(store.lists["alpha#1"] == nil)
    }

    @Test func aRenamedSourceKeepsItsListUnderItsNewName() async throws {
        let store = ScriptedStore()
        let rows: [ModelDeployment] = [.example("a"), .example("b", version: 2)]
        var stored = list("alpha#1", rows: rows, at: -400, missed: [VersionKey(rows[1]): 1])
        stored.sent = [SentRequests(minute: .at(-60), count: 3)]
        try await store.save(stored)
        func renamed() -> ScriptedSource {
            ScriptedSource(
                .example("beta"), storageKey: "beta#1", formerStorageKeys: ["alpha#1"], formerName: "alpha",
                fetches: [.listing([.example("a", of: "beta")], pages: 2)])
        }
        // A restart before the first list finds the rows as they were stored.
        for _ in 0..<2 {
            let source = renamed()
            let harness = RefresherHarness(
                [source], restoring: try await store.load(for: [source]), store: store)
            let served = harness.snapshot.lists.first?.deployments ?? []
            #expect(served.map(\.uid) == ["beta/a", "beta/b"])
            #expect(served.map(\.source) == ["beta", "beta"])
            #expect(harness.status().observedAt == .at(-400) && harness.status().source.name == "beta")
            #expect(source.budget.calls(at: .at(0)).day == 3)
        }
        let source = renamed()
        let harness = RefresherHarness(
            [source], restoring: try await store.load(for: [source]), store: store)
        await harness.refresher.refreshAllOnce()
        // It lacks the second row for the second time.
        #expect(store.lists["beta#1"]?.partitions[0].rows.map(\.uid) == ["beta/a"])
        #expect(store.lists["alpha#1"] == nil)
    }

    @Test func aStoredUidOfRelease010IsSpelledAsToday() async {
        var rows: [ModelDeployment] = [.example("a"), .example("b")]
        (rows[0].uid, rows[1].uid) = ("alpha/.", "alpha/lab/..")
        var listed: ModelDeployment = .example("a")
        listed.uid = "alpha/%252E"
        let harness = RefresherHarness(
            [ScriptedSource(.example("alpha"), fetches: [.listing([listed], pages: 2)])],
            restoring: [list(rows: rows, pages: 2, missed: [VersionKey(rows[1]): 1])])
        let served = harness.snapshot.lists.first?.deployments.map(\.uid)
        #expect(served == ["alpha/%252E", "alpha/lab/%252E%252E"])
        await harness.refresher.refreshAllOnce()
        // The list lacks the second row for the second time.
        #expect(harness.snapshot.lists.first?.deployments.map(\.uid) == ["alpha/%252E"])
    }

    @Test func aRenamedSourceOfAnotherAddressKeepsItsRequestCountsOnly() {
        let source = ScriptedSource(
            .example("beta"), storageKey: "beta#2", formerStorageKeys: ["alpha#2"], formerName: "alpha",
            fetches: [.listing([])])
        var stored = list("alpha#1", rows: [.example("a")])
        stored.sent = [SentRequests(minute: .at(-60), count: 3)]
        let harness = RefresherHarness([source], restoring: [stored])
        #expect(harness.names.isEmpty && source.budget.calls(at: .at(0)).day == 3)
    }

    @Test func aYoungStoredListIsFresh() {
        let harness = RefresherHarness(
            [ScriptedSource(.example("alpha"), fetches: [.listing([])])],
            restoring: [list(rows: [.example("a")], at: -300)])
        #expect(harness.state() == .fresh)
    }

    @Test func missesAreCountedAcrossARestart() async {
        let rows: [ModelDeployment] = [.example("a"), .example("b")]
        let missed = [VersionKey(rows[1]): 1]
        let harness = RefresherHarness(
            [ScriptedSource(.example("alpha"), fetches: [.listing([.example("a")], pages: 2)])],
            restoring: [list(rows: rows, pages: 2, missed: missed)])
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a"]])
    }

    @Test func aStoredRowCarriesWhatTheConfigurationSaysToday() {
        var description = SourceDescription.example("alpha")
        description.platform = "renamed"
        description.region = "eu"
        description.labels = ["team": "search"]
        let harness = RefresherHarness(
            [ScriptedSource(description, fetches: [.listing([])])], restoring: [list(rows: [.example("a")])])
        let record = harness.snapshot.lists.first?.deployments.first
        #expect(record?.platform == "renamed" && record?.region == "eu")
        #expect(record?.labels == ["team": "search"])
    }

    @Test func aStoredRowGetsTheModelFamilyOfToday() {
        var description = SourceDescription.example("alpha")
        description.families = ModelFamilies([ModelFamily("ours", ["acme/%"])])
        var row = ModelDeployment.example("a")
        (row.model, row.modelFamily) = ("acme/chat", "of-yesterday")
        let harness = RefresherHarness(
            [ScriptedSource(description, fetches: [.listing([])])], restoring: [list(rows: [row])])
        #expect(harness.snapshot.lists.first?.deployments.first?.modelFamily == "ours")
    }

    @Test func rowsOfAnotherAdapterAreNotServed() {
        var description = SourceDescription.example("alpha")
        description.adapter = "other"
        let harness = RefresherHarness(
            [ScriptedSource(description, fetches: [.listing([])])], restoring: [list(rows: [.example("a")])])
        #expect(harness.names == [] && harness.state() == .loading)
    }

    @Test func everyListIsHandedToTheStoreAndAFailureChangesNoneOfIt() async {
        let store = ScriptedStore()
        let alpha = ScriptedSource(
            .example("alpha"),
            fetches: [.listing([.example("a")], at: 5_000_000), .failure(SourceError(.timeout, "late"))])
        let harness = RefresherHarness([alpha], store: store)
        await harness.refresher.refreshAllOnce()
        let stored = store.lists["alpha"]
        #expect(stored?.partitions.first?.observedAt == .at(5))
        #expect(stored?.partitions.first?.rows.map(\.name) == ["a"])
        await harness.refresher.refreshAllOnce()
        #expect(store.lists["alpha"] == stored)
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
        let harness = RefresherHarness(
            [ScriptedSource(.example("alpha"), fetches: [.listing([.example("a")])])], store: store)
        try await harness.whileRunning { await store.saves(atLeast: 2) }
        #expect(store.lists.keys.sorted() == ["alpha"])
    }

    @Test func gracefulShutdownEndsTheRunOnceTheListsAreStored() async throws {
        let store = ScriptedStore()
        let alpha = ScriptedSource(.example("alpha"), fetches: [.listing([.example("a")])])
        let harness = RefresherHarness([alpha, HangingSource()], store: store)
        let group = ServiceGroup(services: [harness.refresher], logger: harness.log.logger())
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            await harness.clock.sleepers(atLeast: 1)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(store.lists.keys.sorted() == ["alpha"])
        #expect(alpha.fetchCount == 1)
    }

    @Test func aStoreThatFailsCostsDurabilityOnlyAndIsLoggedOnce() async {
        struct Full: Error, CustomStringConvertible { let description = "disk full" }
        let store = ScriptedStore()
        store.fail(with: Full())
        let alpha = ScriptedSource(.example("alpha"), fetches: [.listing([.example("a")])])
        let harness = RefresherHarness([alpha], store: store)
        for _ in 0..<3 { await harness.refresher.refreshAllOnce() }
        #expect(harness.names == [["a"]] && harness.state() == .fresh)
        store.fail(with: nil)
        for _ in 0..<2 { await harness.refresher.refreshAllOnce() }
        #expect(store.lists["alpha"] != nil)
        #expect(
            harness.log.lines == [
                "error lists cannot be saved; a restart would serve older lists error=disk full",
                "notice lists are saved again",
            ])
    }

    @Test func whatWasSentCountsAlsoWhereTheListsAreOfAnotherAddressNow() {
        let source = ScriptedSource(
            .example("alpha"), budget: RequestBudget(.init(daily: 3)), storageKey: "alpha#2",
            fetches: [.listing([])])
        let harness = RefresherHarness(
            [source],
            restoring: [
                SourceLists(source: "alpha#1", partitions: [], sent: [.init(minute: .at(-60), count: 2)]),
                SourceLists(source: "alpha-b#1", partitions: [], sent: [.init(minute: .at(-60), count: 9)]),
            ])
        #expect(harness.status().budget.left(at: .at(0)) == 1)
    }

    @Test func whatWasSentOutlivesTheKeyOfAListWithoutAnotherRequest() async throws {
        let store = ScriptedStore()
        let former = SourceLists(source: "alpha#1", partitions: [], sent: [.init(minute: .at(-60), count: 3)])
        try await store.save(former)
        let source = ScriptedSource(
            .example("alpha"), budget: RequestBudget(.init(daily: 3)), storageKey: "alpha#2",
            fetches: [.listing([])])
        let harness = RefresherHarness([source], restoring: [former], store: store)
        try await harness.whileRunning { await store.saves(atLeast: 2) }
        #expect(store.lists.keys.sorted() == ["alpha#2"])
        #expect(store.lists["alpha#2"]?.sent == [.init(minute: .at(-60), count: 3)])
    }

    @Test func whatWasSentCountsInTheDayAfterARestartAlsoWhereNothingWasListed() async {
        let store = ScriptedStore()
        let limits = RequestBudget.Limits(daily: 3)
        let down = ScriptedSource(
            .example("alpha"), budget: RequestBudget(limits),
            fetches: [.failure(SourceError(.unreachable, "down"))])
        for _ in 0..<2 { #expect(down.budget.take(at: .at(0)) == .granted) }
        await RefresherHarness([down], store: store).refresher.refreshAllOnce()
        let list = store.lists["alpha"]
        #expect(list == SourceLists(source: "alpha", partitions: [], sent: [.init(minute: .at(0), count: 2)]))

        let next = ScriptedSource(
            .example("alpha"), budget: RequestBudget(limits), fetches: [.listing([])])
        let harness = RefresherHarness([next], restoring: list.map { [$0] } ?? [])
        #expect(harness.status().budget.left(at: .at(0)) == 1)
        #expect(!harness.status().hasList && harness.state() == .loading)
        #expect(next.budget.take(at: .at(60)) == .granted)
        #expect(next.budget.take(at: .at(60)) == .refused(until: .at(86_400 + 60)))
    }
}
