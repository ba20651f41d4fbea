import Deployments
import Refresh
import Snapshots
import Synchronization
import TestSupport
import Testing

/// A store that another process uses.
@Suite(.timeLimit(.minutes(10))) struct FollowingTests {
    /// A lease that a test hands out.
    private final class ScriptedLease: StoreLease {
        private let state = Mutex((turn: LeaseTurn.held(by: holder, lists: nil), count: 0))

        static let holder = StoreHolder(processID: 7, lockPath: "/x.lock")

        var count: Int { state.withLock { $0.count } }

        func answer(_ turn: LeaseTurn) { state.withLock { $0.turn = turn } }

        func take() async -> LeaseTurn {
            state.withLock { state in
                state.count += 1
                defer {
                    if case .held(let holder, _) = state.turn { state.turn = .held(by: holder, lists: nil) }
                }
                return state.turn
            }
        }
    }

    private func list(_ names: [String], of source: String = "alpha", at seconds: Int) -> SourceLists {
        SourceLists(
            source: source,
            partitions: [
                PartitionState(
                    partition: "", observedAt: .at(seconds), proven: true, pages: 1,
                    rows: names.map { .example($0, of: source) })
            ], sent: [SentRequests(minute: .at(0), count: 3)])
    }

    private func source(_ name: String) -> ScriptedSource {
        ScriptedSource(.example(name), fetches: [.listing([.example("own", of: name)], at: 9_000_000)])
    }

    private func message(_ harness: RefresherHarness) -> StoreProblem? {
        harness.refresher.storeProblem.value
    }

    @Test func whatAnotherProcessStoresIsServedAndNothingIsRequested() async throws {
        let (alpha, beta) = (source("alpha"), source("beta"))
        let lease = ScriptedLease()
        lease.answer(.held(by: ScriptedLease.holder, lists: [list(["a"], at: 0)]))
        let store = ScriptedStore()
        let harness = RefresherHarness([alpha, beta], store: store, lease: lease)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.names == [["a"]])
            #expect(harness.state(0) == .fresh && harness.state(1) == .failed)
            #expect(harness.status(1).failure?.error.errorClass == .config)
            #expect(harness.status(1).failure?.error.message.contains("process 7 uses this store") == true)
            #expect(harness.status(0).nextAttemptAt == nil && harness.status(1).nextAttemptAt == nil)
            #expect(message(harness)?.state == .locked)
            #expect(message(harness)?.message.contains("process 7") == true)

            #expect(await harness.refresher.refresh("alpha") == .refused(.locked, retryAfter: .seconds(1)))
            harness.clock.advance(by: .seconds(1))
            await harness.clock.sleepers(atLeast: 1)
            let demand = Demand(maxAge: .zero)
            #expect(
                await harness.refresher.read(["alpha", "beta"], demand: demand)
                    == ["alpha": .locked, "beta": .locked])
            #expect(await harness.refresher.read(["alpha", "beta"], demand: .none) == [:])

            lease.answer(.held(by: ScriptedLease.holder, lists: [list(["a", "b"], at: 1)]))
            harness.clock.advance(by: .seconds(1))
            await harness.until { harness.names == [["a", "b"]] }
            #expect(harness.status(0).observedAt == .at(1))
            harness.clock.advance(by: .seconds(3600))
            await harness.until { lease.count >= 4 }
            #expect(harness.state(0) == .stale)
        }
        #expect(alpha.fetchCount == 0 && beta.fetchCount == 0)
        #expect(store.lists.isEmpty)
        #expect(
            harness.log.lines == [
                "warning another process uses the store; its lists are served and no platform is requested "
                    + "lock=/x.lock pid=7"
            ])
    }

    @Test func providersThatAnotherProcessStoresAreServedToo() async throws {
        let alpha = ScriptedSource(
            .example("alpha"), hasProviders: true, fetches: [.listing([.example("own")])])
        var stored = list(["a"], at: 0)
        stored.providers = [
            PartitionState(partition: "", observedAt: .at(0), proven: true, pages: 1, rows: [.example("p")])
        ]
        let lease = ScriptedLease()
        lease.answer(.held(by: ScriptedLease.holder, lists: [stored]))
        let harness = RefresherHarness([alpha], store: ScriptedStore(), lease: lease)
        func names() -> [[String]] {
            harness.published.value.providers.snapshot.lists.map { $0.providers.compactMap(\.name) }
        }
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.names == [["a"]] && names() == [["p"]])
            stored.providers[0].rows = [.example("p"), .example("q")]
            lease.answer(.held(by: ScriptedLease.holder, lists: [stored]))
            harness.clock.advance(by: .seconds(1))
            await harness.until { names() == [["p", "q"]] }
            #expect(harness.names == [["a"]])
        }
        #expect(alpha.fetchCount == 0)
    }

    @Test func onceTheStoreIsFreeThisProcessGoesOnWhereTheOtherEnded() async throws {
        let (alpha, beta) = (source("alpha"), source("beta"))
        let lease = ScriptedLease()
        lease.answer(.held(by: ScriptedLease.holder, lists: [list(["a"], at: 0)]))
        let store = ScriptedStore()
        let harness = RefresherHarness(
            [alpha, beta], config: CacheWindows.steady(ttl: .seconds(60)), store: store, lease: lease)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            lease.answer(.taken(lists: [list(["a", "b"], at: 1)]))
            harness.clock.advance(by: .seconds(1))
            await store.saves(atLeast: 1)
            await harness.until { harness.status(1).hasList && message(harness) == nil }
            // Its list is young; the other source had none.
            #expect(harness.names == [["a", "b"], ["own"]])
            #expect(alpha.fetchCount == 0 && beta.fetchCount == 1)
            #expect(alpha.budget.calls(at: .at(1)).day == 3)
            #expect(harness.status(0).nextAttemptAt == .at(61))
            harness.clock.advance(by: .seconds(60))
            await harness.until { harness.names == [["own"], ["own"]] }
        }
        #expect(harness.log.lines.contains("notice the store is free; this process uses it from now on"))
    }

    @Test func aReloadWhileAnotherProcessUsesTheStoreShowsItsLists() async throws {
        let lease = ScriptedLease()
        let lists = [list(["a"], at: 0), list(["b"], of: "beta", at: 0)]
        lease.answer(.held(by: ScriptedLease.holder, lists: lists))
        let harness = RefresherHarness([source("alpha")], store: ScriptedStore(), lease: lease)
        let beta = source("beta")
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            _ = await harness.refresher.reconfigure(sources: [(beta, CacheWindows.steady())])
            harness.clock.advance(by: .seconds(1))
            await harness.until { harness.names == [["b"]] }
        }
        #expect(beta.fetchCount == 0)
    }
}
