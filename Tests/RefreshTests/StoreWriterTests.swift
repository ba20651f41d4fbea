import Deployments
import Refresh
import Synchronization
import TestSupport
import Testing

/// The cost of a store that fails: durability, and nothing else.
@Suite(.timeLimit(.minutes(10))) struct StoreWriterTests {
    /// A store that has no room for some sources' lists.
    private final class TightStore: ListStore {
        private let state = Mutex(
            (
                full: Set<String>(), saved: [String](), lists: [String: SourceLists](),
                refusesRemovals: false, held: nil as Latch?
            ))
        private let saves = ScriptedStore()

        struct Full: Error, CustomStringConvertible {
            var source: String
            var description: String { "no room for \(source)" }
        }

        /// The sources of every save that was tried.
        var tried: [String] { state.withLock { $0.saved } }
        var names: [String: [String?]] {
            state.withLock { $0.lists.mapValues { $0.partitions.flatMap(\.rows).map(\.name) } }
        }

        func fill(for sources: Set<String>) { state.withLock { $0.full = sources } }
        /// Lets every save that was tried wait until the latch is open.
        func holdSaves() -> Latch {
            let latch = Latch()
            state.withLock { $0.held = latch }
            return latch
        }
        func saves(atLeast count: Int) async { await saves.saves(atLeast: count) }
        func refuseRemovals(_ refuses: Bool) { state.withLock { $0.refusesRemovals = refuses } }

        func load() async throws -> [SourceLists] { [] }
        func rename(_ sources: [String: String]) async throws {}
        func removeSources(notIn names: Set<String>) async throws {
            if state.withLock({ $0.refusesRemovals }) { throw Full(source: "removals") }
        }
        func save(_ list: SourceLists) async throws {
            let isFull = state.withLock { state in
                state.saved.append(list.source)
                guard !state.full.contains(list.source) else { return true }
                state.lists[list.source] = list
                return false
            }
            try await saves.save(list)
            await state.withLock { $0.held }?.pass()
            if isFull { throw Full(source: list.source) }
        }
    }

    private func source(_ name: String, _ fetches: [String]...) -> ScriptedSource {
        ScriptedSource(
            .example(name), fetches: fetches.map { names in .listing(names.map { .example($0, of: name) }) })
    }

    @Test func oneListThatDoesNotFitIsReportedOnceWhateverTheOthersDo() async {
        let store = TightStore()
        let harness = RefresherHarness(
            [source("a", ["x"]), source("b", ["y"]), source("c", ["z"])], store: store)
        let problem = harness.refresher.storeProblem
        #expect(problem.value == nil)
        store.fill(for: ["b"])
        harness.clock.advance(by: .seconds(7))
        await harness.refresher.refreshAllOnce()
        #expect(problem.value == StoreProblem(since: .at(7), message: "no room for b"))
        harness.clock.advance(by: .seconds(7))
        for _ in 0..<3 { await harness.refresher.refreshAllOnce() }
        #expect(problem.value == StoreProblem(since: .at(7), message: "no room for b"))
        #expect(store.names == ["a": ["x"], "c": ["z"]])
        store.fill(for: ["b", "c"])
        await harness.refresher.refreshAllOnce()
        // Another failure of the same outage.
        #expect(problem.value == StoreProblem(since: .at(7), message: "no room for c"))
        store.fill(for: [])
        await harness.refresher.refreshAllOnce()
        #expect(problem.value == nil)
        #expect(
            harness.log.lines == [
                "error lists cannot be saved; a restart would serve older lists error=no room for b",
                "notice lists are saved again",
            ])
    }

    /// A store that loses what it holds before its next call.
    private final class LosingStore: ListStore {
        private let state = Mutex((lists: [String: SourceLists](), isLost: false))

        var names: [String: [String?]] {
            state.withLock { $0.lists.mapValues { $0.partitions.flatMap(\.rows).map(\.name) } }
        }

        func lose() { state.withLock { $0 = ([:], true) } }

        private func require() throws {
            let isLost = state.withLock { state in
                defer { state.isLost = false }
                return state.isLost
            }
            if isLost { throw StoreContentLost(message: "the store is lost") }
        }

        func load() async throws -> [SourceLists] { [] }
        func rename(_ sources: [String: String]) async throws { try require() }
        func removeSources(notIn names: Set<String>) async throws { try require() }
        func save(_ list: SourceLists) async throws {
            try require()
            state.withLock { $0.lists[list.source] = list }
        }
    }

    @Test func aStoreThatLostItsContentGetsEveryListAgain() async {
        let store = LosingStore()
        // Nothing was sent, so that there is nothing new to save.
        var unsent = SourceFetch.failure(SourceError(.config, "no token"))
        unsent.calls = 0
        let first = ScriptedSource(.example("a"), fetches: [.listing([.example("x", of: "a")]), unsent])
        let harness = RefresherHarness([first, source("b", ["y"], ["y", "z"])], store: store)
        await harness.refresher.refreshAllOnce()
        store.lose()
        await harness.refresher.refreshAllOnce()
        #expect(store.names == ["a": ["x"], "b": ["y", "z"]])
        #expect(harness.refresher.storeProblem.value == nil)
        #expect(
            harness.log.lines.filter { !$0.contains("source") } == [
                "error lists cannot be saved; a restart would serve older lists error=the store is lost",
                "notice lists are saved again",
            ])
    }

    @Test func aListThatFailedIsSavedOnceAnotherOneCouldBe() async {
        let store = TightStore()
        // Nothing was sent, so that there is nothing new to save.
        var unsent = SourceFetch.failure(SourceError(.config, "no token"))
        unsent.calls = 0
        let first = ScriptedSource(.example("a"), fetches: [.listing([.example("x")]), unsent])
        let harness = RefresherHarness([first, source("b", ["y"])], store: store)
        store.fill(for: ["a"])
        await harness.refresher.refreshAllOnce()
        // Tried as it came, not again because of `b`: its own save had just failed.
        #expect(store.names == ["b": ["y"]])
        store.fill(for: [])
        await harness.refresher.refreshAllOnce()
        #expect(store.names == ["a": ["x"], "b": ["y"]])
        #expect(harness.refresher.storeProblem.value == nil)
        let tried = store.tried
        await harness.refresher.refreshAllOnce()
        #expect(store.tried == tried + ["b"])
    }

    @Test func theNewestListIsTheOneThatIsSavedLater() async {
        let store = TightStore()
        let harness = RefresherHarness([source("a", ["x"], ["x", "y"], ["x", "y", "z"])], store: store)
        store.fill(for: ["a"])
        for _ in 0..<2 { await harness.refresher.refreshAllOnce() }
        store.fill(for: [])
        await harness.refresher.refreshAllOnce()
        #expect(store.names == ["a": ["x", "y", "z"]])
    }

    @Test func aListThatFailedIsTriedAgainThoughNoSourceIsListed() async throws {
        let store = TightStore()
        let harness = RefresherHarness(
            [source("a", ["x"])], config: CacheWindows.steady(ttl: .seconds(3600)), store: store)
        store.fill(for: ["a"])
        try await harness.whileRunning {
            await store.saves(atLeast: 1)
            // The source's next attempt, and the writer's.
            await harness.clock.sleepers(atLeast: 2)
            #expect(harness.refresher.storeProblem.value?.message == "no room for a")
            harness.clock.advance(by: .seconds(30))
            await store.saves(atLeast: 2)
            await harness.clock.sleepers(atLeast: 2)
            store.fill(for: [])
            harness.clock.advance(by: .seconds(30))
            await store.saves(atLeast: 3)
        }
        #expect(store.tried == ["a", "a", "a"])
        #expect(store.names == ["a": ["x"]])
        #expect(harness.refresher.storeProblem.value == nil)
    }

    @Test func aRemovalThatFailedIsTriedAgainAndIsAProblemUntilItIsDone() async throws {
        let store = TightStore()
        store.refuseRemovals(true)
        let harness = RefresherHarness(
            [source("a", ["x"])], config: CacheWindows.steady(ttl: .seconds(3600)), store: store)
        let problem = harness.refresher.storeProblem
        try await harness.whileRunning {
            await store.saves(atLeast: 1)
            // The source's next attempt, and the writer's.
            await harness.clock.sleepers(atLeast: 2)
            #expect(problem.value == StoreProblem(since: .at(0), message: "no room for removals"))
            store.refuseRemovals(false)
            harness.clock.advance(by: .seconds(30))
            await until { problem.value == nil }
        }
        #expect(
            harness.log.lines == [
                "error lists cannot be saved; a restart would serve older lists error=no room for removals",
                "notice lists are saved again",
            ])
    }

    @Test func aListOfASourceThatIsRemovedWhileItsSaveFailsIsNotSavedAgain() async throws {
        let store = TightStore()
        let windows = CacheWindows.steady(ttl: .seconds(3600))
        let harness = RefresherHarness([source("a", ["x"])], config: windows, store: store)
        store.fill(for: ["a"])
        let save = store.holdSaves()
        try await harness.whileRunning {
            await store.saves(atLeast: 1)
            _ = await harness.refresher.reconfigure(sources: [(source("b", ["y"]), windows)])
            save.set(isOpen: true)
            await store.saves(atLeast: 2)
            store.fill(for: [])
            await until { store.names["b"] != nil }
        }
        #expect(store.names == ["b": ["y"]])
        #expect(store.tried == ["a", "b"])
    }
}
