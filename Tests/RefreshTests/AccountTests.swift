import Deployments
import Refresh
import Snapshots
import TestSupport
import Testing
import Wire

/// Lists belong to the credentials that they were fetched with: rows of two accounts are never mixed.
@Suite(.timeLimit(.minutes(10))) struct AccountTests {
    private static let windows = CacheWindows.steady(ttl: .seconds(30), minInterval: .seconds(2))

    private func list(_ names: [String], at second: Int64, unidentified: Int = 0) -> SourceFetch {
        .listing(names.map { .example($0) }, at: second * 1_000_000, unidentified: unidentified)
    }

    @Test func aListOfOtherCredentialsReplacesTheOldOneOutright() async {
        let alpha = ScriptedSource(
            .example("alpha"), digest: "one", fetches: [list(["a", "b"], at: 0), list(["b", "c"], at: 60)])
        let harness = RefresherHarness([alpha], config: Self.windows)
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a", "b"]])
        harness.clock.advance(by: .seconds(60))
        alpha.rotate(to: "two")
        await harness.refresher.refreshAllOnce()
        // Of two pages or one, with or without `max_drop`: nothing of the other account stays, not even a time.
        #expect(harness.names == [["b", "c"]])
        #expect(harness.snapshot.lists[0].deployments.map(\.statusSince) == [.at(60), .at(60)])
        #expect(harness.state() == .fresh)
    }

    @Test func aListThatIsNotCompleteReplacesNothing() async {
        let alpha = ScriptedSource(
            .example("alpha"), digest: "one",
            fetches: [
                list(["a", "b"], at: 0), list(["c"], at: 60, unidentified: 1),
                .failure(SourceError(.auth, "no"), at: 120_000_000), list(["c", "d"], at: 180),
            ])
        let harness = RefresherHarness([alpha], config: Self.windows)
        await harness.refresher.refreshAllOnce()
        alpha.rotate(to: "two")
        for _ in 0..<2 {
            harness.clock.advance(by: .seconds(60))
            await harness.refresher.refreshAllOnce()
            #expect(harness.names == [["a", "b"]])
            #expect(harness.state() == .stale)
        }
        harness.clock.advance(by: .seconds(60))
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["c", "d"]] && harness.state() == .fresh)
    }

    @Test func changedCredentialsAreNoticedAndFetchedWithAtOnce() async throws {
        let alpha = ScriptedSource(
            .example("alpha"), digest: "one",
            fetches: [list(["a"], at: 0), .failure(SourceError(.serverError, "500")), list(["b"], at: 9)])
        let harness = RefresherHarness([alpha], config: Self.windows)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.names == [["a"]] && harness.state() == .fresh)
            alpha.rotate(to: "two")
            harness.clock.advance(by: .seconds(5))
            await until { alpha.fetchCount == 2 && harness.state() == .stale }
            #expect(harness.names == [["a"]])
            // A demand is not met by the other account's list, however young.
            let cached = Demand(maxAge: .seconds(3600), onlyIfCached: true)
            #expect(await harness.refresher.read(["alpha"], demand: cached) == ["alpha": .timeout])
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(60))
            await until { harness.names == [["b"]] }
            #expect(harness.state() == .fresh)
        }
        #expect(harness.log.lines.contains("notice credentials changed source=alpha"))
    }

    @Test(
        arguments: [
            ("one", "one", .fresh), ("one", "two", .stale), (nil, "two", .fresh), ("one", nil, .fresh),
        ] as [(String?, String?, SourceStatus.State)])
    func aStoredListOfOtherCredentialsIsStaleAndFetchedAtOnce(
        _ stored: String?, _ current: String?, _ state: SourceStatus.State
    ) {
        let alpha = ScriptedSource(.example("alpha"), digest: current, fetches: [list(["b"], at: 0)])
        let partition = PartitionState<ModelDeployment>(
            partition: "", observedAt: .at(0), proven: true, pages: 1, rows: [.example("a")])
        let restored = SourceLists(
            source: "alpha", partitions: [partition],
            credentialDigest: stored.map { CredentialDigest(key: .init(), bytes: Array($0.utf8)) })
        let harness = RefresherHarness([alpha], config: Self.windows, restoring: [restored])
        #expect(harness.names == [["a"]])
        #expect(harness.state() == state)
        #expect(harness.status().nextAttemptReason == (state == .stale ? "min_interval" : "ttl"))
    }

    @Test func aReloadWithOtherCredentialsKeepsTheOldListUntilTheNewOneCame() async throws {
        let alpha = ScriptedSource(.example("alpha"), digest: "one", fetches: [list(["a"], at: 0)])
        let other = ScriptedSource(
            .example("alpha"), connection: "other", digest: "two", fetches: [list(["b"], at: 5)])
        let harness = RefresherHarness([alpha], config: Self.windows)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            _ = await harness.refresher.reconfigure(sources: [(other, Self.windows)])
            #expect(harness.names == [["a"]] && harness.state() == .stale)
            harness.clock.advance(by: .seconds(2))
            await until { harness.names == [["b"]] }
            #expect(harness.state() == .fresh)
        }
    }

    @Test func theDigestIsStoredWithTheListsAndKeepsItsKey() async throws {
        let store = ScriptedStore()
        let alpha = ScriptedSource(
            .example("alpha"), digest: "one", fetches: [list(["a"], at: 0), list(["b"], at: 60)])
        let harness = RefresherHarness([alpha], store: store)
        await harness.refresher.refreshAllOnce()
        let first = try #require(store.lists["alpha"]?.credentialDigest)
        #expect(first.bytes == Array("one".utf8))
        harness.clock.advance(by: .seconds(60))
        alpha.rotate(to: "two")
        await harness.refresher.refreshAllOnce()
        let second = try #require(store.lists["alpha"]?.credentialDigest)
        #expect(second == CredentialDigest(key: first.key, bytes: Array("two".utf8)))
    }
}
