import Deployments
import TestSupport
import Testing
import Wire

/// What was looked up for rows: what is wanted when, and how a row shows it.
@Suite struct LookupTableTests {
    private static let config = Lookup(
        name: "config", fields: ["model", "accelerator.per_replica"],
        keyFields: ["workspace", "config", "config_version"], lifetime: nil, plan: "p1")
    private static let price = Lookup(
        name: "price", fields: ["task"], keyFields: ["name"], lifetime: .seconds(600), plan: "p2")
    private static let provider = Lookup(
        name: "provider", fields: ["endpoint.base_url"], keyFields: [], lifetime: nil, plan: "p3",
        origin: .providers)

    private func table(
        _ lookups: Lookup..., restoring stored: [PartitionState<LookupEntry>] = []
    ) -> LookupTable {
        let source = ScriptedSource(.example("a"), lookups: lookups, fetches: [])
        return LookupTable(of: source, restoring: stored)
    }

    private func row(_ name: String, config: String? = nil, version: Int? = 1) -> ModelDeployment {
        record(name) {
            $0.name = name
            $0.workspace = "w"
            $0.config = config
            $0.configVersion = config == nil ? nil : version
        }
    }

    private func key(_ config: String, _ version: Int = 1) -> LookupKey {
        LookupKey(lookup: "config", values: ["w", config, "\(version)"])
    }

    private func entry(
        _ key: LookupKey, plan: String = "p1", model: String? = nil, error: SourceError? = nil,
        at seconds: Int64
    ) -> LookupEntry {
        let values = model.map { model in
            record("x") {
                $0.model = model
                $0.accelerator.perReplica = 4
                $0.mark("model", inferred: true)
            }
        }
        return LookupEntry(
            key: key, plan: plan, of: SharedSource(.example("a")), values: values, error: error,
            at: time(seconds))
    }

    private func shown(_ table: LookupTable, _ row: ModelDeployment) -> ModelDeployment {
        var row = row
        table.fill(&row)
        return row
    }

    @Test func eachDistinctKeyIsWantedOnceAndRowsWithoutAKeyWantNothing() {
        let rows = [row("a", config: "small"), row("b", config: "small"), row("c"), row("d", config: "big")]
        #expect(table(Self.config).wanted(by: rows, at: time(0)) == [key("small"), key("big")])
        #expect(shown(table(Self.config), row("c")).lookups == [])
    }

