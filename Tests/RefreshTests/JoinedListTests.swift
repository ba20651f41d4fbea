import Deployments
import Refresh
import Snapshots
import TestSupport
import Testing
import Wire

/// Deployments some of whose fields are from the list of providers of the same source.
@Suite(.timeLimit(.minutes(10))) struct JoinedListTests {
    private static let lookup = Lookup(
        name: "provider", fields: ["endpoint.base_url"], keyFields: [], lifetime: nil, plan: "p",
        origin: .providers)
    private static let late = SourceError(.timeout, "late")
    private static let windows = CacheWindows.steady(
        ttl: .seconds(1000), staleWhileRevalidate: .seconds(10), staleIfError: .seconds(10))

    /// One fetch for each time: the deployment `a`, and the provider that is made for it unless there is none.
    private func source(_ fetches: (at: Int64, isServed: Bool)...) -> ScriptedSource {
        var provider = ModelProvider.example("p")
        (provider.deployment, provider.hostURL) = ("alpha/a", "https://p.example.com")
        return ScriptedSource(
            .example("alpha"), hasProviders: true, lookups: [Self.lookup],
            fetches: fetches.map { at, isServed in
                SourceFetch.listing([.example("a")], at: at * 1_000_000).with(
                    providers: isServed
                        ? .success(PartitionListing(rows: [provider])) : .failure(Self.late),
                    at: at * 1_000_000)
            })
    }

    private func row(_ harness: RefresherHarness) -> ModelDeployment? {
        harness.snapshot.lists.first?.deployments.first
    }

    private func place(_ harness: RefresherHarness) -> String {
        "\(row(harness)?.endpoint.baseURL ?? "-") \(row(harness)?.lookups.first?.state.rawValue ?? "-")"
    }

    @Test func aListOfProvidersThatGetsOldChangesNoRow() async {
        let harness = RefresherHarness([source((0, true), (30, false))], config: Self.windows)
        await harness.refresher.refreshAllOnce()
        let before = harness.snapshot
        #expect(place(harness) == "https://p.example.com ok")
        harness.clock.advance(by: .seconds(30))
        await harness.refresher.refreshAllOnce()
        #expect(harness.snapshot.id == before.id && harness.snapshot.lists[0] === before.lists[0])
        // What a query over the field sees is beside the rows.
        let status = harness.status()
        #expect(status.failure == nil && status.observedAt == .at(30))
        let joined = status.seen(using: ["endpoint.base_url", "name"])
        #expect(joined.failure?.error.message == "providers: late" && joined.observedAt == .at(0))
        #expect(joined.count == 1 && joined.state(at: .at(30)) == .stale)
        #expect(status.seen(using: ["name"]).failure == nil)
    }

    @Test func providersThatExpireAreJoinedNoMoreAndAgainOnceTheyAreServed() async throws {
        let alpha = source((0, true), (30, false))
        let harness = RefresherHarness([alpha], config: Self.windows)
        await harness.refresher.refreshAllOnce()
        harness.clock.advance(by: .seconds(30))
        await harness.refresher.refreshAllOnce()
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(991))
            await harness.until { harness.published.value.providers.snapshot.lists.isEmpty }
            #expect(place(harness) == "- pending")
            #expect(harness.names == [["a"]] && harness.status().observedAt == .at(30))
            // Under windows that serve them longer.
            var longer = Self.windows
            longer.staleIfError = .seconds(100_000)
            _ = await harness.refresher.reconfigure(sources: [(alpha, longer)])
            #expect(!harness.published.value.providers.snapshot.lists.isEmpty)
            #expect(place(harness) == "https://p.example.com ok")
            _ = await harness.refresher.reconfigure(sources: [(alpha, Self.windows)])
            #expect(place(harness) == "- pending")
        }
    }

    @Test func storedDeploymentsAreServedWithTheProvidersThatAreStoredToo() async throws {
        let store = ScriptedStore()
        let first = RefresherHarness([source((0, true))], config: Self.windows, store: store)
        await first.refresher.refreshAllOnce()
        let stored = try #require(store.lists["alpha"])
        let second = RefresherHarness([source((0, true))], config: Self.windows, restoring: [stored])
        #expect(place(second) == "https://p.example.com ok")
    }

    @Test func aDemandIsJudgedByTheListsThatAreRead() async {
        let harness = RefresherHarness([source((0, true), (30, false))], config: Self.windows)
        for _ in 0..<2 {
            await harness.refresher.refreshAllOnce()
            harness.clock.advance(by: .seconds(30))
        }
        func unmet(_ lists: ListsRead?, maxAge: Int) async -> UnmetDemand? {
            var demand = Demand(maxAge: .seconds(maxAge), onlyIfCached: true)
            if let lists { demand.lists = ["alpha": lists] }
            return await harness.refresher.read(["alpha"], demand: demand)["alpha"]
        }
        // At second 60 the deployments are 30 s old and the providers 60 s.
        #expect(await unmet(nil, maxAge: 40) == nil)
        #expect(await unmet(.providers, maxAge: 40) == .timeout)
        #expect(await unmet([.deployments, .providers], maxAge: 40) == .timeout)
        #expect(await unmet(.providers, maxAge: 60) == nil)
        #expect(await unmet([.deployments, .providers], maxAge: 20) == .timeout)
    }

    /// Two rules: one reads what the providers tell, the other one does not.
    @Test func theFieldsThatDependOnTheListAreNamed() async throws {
        func rule(_ name: String, set path: String) throws -> OperatorRule {
            OperatorRule(
                where: .field(Filter(field: try field(name), anyOf: [.exists(true)])), text: name,
                set: [OperatorRule.Setting(path, .scalar(.text("x")))])
        }
        let rules = [
            try rule("endpoint.base_url", set: "labels.team"), try rule("endpoint.base_url", set: "model"),
            try rule("name", set: "engine"),
        ]
        let harness = RefresherHarness([source((0, true))], rules: rules)
        #expect(
            harness.status().joined == ["endpoint.base_url", "labels.team", "model", "model_family"])
        let plain = RefresherHarness([ScriptedSource(.example("beta"), hasProviders: true, fetches: [])])
        #expect(plain.status().joined == [])
    }
}
