import Deployments
import Refresh
import Snapshots
import TestSupport
import Testing

/// Configurations that follow one another at random, while fetches begin and end at any time.
@Suite(.timeLimit(.minutes(10))) struct RandomConfigurationTests {
    /// A source whose fetch yields some times, and whose one row carries its labels.
    private struct Slow: DeploymentSource {
        let budget = RequestBudget()
        let description: SourceDescription
        let storageKey: String
        let turns: Int

        var partitionKeys: [String]? { [""] }

        func isQueried(like other: any DeploymentSource) -> Bool { (other as? Slow)?.turns == turns }

        func fetch() async -> SourceFetch {
            for _ in 0..<turns { await Task.yield() }
            let uid = ModelDeployment.uid(source: description.name, key: [storageKey])
            return .listing([description.record(uid: uid)])
        }
    }

    /// Up to five sources in any order, each in one of some forms.
    private static func sources(using generator: inout SeededGenerator) -> [(Slow, CacheWindows)] {
        ["alpha", "beta", "gamma", "delta", "epsilon"].shuffled(using: &generator)
            .prefix(Int.random(in: 0...5, using: &generator)).map { name in
                var description = SourceDescription.example(name)
                description.labels["n"] = "\(Int.random(in: 0...2, using: &generator))"
                return (
                    Slow(
                        description: description,
                        storageKey: "\(name)#\(Int.random(in: 0...1, using: &generator))",
                        turns: [0, 3, 20].randomElement(using: &generator) ?? 0),
                    CacheWindows.steady(ttl: .seconds(Int.random(in: 1...3, using: &generator)))
                )
            }
    }

    /// The first fault in the published value, compared with the configuration in force; nil: there is none.
    private static func fault(
        _ published: Published, under sources: [(Slow, CacheWindows)], had: [String: String]
    ) -> String? {
        guard published.sources.map(\.source) == sources.map(\.0.description) else { return "other sources" }
        guard published.sources.map(\.ttl) == sources.map(\.1.ttl) else { return "other windows" }
        let listed = published.sources.filter(\.hasList).map(\.source)
        guard published.snapshot.lists.map(\.source) == listed else { return "other lists" }
        for list in published.snapshot.lists {
            let rows = list.deployments
            guard rows.allSatisfy({ $0.labels == list.source.labels }) else { return "other labels" }
        }
        for (source, _) in sources {
            let list = published.snapshot.lists.first { $0.source == source.description }
            let uids = list?.deployments.map(\.uid) ?? []
            let uid = ModelDeployment.uid(source: source.description.name, key: [source.storageKey])
            guard uids.allSatisfy({ $0 == uid }) else { return "rows of another key" }
            if had[source.description.name] == source.storageKey, uids.isEmpty { return "a lost list" }
        }
        return nil
    }

    @Test(arguments: 0..<8) func whatIsPublishedIsAlwaysThatOfOneConfiguration(_ seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let store = ScriptedStore()
        let harness = RefresherHarness([], store: store)
        var current: [(Slow, CacheWindows)] = []
        try await harness.whileRunning {
            for round in 0..<60 {
                // Lists that are there before a swap are there after it, where the key is the same.
                let listed = Set(harness.published.value.sources.filter(\.hasList).map(\.source.name))
                let had = Dictionary(
                    uniqueKeysWithValues: current.map(\.0).filter { listed.contains($0.description.name) }
                        .map { ($0.description.name, $0.storageKey) })
                current = Self.sources(using: &generator)
                _ = await harness.refresher.reconfigure(sources: current.map { ($0, $1) })
                for _ in 0..<Int.random(in: 1...30, using: &generator) {
                    let fault = Self.fault(harness.published.value, under: current, had: had)
                    try #require(fault == nil, "seed \(seed), round \(round)")
                    await Task.yield()
                }
                harness.clock.advance(by: .milliseconds(Int.random(in: 0...2000, using: &generator)))
            }
            // Whatever came before, in the end every source has a list.
            await harness.until {
                // Past the `min_interval` of fetches that a swap cut short.
                harness.clock.advance(by: .milliseconds(100))
                return harness.published.value.sources.allSatisfy(\.hasList)
            }
        }
        #expect(Set(store.lists.keys).isSubset(of: current.map(\.0.storageKey)), "seed \(seed)")
    }
}