    @Test func aRowIsPendingUntilItsKeyIsFound() {
        var table = table(Self.config)
        let small = row("a", config: "small")
        #expect(
            shown(table, small).lookups == [
                LookupState(
                    name: "config", state: .pending, fields: ["model", "accelerator.per_replica"])
            ])
        table.take(LookupFetch(entries: [entry(key("small"), model: "m", at: 5)]))
        let found = shown(table, small)
        #expect(found.model == "m" && found.accelerator.perReplica == 4)
        #expect(found.inferred == ["model"])
        #expect(
            found.lookups == [
                LookupState(
                    name: "config", state: .ok, fields: ["model", "accelerator.per_replica"],
                    observedAt: time(5))
            ])
        #expect(shown(table, row("b", config: "big")).model == nil)
    }

    @Test func whatIsFoundOnceIsNeverWantedAgain() {
        var table = table(Self.config)
        table.take(LookupFetch(entries: [entry(key("small"), model: "m", at: 0)]))
        #expect(table.wanted(by: [row("a", config: "small")], at: time(1_000_000_000)) == [])
    }

    @Test(arguments: [(599, 0), (600, 1), (10_000, 1), (-1, 1)])
    func whatMayChangeIsWantedAgainAfterItsLifetime(_ seconds: Int64, _ count: Int) {
        var table = table(Self.price)
        let key = LookupKey(lookup: "price", values: ["a"])
        table.take(LookupFetch(entries: [entry(key, plan: "p2", model: "m", at: 0)]))
        #expect(table.wanted(by: [row("a")], at: time(seconds)).count == count)
    }

    @Test func aFailureIsWantedAgainAfterAGrowingPause() {
        var table = table(Self.config)
        let rows = [row("a", config: "small")]
        var at: Int64 = 0
        for pause in [30, 60, 120, 240, 480, 960, 1920, 3600, 3600] as [Int64] {
            let error = SourceError(.serverError, "HTTP 500")
            table.take(LookupFetch(entries: [entry(key("small"), error: error, at: at)]))
            #expect(table.wanted(by: rows, at: time(at + pause - 1)) == [])
            #expect(table.wanted(by: rows, at: time(at + pause)) == [key("small")])
            at += pause
        }
    }

    @Test func theSameOutcomeKeepsItsTimeAndAnotherHasItsOwn() {
        var table = table(Self.config)
        let small = row("a", config: "small")
        for (model, at, since) in [("m", 0, 0), ("m", 5, 0), ("n", 9, 9)] as [(String, Int64, Int64)] {
            table.take(LookupFetch(entries: [entry(key("small"), model: model, at: at)]))
            #expect(shown(table, small).lookups[0].observedAt == time(since))
            #expect(shown(table, small).model == model)
        }
    }

    @Test func aFailureKeepsWhatWasFoundAndIsMarked() {
        var table = table(Self.config)
        let small = row("a", config: "small")
        table.take(LookupFetch(entries: [entry(key("small"), model: "m", at: 0)]))
        let error = SourceError(.serverError, "HTTP 500")
        table.take(LookupFetch(entries: [entry(key("small"), error: error, at: 7)]))
        let row = shown(table, small)
        #expect(row.model == "m")
        #expect(row.lookups[0].state == .failed && row.lookups[0].error == error)
        #expect(row.lookups[0].observedAt == time(7))
    }

    @Test func aRefusedRoundIsTheReasonOfWhatIsPending() {
        var table = table(Self.config)
        let refusal = SourceError(.rateLimited, "later")
        table.take(LookupFetch(entries: [], refusal: refusal))
        let state = shown(table, row("a", config: "small")).lookups[0]
        #expect(state.state == .pending && state.error == refusal)
        table.take(LookupFetch(entries: [], refusal: SourceError(.rateLimited, "later still")))
        #expect(shown(table, row("a", config: "small")).lookups[0].error == refusal)
        table.take(LookupFetch(entries: [entry(key("small"), model: "m", at: 1)]))
        #expect(shown(table, row("b", config: "big")).lookups[0].error == nil)
    }

    @Test func entriesOfAnotherPlanAreNotRestored() {
        var table = table(Self.config)
        table.take(LookupFetch(entries: [entry(key("small"), model: "m", at: 0)]))
        let stored = table.stored
        #expect(stored.map(\.partition) == ["config"] && stored[0].rows.map(\.uid) == ["a/w/small/1"])
        let same = self.table(Self.config, restoring: stored)
        #expect(shown(same, row("a", config: "small")).model == "m")
        let changed = Lookup(
            name: "config", fields: ["model"], keyFields: Self.config.keyFields, lifetime: nil, plan: "p9")
        #expect(self.table(changed, restoring: stored).stored.isEmpty)
    }

    @Test func entriesOfARenamedSourceAreItsOwn() {
        var table = table(Self.config)
        table.take(LookupFetch(entries: [entry(key("small"), model: "m", at: 0)]))
        let renamed = LookupTable(
            of: ScriptedSource(.example("b"), lookups: [Self.config], fetches: []), restoring: table.stored)
        var row = row("a", config: "small")
        row.source = "b"
        #expect(shown(renamed, row).model == "m")
    }

    @Test func keysThatNoRowHasAreForgotten() {
        var table = table(Self.config)
        table.take(
            LookupFetch(entries: [
                entry(key("small"), model: "m", at: 0), entry(key("big"), model: "n", at: 0),
            ]))
        table.retain(for: [row("a", config: "big")])
        #expect(table.stored[0].rows.map(\.uid) == ["a/w/big/1"])
    }

    @Test func aProviderFillsTheRowOfItsDeploymentAndACompleteListSaysThatThereIsNone() {
        var table = table(Self.provider)
        var provider = ModelProvider(uid: "a/p", of: SharedSource(.example("a")))
        provider.deployment = "a/x"
        provider.hostURL = "https://h.example"
        let values: (ModelProvider, String) -> ModelDeployment? = { provider, _ in
            record("x") { $0.endpoint.baseURL = provider.hostURL }
        }
        #expect(shown(table, row("x")).lookups.map(\.state) == [.pending])
        table.join([provider], isComplete: false, at: time(1), values: values)
        #expect(shown(table, row("x")).endpoint.baseURL == "https://h.example")
        #expect(shown(table, row("y")).lookups.map(\.state) == [.pending])
        table.join([provider], isComplete: true, at: time(2), values: values)
        #expect(shown(table, row("x")).lookups.map(\.observedAt) == [time(1)])
        #expect(shown(table, row("y")).lookups.map(\.state) == [.ok])
        table.join([provider], isComplete: true, at: time(9), values: values)
        #expect(shown(table, row("y")).lookups.map(\.observedAt) == [time(2)])
        let source = ScriptedSource(.example("a"), lookups: [Self.provider], fetches: [])
        let continued = LookupTable(of: source, restoring: [], continuing: table)
        for name in ["x", "y"] {
            #expect(shown(continued, row(name)).lookups == shown(table, row(name)).lookups)
        }
        #expect(table.stored.isEmpty)
        #expect(table.wanted(by: [row("x")], at: time(9)) == [])
    }

    @Test func anEntryIsStoredAndReadBackEqual() throws {
        for entry in [
            entry(key("small"), model: "m", at: 3),
            entry(key("gone", 7), error: SourceError(.notFound, "HTTP 404"), at: 4),
        ] {
            #expect(try #require(LookupEntry(encoded: entry.encoded())) == entry)
        }
    }
}
