import Deployments
import Refresh
import Snapshots
import TestSupport
import Testing

/// Readers and the attempts that they start, over a refresher on a clock that the test advances.
@Suite(.timeLimit(.minutes(10))) struct FreshnessTests {
    private static let windows = CacheWindows.steady(
        ttl: .seconds(10), staleWhileRevalidate: .seconds(20), idleAfter: .seconds(60), idleInterval: nil)

    private func source(_ fetches: SourceFetch...) -> ScriptedSource {
        ScriptedSource(.example("alpha"), fetches: fetches)
    }

    /// A list of one row that was requested at this second.
    private func listing(_ name: String, at second: Int64) -> SourceFetch {
        .listing([.example(name)], at: second * 1_000_000)
    }

    @Test func fiftyFirstReadersMakeOneFetchAndAllGetItsList() async throws {
        let alpha = HeldSource(listing("a", at: 0))
        let harness = RefresherHarness([alpha], config: Self.windows)
        try await harness.whileRunning {
            await withTaskGroup(of: Int.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        _ = await harness.refresher.read(["alpha"], demand: .none)
                        return harness.snapshot.lists.count
                    }
                }
                // Each sleeps until its deadline, or is notified before.
                await harness.clock.sleepers(atLeast: 50)
                alpha.open()
                for await lists in group { #expect(lists == 1) }
            }
            #expect(alpha.fetchCount == 1)
        }
    }

    @Test func aReaderWaitsForAMissingListOnlySoLong() async throws {
        let alpha = HeldSource(listing("a", at: 0))
        let harness = RefresherHarness([alpha], config: Self.windows)
        try await harness.whileRunning {
            async let unmet = harness.refresher.read(["alpha"], demand: .none)
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .milliseconds(500))
            #expect(await unmet == [:])
            #expect(harness.snapshot.lists.isEmpty)
            alpha.open()
        }
    }

    @Test func twoCallersWithDifferentDemandsAreServedEachInItsOwnTime() async throws {
        let alpha = HeldSource(listing("old", at: 0), listing("new", at: 5))
        let harness = RefresherHarness([alpha], config: Self.windows)
        try await harness.whileRunning {
            alpha.open()
            await harness.clock.sleepers(atLeast: 1)
            alpha.close()
            harness.clock.advance(by: .seconds(5))
            async let patient = harness.refresher.read(["alpha"], demand: Demand(maxAge: .seconds(3)))
            await until { alpha.fetchCount == 2 }
            #expect(await harness.refresher.read(["alpha"], demand: .none) == [:])
            #expect(harness.names == [["old"]])
            alpha.open()
            #expect(await patient == [:])
            #expect(harness.names == [["new"]])
            #expect(alpha.fetchCount == 2)
        }
    }

    @Test func aDemandThatIsNotMetSaysWhy() async throws {
        let alpha = HeldSource(listing("a", at: 0))
        let harness = RefresherHarness([alpha], config: Self.windows)
        try await harness.whileRunning {
            alpha.open()
            await harness.clock.sleepers(atLeast: 1)
            alpha.close()
            harness.clock.advance(by: .seconds(5))
            async let late = harness.refresher.read(["alpha"], demand: Demand(maxAge: .seconds(2)))
            // Nobody but the reader sleeps then: an attempt is under way.
            await until { alpha.fetchCount == 2 }
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(5))
            #expect(await late == ["alpha": .timeout])
            alpha.open()
        }
        let cached = Demand(maxAge: .seconds(2), onlyIfCached: true)
        #expect(await harness.refresher.read(["alpha"], demand: cached) == ["alpha": .timeout])
        #expect(await harness.refresher.read(["unheardof"], demand: cached) == [:])
    }

    @Test func aSourceInBackoffKeepsNobodyWaiting() async throws {
        let alpha = source(.failure(SourceError(.serverError, "500")))
        let harness = RefresherHarness([alpha], config: Self.windows)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            for _ in 0..<3 {
                #expect(await harness.refresher.read(["alpha"], demand: .none) == [:])
                #expect(
                    await harness.refresher.read(["alpha"], demand: Demand(maxAge: .zero)) == [
                        "alpha": .timeout
                    ])
            }
            #expect(alpha.fetchCount == 1)
        }
    }

    @Test func aRefreshAnswersWhenItIsDoneOrUnderWayOrRefused() async throws {
        let alpha = HeldSource(listing("a", at: 0))
        let harness = RefresherHarness([alpha], config: Self.windows)
        try await harness.whileRunning {
            alpha.open()
            await harness.clock.sleepers(atLeast: 1)
            #expect(
                await harness.refresher.refresh("alpha") == .refused(.minInterval, retryAfter: .seconds(2)))
            harness.clock.advance(by: .seconds(2))
            #expect(await harness.refresher.refresh("alpha") == .done)
            #expect(alpha.fetchCount == 2)
            alpha.close()
            harness.clock.advance(by: .seconds(2))
            async let outcome = harness.refresher.refresh("alpha")
            await until { alpha.fetchCount == 3 }
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(5))
            #expect(await outcome == .inProgress)
            alpha.open()
            #expect(await harness.refresher.refresh("unheardof") == nil)
        }
    }

    @Test func aSourceStaysFreshWhileItIsReadAndIsLeftAloneAfterwards() async throws {
        let alpha = source(.listing([.example("a")]))
        let harness = RefresherHarness([alpha], config: Self.windows)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            #expect(harness.status().nextAttemptAt == nil && harness.status().nextAttemptReason == "idle")
            _ = await harness.refresher.read(["alpha"], demand: .none)
            await until { harness.status().nextAttemptAt == .at(10) }
            #expect(harness.status().nextAttemptReason == "ttl")
            for second in [20, 30, 40, 50, 60] {
                harness.clock.advance(by: .seconds(10))
                await until { harness.status().nextAttemptAt == .at(second) }
            }
            #expect(alpha.fetchCount == 6)
            // A minute after its last reader.
            harness.clock.advance(by: .seconds(10))
            await until { harness.status().nextAttemptAt == nil }
            #expect(alpha.fetchCount == 6 && harness.status().nextAttemptReason == "idle")
        }
    }

    @Test func aListThatIsTooOldExpiresAndComesBackWithWhatIsKnownOfIt() async throws {
        var config = Self.windows
        config.staleIfError = .seconds(30)
        config.idleAfter = nil
        let alpha = source(.listing([.example("a")], at: 0))
        let harness = RefresherHarness([alpha], config: config)
        try await harness.whileRunning {
            await harness.clock.sleepers(atLeast: 1)
            let first = harness.snapshot.id
            alpha.answer([.failure(SourceError(.unreachable, "down"))])
            harness.clock.advance(by: .seconds(59))
            await until { harness.status().failure != nil }
            #expect(harness.state() == .stale && harness.names == [["a"]] && harness.snapshot.id == first)
            await harness.clock.sleepers(atLeast: 1)
            harness.clock.advance(by: .seconds(1))
            await until { harness.names == [] }
            #expect(harness.state() == .failed)
            #expect(!harness.status().isComplete && harness.status().failure != nil)
            // A cache repeats the copy that it has: the source is not said to work.
            var copy = SourceFetch.listing([.example("a")], at: 460_000_000)
            copy.partitions[0].upstreamAge = .seconds(460)
            alpha.answer([copy])
            harness.clock.advance(by: .seconds(400))
            await until { harness.status().failure?.error.errorClass == .badResponse }
            #expect(harness.names == [] && harness.state() == .failed)
            await harness.clock.sleepers(atLeast: 1)
            alpha.answer([.listing([.example("a")], at: 860_000_000)])
            harness.clock.advance(by: .seconds(400))
            await until { harness.names == [["a"]] }
            #expect(harness.status().failure == nil && harness.status().isComplete)
            #expect(harness.snapshot.lists[0].deployments[0].statusSince == .at(0))
        }
        #expect(harness.log.lines.contains("warning lists are too old to be served source=alpha"))
    }
}

/// A source whose fetches are held until it is opened.
private final class HeldSource: DeploymentSource {
    let budget = RequestBudget()
    let description = SourceDescription.example("alpha")
    private let script: ScriptedSource
    private let latch = Latch()

    init(_ fetches: SourceFetch...) { script = ScriptedSource(.example("alpha"), fetches: fetches) }

    var partitionKeys: [String]? { nil }
    var storageKey: String { description.name }
    var fetchCount: Int { script.fetchCount }

    func open() { latch.set(isOpen: true) }
    func close() { latch.set(isOpen: false) }

    func fetch() async -> SourceFetch {
        let fetch = await script.fetch()
        await latch.pass()
        return fetch
    }
}
