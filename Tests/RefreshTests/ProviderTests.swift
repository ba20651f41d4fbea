import Deployments
import Refresh
import Snapshots
import TestSupport
import Testing
import Wire

/// Two lists of one source: one attempt fetches both, one publication shows both, and neither harms the other.
@Suite(.timeLimit(.minutes(10))) struct ProviderTests {
    private static let late = SourceError(.timeout, "late")

    private func source(_ fetches: SourceFetch..., digest: String? = nil) -> ScriptedSource {
        ScriptedSource(.example("alpha"), digest: digest, hasProviders: true, fetches: fetches)
    }

    /// A fetch of both lists by names; nil: that list failed.
    private func both(
        _ deployments: [String]?, _ providers: [String]?, pages: Int = 1, at seconds: Int64 = 0
    ) -> SourceFetch {
        let time = seconds * 1_000_000
        let fetch =
            deployments.map { SourceFetch.listing($0.map { .example($0) }, at: time) }
            ?? .failure(Self.late, at: time)
        return fetch.with(
            providers: providers.map { names in
                .success(PartitionListing(rows: names.map { .example($0) }, pages: pages))
            } ?? .failure(Self.late), at: time)
    }

    private func providers(_ harness: RefresherHarness) -> [[String]] {
        harness.published.value.providers.snapshot.lists.map { $0.providers.compactMap(\.name) }
    }

    private func status(_ harness: RefresherHarness) -> SourceStatus {
        harness.published.value.providers.sources[0]
    }

    @Test func oneAttemptPublishesBothListsAtOnce() async {
        let harness = RefresherHarness([source(both(["a"], ["p", "q"]))])
        #expect(status(harness).state(at: .at(0)) == .loading)
        await harness.refresher.refreshAllOnce()
        #expect(harness.published.value.number == 1)
        #expect(harness.names == [["a"]] && providers(harness) == [["p", "q"]])
        #expect(harness.status().count == 1 && status(harness).count == 2)
        #expect(harness.status().lists.map(\.name) == ["deployments", "providers"])
        #expect(harness.status().lists.map(\.status.count) == [1, 2])
        #expect(status(harness).state(at: .at(0)) == .fresh)
    }

    @Test func aPlatformWithoutProvidersIsNoSourceOfThem() async {
        let harness = RefresherHarness([
            ScriptedSource(.example("beta"), fetches: [.listing([.example("b", of: "beta")])]),
            source(both(["a"], ["p"])),
        ])
        await harness.refresher.refreshAllOnce()
        #expect(harness.published.value.providers.sources.map(\.source.name) == ["alpha"])
        #expect(harness.status(0).lists.map(\.name) == ["deployments"])
        #expect(harness.status(1).lists.map(\.name) == ["deployments", "providers"])
    }

    @Test func aListOfProvidersThatFailsHarmsNoDeployments() async {
        let alpha = source(both(["a"], ["p"]), both(["a", "b"], nil, at: 30), both(["b"], ["q"], at: 60))
        let harness = RefresherHarness([alpha])
        for _ in 0..<2 {
            await harness.refresher.refreshAllOnce()
            harness.clock.advance(by: .seconds(30))
        }
        #expect(harness.names == [["a", "b"]] && providers(harness) == [["p"]])
        #expect(harness.status().failure == nil && harness.status().observedAt == .at(30))
        #expect(harness.state() == .fresh)
        #expect(status(harness).failure == SourceStatus.Failure(error: Self.late, since: .at(30)))
        #expect(status(harness).observedAt == .at(0))
        #expect(status(harness).state(at: .at(60)) == .stale)
        // The schedule looks at the deployments: no retry delay, no earlier attempt.
        #expect(harness.status().nextAttemptReason == "ttl")
        #expect(harness.status().nextAttemptAt == .at(60))
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["b"]] && providers(harness) == [["q"]])
        #expect(
            harness.log.lines == [
                "warning source failed error=timeout: late list=providers source=alpha",
                "info deployments removed rows=1 source=alpha",
                "info providers removed list=providers rows=1 source=alpha",
                "notice source recovered list=providers source=alpha",
            ])
    }

    @Test func aListOfDeploymentsThatFailsHarmsNoProviders() async {
        let harness = RefresherHarness([source(both(["a"], ["p"]), both(nil, ["p", "q"], at: 30))])
        await harness.refresher.refreshAllOnce()
        harness.clock.advance(by: .seconds(30))
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a"]] && providers(harness) == [["p", "q"]])
        #expect(harness.state() == .stale && status(harness).state(at: .at(30)) == .fresh)
        #expect(harness.status().nextAttemptReason == "after_failure")
    }

    @Test func aSnapshotIsANewOneOnlyIfItsOwnRowsChanged() async {
        let harness = RefresherHarness([
            source(both(["a"], ["p"]), both(["a"], ["p", "q"]), both(["a", "b"], ["p", "q"]))
        ])
        var ids: [(String, String)] = []
        for _ in 0..<3 {
            await harness.refresher.refreshAllOnce()
            let value = harness.published.value
            ids.append((value.snapshot.id, value.providers.snapshot.id))
        }
        #expect(ids[0].0 == ids[1].0 && ids[1].0 != ids[2].0)
        #expect(ids[0].1 != ids[1].1 && ids[1].1 == ids[2].1)
        #expect(Set(ids.flatMap { [$0.0, $0.1] }).count == 4)
    }

    @Test func theProvidersOfMorePagesAreHeldUntilASecondLook() async throws {
        let alpha = source(
            both(["a"], ["p", "q"], pages: 2), both(["a"], ["p"], pages: 2, at: 30),
            both(["a"], ["p"], pages: 2, at: 32))
        let harness = RefresherHarness([alpha])
        await harness.refresher.refreshAllOnce()
        harness.clock.advance(by: .seconds(30))
        await harness.refresher.refreshAllOnce()
        #expect(providers(harness) == [["p", "q"]])
        #expect(status(harness).held == SourceStatus.Held(rows: 1, since: .at(30)))
        #expect(harness.status().held == nil)
        #expect(harness.status().nextAttemptReason == "held_rows")
        #expect(harness.status().nextAttemptAt == .at(32))
        harness.clock.advance(by: .seconds(2))
        await harness.refresher.refreshAllOnce()
        #expect(providers(harness) == [["p"]] && status(harness).held == nil)
        #expect(harness.status().nextAttemptReason == "ttl")
    }

    @Test func bothListsAreStoredAndServedAfterARestart() async throws {
        let store = ScriptedStore()
        let first = RefresherHarness([source(both(["a"], ["p"], at: 5))], store: store)
        await first.refresher.refreshAllOnce()
        let stored = try #require(store.lists["alpha"])
        #expect(stored.providers.map(\.rows) == [[.example("p")]])
        let second = RefresherHarness([source(both(["a"], ["p"], at: 40))], restoring: [stored])
        #expect(second.names == [["a"]] && providers(second) == [["p"]])
        #expect(status(second).observedAt == .at(5) && status(second).state(at: .at(9)) == .fresh)
    }

    @Test func aStoreWithoutProvidersIsCompletedAtOnce() async throws {
        let stored = SourceLists(
            source: "alpha",
            partitions: [
                PartitionState(
                    partition: "", observedAt: .at(0), proven: true, pages: 1, rows: [.example("a")])
            ])
        let alpha = source(both(["a"], ["p"]))
        let harness = RefresherHarness([alpha], restoring: [stored])
        #expect(harness.names == [["a"]] && harness.state() == .fresh)
        #expect(status(harness).state(at: .at(0)) == .loading)
        #expect(harness.status().nextAttemptReason == "min_interval")
        #expect(harness.status().nextAttemptAt == .at(2))
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(2))
            await harness.until { !providers(harness).isEmpty }
        }
        #expect(providers(harness) == [["p"]])
    }

    @Test func listsOfOtherCredentialsReplaceBothOrNeither() async {
        let alpha = source(
            both(["a"], ["p"]), both(nil, ["q"], at: 30), both(["b"], nil, at: 60), digest: "one")
        let harness = RefresherHarness([alpha])
        await harness.refresher.refreshAllOnce()
        alpha.rotate(to: "two")
        harness.clock.advance(by: .seconds(30))
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a"]] && providers(harness) == [["p"]])
        #expect(harness.state() == .stale && status(harness).state(at: .at(30)) == .stale)
        harness.clock.advance(by: .seconds(30))
        await harness.refresher.refreshAllOnce()
        // The providers of the other account failed: none are served, and that is told.
        #expect(harness.names == [["b"]] && providers(harness) == [])
        #expect(harness.state() == .fresh && status(harness).state(at: .at(60)) == .failed)
    }

    @Test func providersAloneBelongToTheirCredentialsToo() async {
        let alpha = source(both(nil, ["p", "q"]), both(["a"], ["r"], at: 30), digest: "one")
        let harness = RefresherHarness([alpha])
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [] && providers(harness) == [["p", "q"]])
        alpha.rotate(to: "two")
        harness.clock.advance(by: .seconds(30))
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a"]] && providers(harness) == [["r"]])
    }

    @Test func theProvidersOfAFailingListExpireAlone() async throws {
        let alpha = source(both(["a"], ["p"]), both(["a"], nil, at: 30))
        let harness = RefresherHarness(
            [alpha],
            config: .steady(
                ttl: .seconds(1000), staleWhileRevalidate: .seconds(10), staleIfError: .seconds(10)))
        await harness.refresher.refreshAllOnce()
        harness.clock.advance(by: .seconds(30))
        await harness.refresher.refreshAllOnce()
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(991))
            await harness.until { providers(harness).isEmpty }
        }
        #expect(harness.names == [["a"]])
        #expect(status(harness).partitions.listed == 0)
    }

    @Test func aRenamedSourcesProvidersAreCalledByItsNewName() async {
        var provider = ModelProvider.example("p")
        provider.deployment = "alpha/a"
        let stored = SourceLists(
            source: "alpha", partitions: [],
            providers: [
                PartitionState(partition: "", observedAt: .at(0), proven: true, pages: 1, rows: [provider])
            ])
        let renamed = ScriptedSource(
            .example("beta"), storageKey: "alpha", hasProviders: true, fetches: [both([], [])])
        let harness = RefresherHarness([renamed], restoring: [stored])
        let row = harness.published.value.providers.snapshot.lists[0].providers[0]
        #expect(row.uid == "beta/p" && row.deployment == "beta/a" && row.source == "beta")
    }

    @Test func valuesThatMayNotBeShownAnyMoreAreHidden() {
        let stored = SourceLists(
            source: "alpha", partitions: [],
            providers: [
                PartitionState(
                    partition: "", observedAt: .at(0), proven: true, pages: 1, rows: [.example("p")])
            ])
        let alpha = ScriptedSource(
            .example("alpha"), hidden: ["p"], hasProviders: true, fetches: [both([], [])])
        let harness = RefresherHarness([alpha], restoring: [stored])
        #expect(harness.published.value.providers.snapshot.lists[0].providers.map(\.name) == [nil])
    }
}
