import Deployments
import Refresh
import Snapshots
import Synchronization
import TestSupport
import Testing

/// One publication for each change that readers can see, and none without one.
@Suite(.timeLimit(.minutes(10))) struct PublicationTests {
    private func source(
        _ name: String, labels: [String: String] = [:], _ fetches: SourceFetch...
    ) -> ScriptedSource {
        var description = SourceDescription.example(name)
        description.labels = labels
        return ScriptedSource(description, fetches: fetches)
    }

    private func listing(_ names: String..., at second: Int64 = 0, of source: String = "alpha") -> SourceFetch
    {
        .listing(names.map { .example($0, of: source) }, at: second * 1_000_000)
    }

    @Test func everyAttemptIsPublishedOnceWhateverCameOfIt() async throws {
        let alpha = source(
            "alpha", listing("a"), listing("a", at: 30), listing("a", "b", at: 60),
            .failure(SourceError(.serverError, "500")))
        let harness = RefresherHarness([alpha])
        #expect(harness.published.value.number == 0)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.published.value.number == 1)
            #expect(harness.names == [["a"]] && harness.status().nextAttemptAt == .at(30))
            // The same rows again: only the status is another.
            harness.clock.advance(by: .seconds(30))
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.published.value.number == 2)
            #expect(harness.status().lastAttemptAt == .at(30) && harness.status().nextAttemptAt == .at(60))
            harness.clock.advance(by: .seconds(30))
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.published.value.number == 3 && harness.names == [["a", "b"]])
            harness.clock.advance(by: .seconds(30))
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.published.value.number == 4)
            #expect(harness.status().failure?.since == .at(90))
            #expect(harness.status().nextAttemptReason == "after_failure")
        }
        #expect(harness.published.value.number == 4 && alpha.fetchCount == 4)
    }

    @Test func theBeginningOfAnAttemptAndOneThatIsCutShortPublishNothing() async throws {
        let hanging = HangingSource()
        let harness = RefresherHarness([hanging])
        try await harness.whileRunning {
            await hanging.fetching()
            #expect(harness.published.value.number == 0)
        }
        await hanging.ended()
        #expect(harness.published.value.number == 0)
    }

    @Test func listsThatBecomeTooOldArePublishedOnce() async throws {
        let config = CacheWindows.steady(
            ttl: .seconds(10), staleWhileRevalidate: .zero, staleIfError: .seconds(5))
        let alpha = source("alpha", listing("a"), .failure(SourceError(.serverError, "500")))
        let harness = RefresherHarness([alpha], config: config)
        try await harness.whileRunning {
            for (second, number, rows) in [(0, 1, 1), (10, 2, 1), (15, 3, 0)] {
                harness.clock.advance(by: .seconds(second) - harness.clock.now.offset)
                await harness.until { harness.published.value.number >= number }
                await harness.clock.sleepers(atLeast: 1)
                #expect(harness.published.value.number == number && harness.snapshot.count == rows)
            }
        }
        #expect(alpha.fetchCount == 2 && harness.state() == .failed)
    }

    @Test func anotherConfigurationIsPublishedOnceAndTheSameOneNotAtAll() async {
        let (alpha, beta) = (source("alpha", listing("a")), source("beta", listing("b", of: "beta")))
        let harness = RefresherHarness([alpha, beta])
        await harness.refresher.refreshAllOnce()
        #expect(harness.published.value.number == 2)
        let config = CacheWindows.steady()
        let labeled = source("alpha", labels: ["team": "search"], listing("a"))
        let gamma = source("gamma", listing("c", of: "gamma"))
        let steps: [([ScriptedSource], CacheWindows, Int)] = [
            ([alpha, beta], config, 2), ([source("alpha", listing("a")), beta], config, 2),
            // Other labels; one that goes, one that comes; another order; other windows.
            ([labeled, beta], config, 3), ([labeled, gamma], config, 4), ([gamma, labeled], config, 5),
            ([gamma, labeled], CacheWindows.steady(ttl: .seconds(7)), 6), ([], config, 7), ([], config, 7),
        ]
        for (sources, windows, number) in steps {
            _ = await harness.refresher.reconfigure(sources: sources.map { ($0, windows) })
            #expect(harness.published.value.number == number)
            #expect(harness.published.value.sources.map(\.source) == sources.map(\.description))
        }
    }

    @Test func whatOnlyTheScheduleNoticesIsNotPublished() async throws {
        let refused = SourceError(.auth, "401")
        let rotating = RotatingSource(.failure(refused))
        let alpha = source("alpha", listing("a"))
        let harness = RefresherHarness([rotating, alpha], config: CacheWindows.steady(idleAfter: nil))
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 2)
            #expect(harness.published.value.number == 2)
            // Readers whose lists are fresh, and looks at credentials that stay the same.
            for _ in 0..<4 {
                _ = await harness.refresher.read(["alpha", "rotating"], demand: .none)
                let looks = rotating.looks
                harness.clock.advance(by: .seconds(5))
                await harness.until { rotating.looks > looks }
                await harness.clock.sleepers(atLeast: 2)
            }
            #expect(harness.published.value.number == 2)
            #expect(alpha.fetchCount == 1 && rotating.fetchCount == 1)
        }
    }

    @Test func anotherPlanIsPublishedOnce() async throws {
        let config = CacheWindows.steady(ttl: .seconds(10), idleAfter: .seconds(60), idleInterval: nil)
        let harness = RefresherHarness([source("alpha", listing("a"))], config: config)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.published.value.number == 1 && harness.status().nextAttemptReason == "idle")
            _ = await harness.refresher.read(["alpha"], demand: .none)
            await harness.until { harness.status().nextAttemptAt == .at(10) }
            for _ in 0..<3 { _ = await harness.refresher.read(["alpha"], demand: .none) }
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.published.value.number == 2)
        }
    }

    /// Readers look all the time, also between the end of the fetch and its publication.
    @Test func aReaderWhoseDemandIsMetFindsItsList() async {
        for round in 0..<200 {
            let harness = RefresherHarness([source("alpha", listing("a"))])
            let demand = Demand(maxAge: .seconds(10), onlyIfCached: true)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await harness.refresher.refreshAllOnce() }
                for _ in 0..<2 {
                    group.addTask {
                        while await !harness.refresher.read(["alpha"], demand: demand).isEmpty {
                            guard !Task.isCancelled else { return }
                            await Task.yield()
                        }
                        #expect(harness.names == [["a"]], "round \(round)")
                        #expect(harness.status().finishedAttempts == 1, "round \(round)")
                        #expect(harness.status().nextAttemptAt == .at(30), "round \(round)")
                    }
                }
            }
        }
    }
}

/// A source whose credentials can change, and never do.
private final class RotatingSource: DeploymentSource {
    let budget = RequestBudget()
    let description = SourceDescription.example("rotating")
    private let script: ScriptedSource
    private let lookCount = Mutex(0)

    init(_ fetches: SourceFetch...) { script = ScriptedSource(.example("rotating"), fetches: fetches) }

    var partitionKeys: [String]? { nil }
    var storageKey: String { description.name }
    var fetchCount: Int { script.fetchCount }
    /// The number of times that its credentials were looked at.
    var looks: Int { lookCount.withLock { $0 } }

    func credentialFingerprint() -> Int? {
        lookCount.withLock { $0 += 1 }
        return 1
    }

    func fetch() async -> SourceFetch { await script.fetch() }
}
