import Deployments
import Refresh
import Snapshots
import TestSupport
import Testing

/// Another configuration while the refresher runs.
@Suite(.timeLimit(.minutes(1))) struct ReconfiguringTests {
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
        _ house: RefresherHarness, _ sources: any DeploymentSource..., config: RefreshConfig = RefreshConfig()
    ) async -> Reconfiguration {
        await house.refresher.reconfigure(sources: sources.map { ($0, config) })
    }

    @Test func oneIsKeptOneGoesOneComesInOneSnapshot() async throws {
        let (alpha, beta, gamma) = (source("alpha"), source("beta"), source("gamma"))
        let house = RefresherHarness([alpha, beta])
        try await house.whileRunning {
            await house.clock.sleepers(atLeast: 2)
            let before = house.snapshot
            house.clock.advance(by: .seconds(10))
            let same = source("alpha")
            let result = await reconfigure(house, gamma, same)
            #expect(result.kept == ["alpha"] && result.begun == ["gamma"] && result.removed == ["beta"])
            #expect(result.changed == [])
            await house.until { house.names.count == 2 }
            #expect(house.published.value.sources.map(\.source.name) == ["gamma", "alpha"])
            #expect(house.names == [["a"], ["a"]])
            // One for the swap, one for the new source's first list.
            #expect(number(house.snapshot) == (number(before) ?? 0) + 2)
            #expect(house.snapshot.lists.last === before.lists.first)
            #expect(house.status(1).nextAttemptAt == .at(30))
            #expect([alpha, beta, gamma, same].map(\.asked) == [1, 1, 1, 0])
            house.clock.advance(by: .seconds(20))
            await house.until { house.status(1).lastAttemptAt == .at(30) }
            #expect([alpha, beta, gamma, same].map(\.asked) == [2, 1, 1, 0])
        }
    }

    /// The number that the process gave it.
    private func number(_ snapshot: Snapshot) -> Int? {
        snapshot.id.split(separator: "-").last.flatMap { Int($0) }
    }

    @Test func otherLabelsStandOnTheRowsAtOnceAndNothingIsAsked() async throws {
        let (old, new) = (source("alpha"), source("alpha", labels: ["team": "search"]))
        let house = RefresherHarness([old])
        #expect(old.budget.take(at: .at(0)) == .granted)
        try await house.whileRunning {
            await house.clock.sleepers(atLeast: 1)
            house.clock.advance(by: .seconds(10))
            #expect(await reconfigure(house, new).changed == ["alpha"])
            #expect(
                house.snapshot.lists.map { $0.deployments.map(\.labels) } == [[["team": "search"]]])
            #expect(house.status().source.labels == ["team": "search"])
            #expect(house.status().nextAttemptAt == .at(30) && house.status().finishedAttempts == 1)
            #expect(house.status().budget.calls(at: .at(10)).minute == 1)
            house.clock.advance(by: .seconds(19))
            #expect(old.asked == 1 && new.asked == 0)
            house.clock.advance(by: .seconds(1))
            await house.until { house.status().lastAttemptAt == .at(30) }
            #expect(old.asked == 1 && new.asked == 1 && house.status().finishedAttempts == 2)
        }
    }

    @Test func otherWindowsLeaveTheSnapshotAsItIs() async throws {
        let (old, new) = (source("alpha"), source("alpha"))
        let house = RefresherHarness([old])
        try await house.whileRunning {
            await house.clock.sleepers(atLeast: 1)
            let before = house.snapshot
            house.clock.advance(by: .seconds(10))
            let windows = RefreshConfig(ttl: .seconds(12), staleWhileRevalidate: .seconds(1))
            #expect(await reconfigure(house, new, config: windows).changed == ["alpha"])
            #expect(house.snapshot.id == before.id)
            #expect(house.status().ttl == .seconds(12) && house.status().freshFor == .seconds(13))
            #expect(house.status().nextAttemptAt == .at(12))
            house.clock.advance(by: .seconds(2))
            await house.until { house.status().lastAttemptAt == .at(12) }
            #expect(old.asked == 1 && new.asked == 1)
        }
    }

    @Test func listsAreHeldAgainstTheNewLimitOfTheirAge() async {
        let alpha = source("alpha")
        let strict = RefreshConfig(
            ttl: .seconds(10), staleWhileRevalidate: .zero, staleIfError: .seconds(10))
        let house = RefresherHarness([alpha])
        await house.refresher.refreshAllOnce()
        alpha.answer([.failure(SourceError(.serverError, "503"))])
        house.clock.advance(by: .seconds(30))
        await house.refresher.refreshAllOnce()
        #expect(house.names == [["a"]])
        _ = await reconfigure(house, alpha, config: strict)
        #expect(house.names == [] && house.state() == .failed)
        _ = await reconfigure(house, alpha)
        #expect(house.names == [["a"]] && house.state() == .stale)
    }

    @Test func aSourceThatIsReadInAnotherWayBeginsAsNew() async throws {
        let hanging = HangingSource()
        let old = ScriptedSource(
            hanging.description, storageKey: "other", fetches: [.listing([.example("a")])])
        let house = RefresherHarness([old, source("beta")])
        try await house.whileRunning {
            await house.clock.sleepers(atLeast: 2)
            #expect(await reconfigure(house, hanging, source("beta")).begun == ["hanging"])
            #expect(house.names == [["a"]] && house.snapshot.lists.first?.source.name == "beta")
            #expect(house.state() == .loading && house.status().finishedAttempts == 0)
            await hanging.asked()
        }
        #expect(old.asked == 1)
    }

    @Test func aFetchThatIsUnderWayAtARemovedSourceIsCancelledAndCountsForNothing() async throws {
        let hanging = HangingSource()
        let house = RefresherHarness([hanging, source("beta")])
        try await house.whileRunning {
            await hanging.asked()
            await house.clock.sleepers(atLeast: 1)
            #expect(await reconfigure(house, source("beta")).removed == ["hanging"])
            await hanging.ended()
            #expect(house.published.value.sources.map(\.source.name) == ["beta"])
        }
        #expect(house.log.lines == [])
        #expect(house.published.value.sources.count == 1)
    }

    @Test func aFetchThatIsUnderWayAtAChangedSourceIsMadeAgain() async throws {
        let hanging = HangingSource()
        let new = source("hanging", labels: ["team": "search"])
        let house = RefresherHarness([hanging])
        try await house.whileRunning {
            await hanging.asked()
            #expect(await reconfigure(house, new).changed == ["hanging"])
            await hanging.ended()
            await house.until { house.status().nextAttemptAt == .at(2) }
            #expect(new.asked == 0 && house.status().nextAttemptReason == "min_interval")
            house.clock.advance(by: .seconds(2))
            await house.until { !house.names.isEmpty }
            #expect(new.asked == 1 && house.names == [["a"]] && house.status().finishedAttempts == 1)
        }
    }

    @Test func whatACallerDemandedIsDemandedOfTheChangedSource() async throws {
        let old = ListsOnce()
        let new = source("hanging", labels: ["team": "search"])
        let house = RefresherHarness([old])
        try await house.whileRunning {
            await house.clock.sleepers(atLeast: 1)
            house.clock.advance(by: .seconds(10))
            async let refresh = house.refresher.refresh("hanging")
            await old.hanging.asked()
            #expect(await reconfigure(house, new).changed == ["hanging"])
            house.clock.advance(by: .seconds(2))
            await house.until { house.status().lastAttemptAt == .at(12) }
            #expect(new.asked == 1)
            #expect(await refresh == .underWay)
        }
    }

    @Test func readersOfARetiredSourceWaitNoLonger() async throws {
        let hanging = HangingSource()
        let house = RefresherHarness([hanging], config: RefreshConfig(wait: .seconds(60)))
        try await house.whileRunning {
            await hanging.asked()
            async let read = house.refresher.read(["hanging"], demand: .none)
            async let refresh = house.refresher.refresh("hanging")
            // Both wait for their deadlines.
            await house.clock.sleepers(atLeast: 2)
            #expect(await reconfigure(house).removed == ["hanging"])
            #expect(await read == [:])
            #expect(await refresh == .underWay)
            #expect(house.clock.now.offset == .zero)
            #expect(await house.refresher.refresh("hanging") == nil)
        }
    }

    @Test(arguments: [("other", 10), ("", 0)])
    func aRestAfterFailuresEndsOnlyWhereItIsAskedInAnotherWay(
        _ connection: String, _ at: Int
    ) async throws {
        let failure = SourceFetch.failure(SourceError(.auth, "401"))
        let old = source("alpha", failure)
        let new = source("alpha", labels: ["team": "search"], connection: connection, failure)
        let house = RefresherHarness([old])
        try await house.whileRunning {
            await house.clock.sleepers(atLeast: 1)
            house.clock.advance(by: .seconds(10))
            _ = await reconfigure(house, new)
            #expect(house.status().failure?.since == .at(0))
            await house.until { house.status().nextAttemptReason == "after_failure" }
            #expect(house.status().lastAttemptAt == .at(at))
            #expect(house.status().failure?.since == .at(0))
            #expect(old.asked + new.asked == house.status().finishedAttempts)
        }
    }

    @Test func listsOfRemovedSourcesAreForgottenAndNoneComesAfterwards() async throws {
        let store = ScriptedStore()
        let house = RefresherHarness([source("alpha"), source("beta", key: "beta#1")], store: store)
        try await house.whileRunning {
            await house.clock.sleepers(atLeast: 2)
            await store.saves(atLeast: 2)
            #expect(Set(store.lists.keys) == ["alpha", "beta#1"])
            _ = await reconfigure(house, source("alpha"), source("beta", key: "beta#2"))
            await store.saves(atLeast: 3)
            #expect(Set(store.lists.keys) == ["alpha", "beta#2"])
            _ = await reconfigure(house, source("beta", key: "beta#2"))
        }
        #expect(Set(store.lists.keys) == ["beta#2"])
    }

    @Test func theSwapThatComesBeforeTheStartIsTheOneThatIsRun() async throws {
        let (alpha, beta) = (source("alpha"), source("beta"))
        let store = ScriptedStore()
        let house = RefresherHarness([alpha], store: store)
        _ = await reconfigure(house, beta)
        try await house.whileRunning {
            await house.clock.sleepers(atLeast: 1)
            await store.saves(atLeast: 1)
            #expect(alpha.asked == 0 && beta.asked == 1 && Set(store.lists.keys) == ["beta"])
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
