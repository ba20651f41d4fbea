import Deployments
import Refresh
import Snapshots
import Synchronization
import TestSupport
import Testing
import Wire

/// Lookups beside lists: a list never waits for them, and a row is never lost to them.
@Suite(.timeLimit(.minutes(10))) struct LookupRefreshTests {
    private static let lookup = Lookup(
        name: "config", fields: ["model"], keyFields: ["name"], lifetime: nil, plan: "p")

    /// What a source answers to lookups: held back until released, with some keys that fail.
    private final class Answers: Sendable {
        private let state = Mutex(
            (asked: [[String]](), isOpen: true, failing: Set<String>(), digest: String?.none))

        /// The digest of the credentials that are sent from now on.
        func send(_ digest: String) { state.withLock { $0.digest = digest } }

        var asked: [[String]] { state.withLock { $0.asked } }

        func hold() { state.withLock { $0.isOpen = false } }

        func release() { state.withLock { $0.isOpen = true } }

        func fail(_ names: Set<String>) { state.withLock { $0.failing = names } }

        func answer(_ keys: [LookupKey]) async -> LookupFetch {
            state.withLock { $0.asked.append(keys.map { $0.values[0] }) }
            await until { self.state.withLock { $0.isOpen } }
            let failing = state.withLock { $0.failing }
            let origin = SharedSource(.example("alpha"))
            let entries = keys.map { key in
                let isFailing = failing.contains(key.values[0])
                return LookupEntry(
                    key: key, plan: "p", of: origin,
                    values: isFailing ? nil : record("x") { $0.model = "model of \(key.values[0])" },
                    error: isFailing ? SourceError(.serverError, "HTTP 500") : nil, at: .epoch)
            }
            var fetch = LookupFetch(entries: entries, calls: keys.count)
            let digest = state.withLock { $0.digest }
            fetch.credentialDigest = { key in
                digest.map { CredentialDigest(key: key, bytes: Array($0.utf8)) }
            }
            return fetch
        }
    }

    private func source(
        _ answers: Answers, digest: String? = nil, _ names: [String]...
    ) -> ScriptedSource {
        ScriptedSource(
            .example("alpha"), digest: digest, lookups: [Self.lookup],
            answerLookups: { await answers.answer($0) },
            fetches: names.map { SourceFetch.listing($0.map { .example($0) }) })
    }

    private func models(_ harness: RefresherHarness) -> [String?] {
        harness.snapshot.lists.flatMap { $0.deployments.map(\.model) }
    }

    private func states(_ harness: RefresherHarness) -> [LookupState.State] {
        harness.snapshot.lists.flatMap { $0.deployments.flatMap { $0.lookups.map(\.state) } }
    }

    @Test func aFirstListIsPublishedBeforeItsLookupsAndAgainWhenTheyAreIn() async throws {
        let answers = Answers()
        answers.hold()
        let harness = RefresherHarness([source(answers, ["a", "b"])])
        try await harness.whileRunning {
            await until { harness.names == [["a", "b"]] }
            #expect(models(harness) == [nil, nil] && states(harness) == [.pending, .pending])
            #expect(harness.state() == .fresh)
            await until { !answers.asked.isEmpty }
            answers.release()
            await until { models(harness) == ["model of a", "model of b"] }
            #expect(states(harness) == [.ok, .ok])
        }
        #expect(answers.asked == [["a", "b"]])
    }

    @Test func aListDoesNotWaitForLookupsThatHang() async throws {
        let answers = Answers()
        answers.hold()
        let harness = RefresherHarness([source(answers, ["a"], ["a", "b"])])
        try await harness.whileRunning {
            await until { !answers.asked.isEmpty }
            harness.clock.advance(by: .seconds(3600))
            await until { harness.names == [["a", "b"]] }
            answers.release()
            await until { models(harness) == ["model of a", "model of b"] }
        }
        #expect(answers.asked == [["a"], ["b"]])
    }

    @Test func aKeyThatFailsLeavesItsRowWithNullsAndAMark() async {
        let answers = Answers()
        answers.fail(["b"])
        let harness = RefresherHarness([source(answers, ["a", "b"])])
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a", "b"]])
        #expect(models(harness) == ["model of a", nil] && states(harness) == [.ok, .failed])
    }

    @Test func whatWasFoundIsStoredServedAfterARestartAndNotAskedForAgain() async throws {
        let store = MemoryListStore()
        let first = RefresherHarness([source(Answers(), ["a", "b"])], store: store)
        await first.refresher.refreshAllOnce()
        let stored = try await store.load()
        #expect(stored.first?.lookups.map { $0.rows.map(\.uid) } == [["alpha/a", "alpha/b"]])
        // The rows themselves are stored as they were listed.
        #expect(stored.first?.partitions.flatMap { $0.rows.map(\.model) } == [nil, nil])

        let answers = Answers()
        let second = RefresherHarness([source(answers, ["a", "b", "c"])], restoring: stored)
        #expect(models(second) == ["model of a", "model of b"])
        await second.refresher.refreshAllOnce()
        #expect(models(second) == ["model of a", "model of b", "model of c"])
        #expect(answers.asked == [["c"]])
    }

    @Test func aRepeatedOutcomeChangesNoSnapshot() async {
        let harness = RefresherHarness([source(Answers(), ["a"], ["a"])])
        await harness.refresher.refreshAllOnce()
        let id = harness.snapshot.id
        await harness.refresher.refreshAllOnce()
        #expect(harness.snapshot.id == id)
    }

    @Test func whatWasLookedUpForAnotherAccountIsForgottenWithItsList() async {
        let answers = Answers()
        let source = source(answers, digest: "one", ["a"], ["a"])
        let harness = RefresherHarness([source])
        await harness.refresher.refreshAllOnce()
        source.rotate(to: "two")
        answers.fail(["a"])
        await harness.refresher.refreshAllOnce()
        #expect(models(harness) == [nil] && states(harness) == [.failed])
        #expect(answers.asked == [["a"], ["a"]])
    }

    @Test func aRoundThatSentOtherCredentialsThanTheListIsNotMerged() async {
        let answers = Answers()
        answers.send("two")
        let harness = RefresherHarness([source(answers, digest: "one", ["a"])])
        await harness.refresher.refreshAllOnce()
        #expect(models(harness) == [nil] && states(harness) == [.pending])
    }

    @Test func whatCannotBeReadInALookupIsDriftOfItsRowsAndLoggedOnce() async {
        let one = SourceFetch.listing([.example("a")])
        let both = SourceFetch.listing(["a", "b"].map { .example($0) })
        let source = ScriptedSource(
            .example("alpha"), lookups: [Self.lookup],
            answerLookups: { keys in
                let entries = keys.map { key in
                    var entry = LookupEntry(
                        key: key, plan: "p", of: SharedSource(.example("alpha")),
                        values: record("x") { $0.markUnread("model") }, error: nil, at: .epoch)
                    entry.unreadValues = ["model": "an object"]
                    return entry
                }
                return LookupFetch(entries: entries, calls: keys.count)
            }, fetches: [both, both, one])
        let harness = RefresherHarness([source])
        func drift(of rows: Int) -> [SourceStatus.ObservedDrift] {
            [.init(drift: Drift(field: "model", value: "an object", rows: rows), firstSeen: .epoch)]
        }
        for rows in [2, 2, 1] {
            await harness.refresher.refreshAllOnce()
            #expect(harness.status().drift == drift(of: rows))
        }
        #expect(harness.log.lines.filter { $0.contains("drift") }.count == 1)
    }

    @Test func driftOfALookupIsKnownAfterARestart() async throws {
        var entry = LookupEntry(
            key: LookupKey(lookup: "config", values: ["a"]), plan: "p", of: SharedSource(.example("alpha")),
            values: record("x") { $0.markUnread("model") }, error: nil, at: .epoch)
        entry.unreadValues = ["model": "an object"]
        let found = entry
        let source = ScriptedSource(
            .example("alpha"), lookups: [Self.lookup],
            answerLookups: { _ in LookupFetch(entries: [found], calls: 1) },
            fetches: [.listing([.example("a")])])
        let store = MemoryListStore()
        await RefresherHarness([source], store: store).refresher.refreshAllOnce()
        let later = RefresherHarness([source], restoring: try await store.load())
        #expect(later.status().drift.map(\.drift.field) == ["model"])
    }

    @Test func aRefusalOfLookupsIsLoggedWhenItBeginsOrIsAnother() async {
        let refusals = Mutex([SourceError.Class.auth, .auth, .auth, .rateLimited])
        let source = ScriptedSource(
            .example("alpha"), lookups: [Self.lookup],
            answerLookups: { _ in
                let errorClass = refusals.withLock { $0.removeFirst() }
                return LookupFetch(refusal: SourceError(errorClass, "refused"), calls: 1)
            }, fetches: [.listing([.example("a")])])
        let harness = RefresherHarness([source])
        for lines in [1, 1, 1, 2] {
            await harness.refresher.refreshAllOnce()
            #expect(harness.log.lines.filter { $0.contains("lookups are not complete") }.count == lines)
        }
    }

    @Test func manyKeysTakeAFewRounds() async {
        let answers = Answers()
        let names = (0..<3000).map { "n\($0)" }
        let harness = RefresherHarness([source(answers, names)])
        await harness.refresher.refreshAllOnce()
        #expect(answers.asked.reduce(0) { $0 + $1.count } == 3000)
        #expect(answers.asked.count <= 16)
        #expect(!states(harness).contains(.pending))
    }
}
