import Deployments
import Refresh
import Snapshots
import TestSupport
import Testing

/// Readers and what they set in motion, over a refresher that runs on a clock which is moved by hand.
@Suite(.timeLimit(.minutes(1))) struct FreshnessTests {
    private static let windows = RefreshConfig(
        ttl: .seconds(10), staleWhileRevalidate: .seconds(20), idleAfter: .seconds(60), idleInterval: nil)

    private func source(_ fetches: SourceFetch...) -> ScriptedSource {
        ScriptedSource(.example("alpha"), fetches: fetches)
    }

    /// A list of one row that was asked for at this second.
    private func listing(_ name: String, at second: Int64) -> SourceFetch {
        .listing([.example(name)], at: second * 1_000_000)
    }

    @Test func fiftyFirstReadersMakeOneFetchAndAllGetItsList() async throws {
        let gate = GatedSource(listing("a", at: 0))
        let house = RefresherHarness([gate], config: Self.windows)
        try await house.whileRunning {
            await withTaskGroup(of: Int.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        _ = await house.refresher.read(["alpha"], demand: .none)
                        return house.snapshot.lists.count
                    }
                }
                // Each sleeps until its deadline, or is told before.
                await house.clock.sleepers(atLeast: 50)
                gate.open()
                for await lists in group { #expect(lists == 1) }
            }
            #expect(gate.asked == 1)
        }
    }

    @Test func aReaderWaitsForAMissingListOnlySoLong() async throws {
        let gate = GatedSource(listing("a", at: 0))
        let house = RefresherHarness([gate], config: Self.windows)
        try await house.whileRunning {
            async let unmet = house.refresher.read(["alpha"], demand: .none)
            await house.clock.sleepers(atLeast: 1)
            house.clock.advance(by: .milliseconds(500))
            #expect(await unmet == [:])
            #expect(house.snapshot.lists.isEmpty)
            gate.open()
        }
    }

    @Test func twoCallersWithDifferentDemandsAreServedEachInItsOwnTime() async throws {
        let gate = GatedSource(listing("old", at: 0), listing("new", at: 5))
        let house = RefresherHarness([gate], config: Self.windows)
        try await house.whileRunning {
            gate.open()
            await house.clock.sleepers(atLeast: 1)
            gate.close()
            house.clock.advance(by: .seconds(5))
            async let patient = house.refresher.read(["alpha"], demand: Demand(maxAge: .seconds(3)))
            await until { gate.asked == 2 }
            #expect(await house.refresher.read(["alpha"], demand: .none) == [:])
            #expect(house.names == [["old"]])
            gate.open()
            #expect(await patient == [:])
            #expect(house.names == [["new"]])
            #expect(gate.asked == 2)
        }
    }

    @Test func aDemandThatIsNotMetSaysWhy() async throws {
        let gate = GatedSource(listing("a", at: 0))
        let house = RefresherHarness([gate], config: Self.windows)
        try await house.whileRunning {
            gate.open()
            await house.clock.sleepers(atLeast: 1)
            gate.close()
            house.clock.advance(by: .seconds(5))
            async let late = house.refresher.read(["alpha"], demand: Demand(maxAge: .seconds(2)))
            // Nobody but the reader sleeps then: the source is being asked.
            await until { gate.asked == 2 }
            await house.clock.sleepers(atLeast: 1)
            house.clock.advance(by: .seconds(5))
            #expect(await late == ["alpha": .timeout])
            gate.open()
        }
        let cached = Demand(maxAge: .seconds(2), onlyIfCached: true)
        #expect(await house.refresher.read(["alpha"], demand: cached) == ["alpha": .timeout])
        #expect(await house.refresher.read(["unheardof"], demand: cached) == [:])
    }

    @Test func aSourceThatRestsKeepsNobodyWaiting() async throws {
        let alpha = source(.failure(SourceError(.serverError, "500")))
        let house = RefresherHarness([alpha], config: Self.windows)
        try await house.whileRunning {
            await house.clock.sleepers(atLeast: 1)
            for _ in 0..<3 {
                #expect(await house.refresher.read(["alpha"], demand: .none) == [:])
                #expect(
                    await house.refresher.read(["alpha"], demand: Demand(maxAge: .zero)) == [
                        "alpha": .timeout
                    ])
            }
            #expect(alpha.asked == 1)
        }
    }

    @Test func aRefreshAnswersWhenItIsDoneOrUnderWayOrRefused() async throws {
        let gate = GatedSource(listing("a", at: 0))
        let house = RefresherHarness([gate], config: Self.windows)
        try await house.whileRunning {
            gate.open()
            await house.clock.sleepers(atLeast: 1)
            #expect(
                await house.refresher.refresh("alpha") == .refused(.minInterval, retryAfter: .seconds(2)))
            house.clock.advance(by: .seconds(2))
            #expect(await house.refresher.refresh("alpha") == .done)
            #expect(gate.asked == 2)
            gate.close()
            house.clock.advance(by: .seconds(2))
            async let outcome = house.refresher.refresh("alpha")
            await until { gate.asked == 3 }
            await house.clock.sleepers(atLeast: 1)
            house.clock.advance(by: .seconds(5))
            #expect(await outcome == .underWay)
            gate.open()
            #expect(await house.refresher.refresh("unheardof") == nil)
        }
    }

    @Test func aSourceIsKeptFreshWhileItIsReadAndLeftAloneAfterwards() async throws {
        let alpha = source(.listing([.example("a")]))
        let house = RefresherHarness([alpha], config: Self.windows)
        try await house.whileRunning {
            await house.clock.sleepers(atLeast: 1)
            #expect(house.status().nextAttemptAt == nil && house.status().nextAttemptReason == "idle")
            _ = await house.refresher.read(["alpha"], demand: .none)
            await until { house.status().nextAttemptAt == .at(10) }
            #expect(house.status().nextAttemptReason == "ttl")
            for second in [20, 30, 40, 50, 60] {
                house.clock.advance(by: .seconds(10))
                await until { house.status().nextAttemptAt == .at(second) }
            }
            #expect(alpha.asked == 6)
            // A minute after its last reader.
            house.clock.advance(by: .seconds(10))
            await until { house.status().nextAttemptAt == nil }
            #expect(alpha.asked == 6 && house.status().nextAttemptReason == "idle")
        }
    }

    @Test func aListThatIsTooOldIsGivenUpAndComesBackWithWhatIsKnownOfIt() async throws {
        var config = Self.windows
        config.staleIfError = .seconds(30)
        config.idleAfter = nil
        let alpha = source(.listing([.example("a")], at: 0))
        let house = RefresherHarness([alpha], config: config)
        try await house.whileRunning {
            await house.clock.sleepers(atLeast: 1)
            let first = house.snapshot.id
            alpha.answer([.failure(SourceError(.unreachable, "down"))])
            house.clock.advance(by: .seconds(59))
            await until { house.status().failure != nil }
            #expect(house.state() == .stale && house.names == [["a"]] && house.snapshot.id == first)
            await house.clock.sleepers(atLeast: 1)
            house.clock.advance(by: .seconds(1))
            await until { house.names == [] }
            #expect(house.state() == .failed)
            #expect(!house.status().isComplete && house.status().failure != nil)
            alpha.answer([.listing([.example("a")], at: 100_000_000)])
            house.clock.advance(by: .seconds(400))
            await until { house.names == [["a"]] }
            #expect(house.status().failure == nil && house.status().isComplete)
            #expect(house.snapshot.lists[0].deployments[0].statusSince == .at(0))
        }
        #expect(house.log.lines.contains("warning lists are too old to be served source=alpha"))
    }
}

/// A source whose fetches wait until it is opened.
private final class GatedSource: DeploymentSource {
    let budget = RequestBudget()
    let description = SourceDescription.example("alpha")
    private let script: ScriptedSource
    private let gate = Gate()

    init(_ fetches: SourceFetch...) { script = ScriptedSource(.example("alpha"), fetches: fetches) }

    var partitionKeys: [String]? { nil }
    var storageKey: String { description.name }
    var asked: Int { script.asked }

    func open() { gate.set(isOpen: true) }
    func close() { gate.set(isOpen: false) }

    func fetch() async -> SourceFetch {
        let fetch = await script.fetch()
        await gate.pass()
        return fetch
    }
}
