import Deployments
import Refresh
import Snapshots
import TestSupport
import Testing

/// Another configuration while the refresher runs.
@Suite(.timeLimit(.minutes(10))) struct ReconfiguringTests {
    private func source(
        _ name: String, labels: [String: String] = [:], key: String? = nil, connection: String = "",
        _ fetch: SourceFetch? = nil
    ) -> ScriptedSource {
        var description = SourceDescription.example(name)
        description.labels = labels
        return ScriptedSource(
            description, storageKey: key, connection: connection,
            fetches: [fetch ?? .listing([.example("a", of: name)])])
    }

    private func reconfigure(
        _ harness: RefresherHarness, _ sources: any DeploymentSource...,
        config: CacheWindows = CacheWindows.steady()
    ) async -> Reconfiguration {
        await harness.refresher.reconfigure(sources: sources.map { ($0, config) })
    }

    @Test func oneStaysOneGoesOneComesInOneSnapshot() async throws {
        let (alpha, beta, gamma) = (source("alpha"), source("beta"), source("gamma"))
        let harness = RefresherHarness([alpha, beta])
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 2)
            let before = harness.snapshot
            harness.clock.advance(by: .seconds(10))
            let same = source("alpha")
            let result = await reconfigure(harness, gamma, same)
            #expect(result.unchanged == ["alpha"] && result.added == ["gamma"] && result.removed == ["beta"])
            #expect(result.changed == [])
            await harness.until { harness.names.count == 2 }
            #expect(harness.published.value.sources.map(\.source.name) == ["gamma", "alpha"])
            #expect(harness.names == [["a"], ["a"]])
            // One for the swap, one for the new source's first list.
            #expect(number(harness.snapshot) == (number(before) ?? 0) + 2)
            #expect(harness.snapshot.lists.last === before.lists.first)
            #expect(harness.status(1).nextAttemptAt == .at(30))
            #expect([alpha, beta, gamma, same].map(\.fetchCount) == [1, 1, 1, 0])
            harness.clock.advance(by: .seconds(20))
            await harness.until { harness.status(1).lastAttemptAt == .at(30) }
            #expect([alpha, beta, gamma, same].map(\.fetchCount) == [2, 1, 1, 0])
        }
    }

    /// The number that the process gave it.
    private func number(_ snapshot: Snapshot) -> Int? {
        snapshot.id.split(separator: "-").last.flatMap { Int($0) }
    }

    @Test func aRenamedSourceKeepsItsListItsScheduleAndItsCounts() async throws {
        let store = ScriptedStore()
        let old = source("alpha", key: "alpha#1")
        let new = ScriptedSource(
            .example("beta"), storageKey: "beta#1", formerStorageKeys: ["alpha#1"], formerName: "alpha",
            fetches: [.listing([.example("a", of: "beta")])])
        #expect(old.budget.take(at: .at(0)) == .granted)
        let harness = RefresherHarness([old], store: store)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            await store.saves(atLeast: 1)
            harness.clock.advance(by: .seconds(10))
            let result = await reconfigure(harness, new)
            #expect(result.changed == ["beta"] && result.added == [] && result.removed == [])
            #expect(harness.snapshot.lists.flatMap { $0.deployments.map(\.uid) } == ["beta/a"])
            #expect(harness.status().observedAt == .at(0) && new.fetchCount == 0)
            #expect(new.budget.calls(at: .at(10)).day == 1)
            await harness.until { store.lists["beta#1"] != nil && store.lists["alpha#1"] == nil }
            #expect(store.lists["beta#1"]?.partitions[0].rows.map(\.uid) == ["beta/a"])
        }
    }

    @Test func aFormerNameThatASourceStillHasTakesNothing() async {
        let alpha = source("alpha", key: "alpha#1")
        let harness = RefresherHarness([alpha])
        await harness.refresher.refreshAllOnce()
        let beta = ScriptedSource(
            .example("beta"), storageKey: "beta#1", formerStorageKeys: ["alpha#1"], formerName: "alpha",
            fetches: [.listing([])])
        let result = await reconfigure(harness, source("alpha", key: "alpha#1"), beta)
        #expect(result.unchanged == ["alpha"] && result.added == ["beta"])
        #expect(harness.names == [["a"]])
    }

    @Test func otherModelFamiliesStandOnTheRowsAtOnceAndNothingIsFetched() async throws {
        var row = ModelDeployment.example("a", of: "alpha")
        row.model = "acme/chat"
        let old = source("alpha", .listing([row]))
        var description = SourceDescription.example("alpha")
        description.families = ModelFamilies([ModelFamily("ours", ["acme/%"])])
        let new = ScriptedSource(description, fetches: [.listing([row])])
        let harness = RefresherHarness([old])
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            #expect(await reconfigure(harness, new).changed == ["alpha"])
            #expect(harness.snapshot.lists.map { $0.deployments.map(\.modelFamily) } == [["ours"]])
            #expect(old.fetchCount == 1 && new.fetchCount == 0)
        }
    }

    @Test func otherLabelsStandOnTheRowsAtOnceAndNothingIsFetched() async throws {
        let (old, new) = (source("alpha"), source("alpha", labels: ["team": "search"]))
        let harness = RefresherHarness([old])
        #expect(old.budget.take(at: .at(0)) == .granted)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(10))
            #expect(await reconfigure(harness, new).changed == ["alpha"])
            #expect(
                harness.snapshot.lists.map { $0.deployments.map(\.labels) } == [[["team": "search"]]])
            #expect(harness.status().source.labels == ["team": "search"])
            #expect(harness.status().nextAttemptAt == .at(30) && harness.status().finishedAttempts == 1)
            #expect(harness.status().budget.calls(at: .at(10)).minute == 1)
            harness.clock.advance(by: .seconds(19))
            #expect(old.fetchCount == 1 && new.fetchCount == 0)
            harness.clock.advance(by: .seconds(1))
            await harness.until { harness.status().lastAttemptAt == .at(30) }
            #expect(old.fetchCount == 1 && new.fetchCount == 1 && harness.status().finishedAttempts == 2)
        }
    }

    @Test func aSourceThatMayShowLessKeepsItsListWithoutTheRestAndIsFetchedAtOnce() async throws {
        let rows: [ModelDeployment] = [.example("a"), .example("b")]
        let old = ScriptedSource(.example("alpha"), fetches: [.listing(rows)])
        let new = ScriptedSource(
            .example("alpha"), hidden: ["b"], connection: "another adapter file",
            fetches: [.failure(SourceError(.unreachable, "down"))])
        let harness = RefresherHarness([old])
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(10))
            #expect(await reconfigure(harness, new).changed == ["alpha"])
            #expect(harness.snapshot.lists.first?.deployments.map(\.name) == ["a", nil])
            await harness.until { harness.status().failure != nil }
            #expect(
                harness.snapshot.lists.first?.deployments.map(\.name) == ["a", nil]
                    && harness.status().lastAttemptAt == .at(10))
        }
    }

    @Test func otherWindowsLeaveTheSnapshotAsItIs() async throws {
        let (old, new) = (source("alpha"), source("alpha"))
        let harness = RefresherHarness([old])
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            let before = harness.snapshot
            harness.clock.advance(by: .seconds(10))
            let windows = CacheWindows.steady(ttl: .seconds(12), staleWhileRevalidate: .seconds(1))
            #expect(await reconfigure(harness, new, config: windows).changed == ["alpha"])
            #expect(harness.snapshot.id == before.id)
            #expect(harness.status().ttl == .seconds(12) && harness.status().freshFor == .seconds(13))
            #expect(harness.status().nextAttemptAt == .at(12))
            harness.clock.advance(by: .seconds(2))
            await harness.until { harness.status().lastAttemptAt == .at(12) }
            // The source goes on as the same one.
            #expect(old.fetchCount == 2 && new.fetchCount == 0)
        }
    }

    @Test func aFetchThatIsUnderWayGoesOnUnderOtherWindows() async throws {
        let slow = SlowSource()
        let harness = RefresherHarness([slow])
        try await harness.whileRunning {
            await harness.until { slow.fetchCount == 1 }
            let windows = CacheWindows.steady(ttl: .seconds(12), staleWhileRevalidate: .seconds(1))
            #expect(await reconfigure(harness, slow, config: windows).changed == ["slow"])
            #expect(harness.status().ttl == .seconds(12) && harness.names == [])
            slow.open()
            await harness.until { harness.names == [["a"]] }
            #expect(slow.fetchCount == 1)
            #expect(harness.status().ttl == .seconds(12) && harness.status().freshFor == .seconds(13))
            #expect(harness.status().nextAttemptAt == .at(12) && harness.status().finishedAttempts == 1)
            #expect(await reconfigure(harness, slow, config: windows).unchanged == ["slow"])
        }
    }

    @Test func listsAreComparedWithTheNewLimitOfTheirAge() async {
        let alpha = source("alpha")
        let strict = CacheWindows.steady(
            ttl: .seconds(10), staleWhileRevalidate: .zero, staleIfError: .seconds(10))
        let harness = RefresherHarness([alpha])
        await harness.refresher.refreshAllOnce()
        alpha.answer([.failure(SourceError(.serverError, "503"))])
        harness.clock.advance(by: .seconds(30))
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a"]])
        _ = await reconfigure(harness, alpha, config: strict)
        #expect(harness.names == [] && harness.state() == .failed)
        _ = await reconfigure(harness, alpha)
        #expect(harness.names == [["a"]] && harness.state() == .stale)
    }

    @Test func aSourceThatIsReadInAnotherWayBeginsAsNew() async throws {
        let hanging = HangingSource()
        let old = ScriptedSource(
            hanging.description, storageKey: "other", fetches: [.listing([.example("a")])])
        let harness = RefresherHarness([old, source("beta")])
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 2)
            #expect(await reconfigure(harness, hanging, source("beta")).added == ["hanging"])
            #expect(harness.names == [["a"]] && harness.snapshot.lists.first?.source.name == "beta")
            #expect(harness.state() == .loading && harness.status().finishedAttempts == 0)
            await hanging.fetching()
        }
        #expect(old.fetchCount == 1)
    }

    @Test func aFetchThatIsUnderWayAtARemovedSourceIsCancelledAndCountsForNothing() async throws {
        let hanging = HangingSource()
        let harness = RefresherHarness([hanging, source("beta")])
        try await harness.whileRunning {
            await hanging.fetching()
            await harness.clock.sleepers(atLeast: 1)
            #expect(await reconfigure(harness, source("beta")).removed == ["hanging"])
            await hanging.ended()
            #expect(harness.published.value.sources.map(\.source.name) == ["beta"])
        }
        #expect(harness.log.lines == [])
        #expect(harness.published.value.sources.count == 1)
    }

    @Test func aFetchThatIsUnderWayAtAChangedSourceIsMadeAgain() async throws {
        let hanging = HangingSource()
        let new = source("hanging", labels: ["team": "search"])
        let harness = RefresherHarness([hanging])
        try await harness.whileRunning {
            await hanging.fetching()
            #expect(await reconfigure(harness, new).changed == ["hanging"])
            await hanging.ended()
            await harness.until { harness.status().nextAttemptAt == .at(2) }
            #expect(new.fetchCount == 0 && harness.status().nextAttemptReason == "min_interval")
            harness.clock.advance(by: .seconds(2))
            await harness.until { !harness.names.isEmpty }
            #expect(new.fetchCount == 1 && harness.names == [["a"]] && harness.status().finishedAttempts == 1)
        }
    }

    @Test func whatACallerDemandedIsDemandedOfTheChangedSource() async throws {
        let old = ListsOnce()
        let new = source("hanging", labels: ["team": "search"])
        let harness = RefresherHarness([old])
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(10))
            async let refresh = harness.refresher.refresh("hanging")
            await old.hanging.fetching()
            #expect(await reconfigure(harness, new).changed == ["hanging"])
            harness.clock.advance(by: .seconds(2))
            await harness.until { harness.status().lastAttemptAt == .at(12) }
            #expect(new.fetchCount == 1)
            #expect(await refresh == .inProgress)
        }
    }

    @Test func readersOfARetiredSourceWaitNoLonger() async throws {
        let hanging = HangingSource()
        let harness = RefresherHarness([hanging], config: CacheWindows.steady(wait: .seconds(60)))
        try await harness.whileRunning {
            await hanging.fetching()
            async let read = harness.refresher.read(["hanging"], demand: .none)
            async let refresh = harness.refresher.refresh("hanging")
            // Both wait for their deadlines.
            await harness.clock.sleepers(atLeast: 2)
            #expect(await reconfigure(harness).removed == ["hanging"])
            #expect(await read == [:])
            #expect(await refresh == .inProgress)
            #expect(harness.clock.now.offset == .zero)
            #expect(await harness.refresher.refresh("hanging") == nil)
        }
    }

    @Test(arguments: [("other", 10), ("", 0)])
    func backoffEndsOnlyIfTheSourceIsQueriedInAnotherWay(
        _ connection: String, _ at: Int
    ) async throws {
        let failure = SourceFetch.failure(SourceError(.auth, "401"))
        let old = source("alpha", failure)
        let new = source("alpha", labels: ["team": "search"], connection: connection, failure)
        let harness = RefresherHarness([old])
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(10))
            _ = await reconfigure(harness, new)
            #expect(harness.status().failure?.since == .at(0))
            await harness.until { harness.status().nextAttemptReason == "after_failure" }
            #expect(harness.status().lastAttemptAt == .at(at))
            #expect(harness.status().failure?.since == .at(0))
            #expect(old.fetchCount + new.fetchCount == harness.status().finishedAttempts)
        }
    }

    @Test func listsOfRemovedSourcesAreForgottenAndNoneComesAfterwards() async throws {
        let store = ScriptedStore()
        let harness = RefresherHarness([source("alpha"), source("beta", key: "beta#1")], store: store)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 2)
            await store.saves(atLeast: 2)
            #expect(Set(store.lists.keys) == ["alpha", "beta#1"])
            _ = await reconfigure(harness, source("alpha"), source("beta", key: "beta#2"))
            await store.saves(atLeast: 3)
            #expect(Set(store.lists.keys) == ["alpha", "beta#2"])
            _ = await reconfigure(harness, source("beta", key: "beta#2"))
        }
        #expect(Set(store.lists.keys) == ["beta#2"])
    }

    @Test func theSwapThatComesBeforeTheStartIsTheOneThatIsRun() async throws {
        let (alpha, beta) = (source("alpha"), source("beta"))
        let store = ScriptedStore()
        let harness = RefresherHarness([alpha], store: store)
        _ = await reconfigure(harness, beta)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            await store.saves(atLeast: 1)
            #expect(alpha.fetchCount == 0 && beta.fetchCount == 1 && Set(store.lists.keys) == ["beta"])
        }
    }
}

/// A source whose first fetch brings a list, and whose second hangs.
private struct ListsOnce: DeploymentSource {
    let hanging = HangingSource()
    private let hasListed = Latest(false)

    var budget: RequestBudget { hanging.budget }
    var description: SourceDescription { hanging.description }
    var partitionKeys: [String]? { nil }
    var storageKey: String { hanging.storageKey }

    func fetch() async -> SourceFetch {
        if hasListed.value { return await hanging.fetch() }
        hasListed.replace(with: true)
        return .listing([.example("a", of: "hanging")])
    }
}

/// A source whose fetches end once it is opened.
private struct SlowSource: DeploymentSource {
    let budget = RequestBudget()
    let description = SourceDescription.example("slow")
    private let script = ScriptedSource(
        .example("slow"), fetches: [.listing([.example("a", of: "slow")])])
    private let latch = Latch()

    var partitionKeys: [String]? { nil }
    var storageKey: String { description.name }
    var fetchCount: Int { script.fetchCount }

    func isQueried(like other: any DeploymentSource) -> Bool { other is SlowSource }

    func open() { latch.set(isOpen: true) }

    func fetch() async -> SourceFetch {
        let fetch = await script.fetch()
        await latch.pass()
        return fetch
    }
}
