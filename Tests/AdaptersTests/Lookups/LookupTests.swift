import Deployments
import Synchronization
import TestSupport
import Testing
import Upstream
import Wire

@testable import Adapters

/// Secondary requests for single rows, as an adapter file describes them.
@Suite(.timeLimit(.minutes(10))) struct LookupTests {
    private func file(_ lookups: String, fields: String = "{name: $.name, workspace: $.ws, config: $.cfg}")
        -> NimbusFile
    {
        var file = NimbusFile()
        file.fields = fields
        file.more = "lookups:\n" + lookups
        return file
    }

    private var plain: NimbusFile {
        file(
            """
              config:
                get: /v1/spaces/{row.workspace}/configs/{row.config}
                once: true
                fields: {model: $.model, accelerator.per_replica: $.gpus, engine: $.engine}
                never: [$.env]
            """)
    }

    private func key(_ values: String...) -> LookupKey { LookupKey(lookup: "config", values: values) }

    @Test func aFileSaysWhichFieldsHangOnALookupAndWhatItsKeyIs() throws {
        let source = try plain.source(ScriptedTransport { _ in .text("{}") })
        let lookup = try #require(source.lookups.first)
        #expect(lookup.name == "config" && lookup.lifetime == nil && lookup.origin == .request)
        #expect(lookup.fields == ["model", "accelerator.per_replica", "engine"])
        #expect(lookup.keyFields == ["workspace", "config"])
    }

    @Test func oneRequestIsSentForEachKeyWithItsPartsEncoded() async throws {
        let transport = ScriptedTransport { _ in .text(#"{"model": "m", "gpus": "8", "engine": 5}"#) }
        let source = try plain.source(transport)
        let fetch = await source.lookUp([key("w", "a/b c?"), key("w", "d")])
        #expect(
            transport.requests.map(\.url).sorted() == [
                "https://api.nimbus.example/cloud/v1/spaces/w/configs/a%2Fb%20c%3F",
                "https://api.nimbus.example/cloud/v1/spaces/w/configs/d",
            ])
        #expect(fetch.calls == 2 && fetch.refusal == nil)
        #expect(fetch.entries.map(\.uid).sorted() == ["test/w/a%2Fb%20c%3F", "test/w/d"])
        let values = try #require(fetch.entries.first?.values)
        #expect(values.model == "m" && values.accelerator.perReplica == 8 && values.engine == "5")
    }

    @Test func aFieldThatCannotBeReadIsToldWithItsValue() async throws {
        let transport = ScriptedTransport { _ in .text(#"{"model": "m", "gpus": "many"}"#) }
        let fetch = await (try plain.source(transport)).lookUp([key("w", "c")])
        let entry = try #require(fetch.entries.first)
        #expect(entry.error == nil && entry.values?.model == "m")
        #expect(entry.values?.unread == ["accelerator.per_replica"])
        #expect(entry.unreadValues == ["accelerator.per_replica": "many"])
    }

    @Test(arguments: [
        (404, SourceError.Class.notFound), (500, .serverError), (403, .permission), (400, .rejected),
    ])
    func anErrorAboutOneKeyIsItsOutcomeAndTheOthersGoOn(
        _ status: Int, _ errorClass: SourceError.Class
    ) async throws {
        let transport = ScriptedTransport { request in
            .text(#"{"model": "m"}"#, status: request.url.hasSuffix("/bad") ? status : 200)
        }
        let fetch = await (try plain.source(transport)).lookUp([key("w", "bad"), key("w", "good")])
        #expect(fetch.refusal == nil)
        let outcomes = Dictionary(uniqueKeysWithValues: fetch.entries.map { ($0.uid, $0) })
        #expect(outcomes["test/w/bad"]?.error?.errorClass == errorClass)
        #expect(outcomes["test/w/bad"]?.values == nil)
        #expect(outcomes["test/w/good"]?.values?.model == "m")
    }

    @Test(arguments: [(401, SourceError.Class.auth), (429, .rateLimited)])
    func anErrorAboutAllKeysEndsTheRound(_ status: Int, _ errorClass: SourceError.Class) async throws {
        let transport = ScriptedTransport { _ in .text("{}", status: status) }
        let keys = (0..<50).map { key("w", "\($0)") }
        let fetch = await (try plain.source(transport)).lookUp(keys)
        #expect(fetch.refusal?.errorClass == errorClass)
        #expect(fetch.entries == [] && fetch.calls < 50)
    }

    @Test func aKeyWithoutAnAnswerIsItsOutcomeAndThreeInARowEndTheRound() async throws {
        let transport = ScriptedTransport { request in
            if request.url.contains("/bad") { throw UpstreamError(code: .timedOut, detail: "late") }
            return .text(#"{"model": "m"}"#)
        }
        let source = try plain.source(transport) { $0.concurrency = 1 }
        let mixed = await source.lookUp(["bad1", "good1", "bad2", "good2", "bad3"].map { key("w", $0) })
        #expect(mixed.refusal == nil)
        #expect(mixed.entries.map { $0.error?.errorClass } == [.timeout, nil, .timeout, nil, .timeout])
        let away = await source.lookUp((1...9).map { key("w", "bad\($0)") })
        #expect(away.refusal?.errorClass == .timeout)
        #expect(away.entries.count == 3 && away.calls == 3)
    }

    @Test(arguments: ["[]", "3", "not json", ""])
    func anAnswerThatIsNoObjectIsABadAnswer(_ body: String) async throws {
        let fetch = await (try plain.source(ScriptedTransport { _ in .text(body) })).lookUp([key("w", "a")])
        #expect(fetch.entries.map(\.error?.errorClass) == [.badResponse])
    }

    @Test(arguments: [".", ".."])
    func aPartThatAPathWouldLoseIsNotRequested(_ part: String) async throws {
        let transport = ScriptedTransport { _ in .text("{}") }
        let fetch = await (try plain.source(transport)).lookUp([key("w", part)])
        #expect(transport.requests.isEmpty && fetch.entries.map(\.error?.errorClass) == [.config])
    }

    @Test func lookupsUseAtMostHalfOfWhatListsLeaveOfADay() async throws {
        let transport = ScriptedTransport { request in
            .text(request.url.contains("configs") ? #"{"model": "m"}"# : #"{"items": []}"#)
        }
        let budget = RequestBudget(.init(daily: 11))
        let source = try plain.source(transport) { $0.budget = budget }
        _ = await source.fetch()
        let fetch = await source.lookUp((0..<20).map { key("w", "\($0)") })
        #expect(fetch.entries.count == 5)
        #expect(fetch.refusal?.errorClass == .rateLimited)
        #expect(budget.left(at: .epoch) == 5)
    }

    @Test func noLookupIsSentWhileAListIsFetched() async throws {
        let (waiting, opened) = AsyncStream<Void>.makeStream()
        let transport = ScriptedTransport { request in
            if request.url.contains("configs") { return .text(#"{"model": "m"}"#) }
            for await _ in waiting { break }
            return .text(#"{"items": []}"#)
        }
        let source = try plain.source(transport)
        async let list = source.fetch()
        while transport.requests.isEmpty { await Task.yield() }
        let meanwhile = await source.lookUp([key("w", "a")])
        #expect(meanwhile.entries == [] && meanwhile.refusal == nil && meanwhile.calls == 0)
        opened.yield()
        #expect(await list.calls == 1)
        #expect(await source.lookUp([key("w", "a")]).entries.count == 1)
    }

    /// A burst of one request in ten seconds, which the first lookup has used: the second one waits for the next.
    @Test func aLookupThatWaitsForTheBudgetGivesWayToAList() async throws {
        let clock = ManualClock()
        let answers = Mutex([String]())
        let transport = ScriptedTransport { request in
            let isLookup = request.url.contains("configs")
            answers.withLock { $0.append(isLookup ? "lookup" : "list") }
            return .text(isLookup ? #"{"model": "m"}"# : #"{"items": []}"#)
        }
        let budget = RequestBudget(.init(rate: 0.1, burst: 1))
        var policy = RetryPolicy.live
        policy.clock = clock
        let source = try plain.source(
            transport,
            bind: { binding in
                binding.concurrency = 1
                binding.budget = budget
            }, now: { .epoch.advanced(by: clock.now.offset) }, retryPolicy: policy)
        async let round = source.lookUp([key("w", "a"), key("w", "b")])
        // The deadline of the round, and the lookup that waits.
        await clock.sleepers(atLeast: 2)
        #expect(answers.withLock { $0 } == ["lookup"])
        async let list = source.fetch()
        await clock.sleepers(atLeast: 3)
        clock.advance(by: .seconds(10))
        #expect(await list.calls == 1)
        let found = await round
        #expect(found.entries.map(\.uid) == ["test/w/a"] && found.refusal == nil && found.calls == 1)
        #expect(answers.withLock { $0 } == ["lookup", "list"])
        #expect(budget.sentInLastDay(at: .at(10)) == [.init(minute: .epoch, count: 2, lookups: 1)])
    }

    /// Each lookup takes four seconds, and the list is due at second 100.
    @Test(arguments: [(1, 3), (2, 5)])
    func aSourceThatSendsOneRequestAtATimeLooksUpNothingRightBeforeAList(
        _ concurrency: Int, _ count: Int
    ) async throws {
        let clock = ManualClock()
        let transport = ScriptedTransport { _ in
            clock.advance(by: .seconds(4))
            return .text(#"{"model": "m"}"#)
        }
        var policy = RetryPolicy.live
        policy.clock = clock
        let source = try plain.source(
            transport, bind: { $0.concurrency = concurrency },
            now: { .epoch.advanced(by: .seconds(86) + clock.now.offset) }, retryPolicy: policy)
        #expect(source.budget.expectList(at: .at(100), at: .epoch))
        // Lookups begin at second 86, 90 and 94; the next one would end at second 102.
        let found = await source.lookUp((0..<5).map { key("w", "\($0)") })
        #expect(found.entries.count == count && found.refusal == nil)
    }

    private static let problems: [(lookups: String, problem: String)] = [
        (
            "  c: {get: \"https://other.example/{row.name}\", fields: {model: $.m}}",
            "must be a path that begins with / or with an input of type path, not `https://other.example/{row.name}`"
        ),
        ("  c: {get: /v1/x, fields: {model: $.m}}", "names no field of the row, such as {row.name}"),
        ("  c: {get: \"/v1/{row.name}\", fields: {config: $.m}}", "reads `config`, which `fields` reads too"),
        (
            "  c: {get: \"/v1/{row.nam}\", fields: {model: $.m}}",
            "there is no `{row.nam}`; did you mean `{row.name}`?"
        ),
        (
            "  c: {get: \"/v1/{row.name}\", fields: {model: $.m}, never: [$.m]}",
            "reads $.m, which `never` forbids"
        ),
        (
            "  c: {get: \"/v1/{row.name}\", once: true, ttl: 5m, fields: {model: $.m}}",
            "what is looked up `once` has no `ttl`"
        ),
        (
            "  c: {get: \"/v1/{row.name}\", ttl: 1s, fields: {model: $.m}}", "lookups.c.ttl: must be"
        ),
        ("  c: {from: providers, fields: {model: $.name}}", "needs the section `providers`"),
        ("  c: {from: elsewhere, fields: {model: $.name}}", "must be one of providers"),
        ("  c: {get: \"/v1/{row.name}\", fields: {status: $.m}}", "is set by the section `status`"),
    ]

    @Test(arguments: problems)
    func aMistakeIsRefusedAtLoad(_ lookups: String, _ problem: String) {
        #expect(throws: (any Error).self) { try file(lookups).manifest() }
        do { _ = try file(lookups).manifest() } catch { #expect("\(error)".contains(problem), "\(error)") }
    }
}
