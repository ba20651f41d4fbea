import Adapters
import Deployments
import TestSupport
import Testing
import Upstream
import Wire

/// What the sources of one gateway share: their hosts' patience, and the memory for answers.
@Suite(.timeLimit(.minutes(10))) struct SharedLimitTests {
    static let list = #"{"items": [{"id": "a"}]}"#

    /// A transport whose requests wait until they are let go.
    private final class Gate: HTTPTransport {
        private let state = Shared((inFlight: 0, most: 0, isOpen: false, hosts: Set<String>()))

        var inFlight: Int { state.withLock { $0.inFlight } }
        var most: Int { state.withLock { $0.most } }

        func open() { state.withLock { $0.isOpen = true } }

        func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
            state.withLock { state in
                state.inFlight += 1
                state.most = max(state.most, state.inFlight)
            }
            while !Task.isCancelled, !state.withLock({ $0.isOpen }) { await Task.yield() }
            state.withLock { $0.inFlight -= 1 }
            try Task.checkCancellation()
            return .text(SharedLimitTests.list)
        }
    }

    private func source(
        _ transport: any HTTPTransport, host: String = "api", limits: SharedLimits,
        bind: (inout SourceBinding) -> Void = { _ in }, clock: any Clock<Duration> = ManualClock()
    ) throws -> AdapterSource {
        var binding = SourceBinding(
            description: .example("test"), baseURL: "https://\(host).nimbus.example/cloud", retries: 0)
        bind(&binding)
        return try AdapterSource(
            manifest: NimbusFile().manifest(), binding: binding, transport: transport,
            now: { Timestamp(microseconds: 0) }, retryPolicy: RetryPolicy(clock: clock) { 0.5 },
            limits: limits)
    }

    @Test(arguments: [(50, 4, 16), (50, 30, 30), (5, 4, 5)])
    func allSourcesOfAHostTogetherSendOnlySoManyRequestsAtATime(
        _ count: Int, _ concurrency: Int, _ most: Int
    ) async throws {
        let (gate, limits) = (Gate(), SharedLimits())
        let sources = try (0..<count).map { _ in
            try source(gate, limits: limits, bind: { $0.concurrency = concurrency })
        }
        await withTaskGroup(of: Int.self) { group in
            for source in sources { group.addTask { await source.fetch().rows.count } }
            while gate.inFlight < most { await Task.yield() }
            gate.open()
            #expect(await group.reduce(0, +) == count)
        }
        #expect(gate.most == most)
    }

    @Test func otherHostsDoNotWait() async throws {
        let (gate, limits) = (Gate(), SharedLimits(hostWidth: 1))
        let sources = try ["a", "b", "c"].map {
            try source(gate, host: $0, limits: limits, bind: { $0.concurrency = 1 })
        }
        await withTaskGroup(of: Int.self) { group in
            for source in sources { group.addTask { await source.fetch().rows.count } }
            while gate.inFlight < 3 { await Task.yield() }
            gate.open()
            #expect(await group.reduce(0, +) == 3)
        }
    }

    @Test func theDeadlineOfAFetchStandsStillWhileItWaitsForTheOthers() async throws {
        let clock = ManualClock()
        let limits = SharedLimits(answerBytes: 1 << 20)
        let held = try await limits.answers.share(of: 1 << 20)
        let gate = Gate()
        let source = try source(gate, limits: limits, bind: { $0.fetchDeadline = .seconds(10) }, clock: clock)
        let fetch = await withTaskGroup(of: SourceFetch?.self) { group in
            group.addTask { await source.fetch() }
            while limits.answers.waiting == 0 { await Task.yield() }
            await clock.sleepers(atLeast: 1)
            // Twice the deadline passes in line.
            clock.advance(by: .seconds(20))
            await clock.sleepers(atLeast: 1)
            held.settle(at: 0)
            while gate.inFlight == 0 { await Task.yield() }
            clock.advance(by: .seconds(9))
            gate.open()
            return await group.next() ?? nil
        }
        #expect(fetch?.rows.map(\.uid) == ["test/a"])
    }

    @Test func aFetchWaitsForTheOthersAtMostTwiceItsDeadline() async throws {
        let clock = ManualClock()
        let limits = SharedLimits(answerBytes: 1 << 20)
        let held = try await limits.answers.share(of: 1 << 20)
        let source = try source(
            Gate(), limits: limits, bind: { $0.fetchDeadline = .seconds(10) }, clock: clock)
        async let fetch = source.fetch()
        while limits.answers.waiting == 0 { await Task.yield() }
        for _ in 0..<3 {
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .seconds(10))
        }
        #expect(await fetch.errors.map(\.errorClass) == [.timeout])
        held.settle(at: 0)
    }

    @Test func aRequestThatWaitsForTheOthersTakesNothingFromTheBudget() async throws {
        let limits = SharedLimits(answerBytes: 1 << 20)
        let held = try await limits.answers.share(of: 1 << 20)
        let (gate, budget) = (Gate(), RequestBudget(.init(daily: 5)))
        gate.open()
        let source = try source(gate, limits: limits, bind: { $0.budget = budget })
        let cancelled = Task { await source.fetch() }
        while limits.answers.waiting == 0 { await Task.yield() }
        #expect(budget.left(at: .epoch) == 5)
        cancelled.cancel()
        #expect(await cancelled.value.calls == 0 && budget.left(at: .epoch) == 5)
        async let fetch = source.fetch()
        while limits.answers.waiting == 0 { await Task.yield() }
        // A pause that the platform requests meanwhile holds for it too.
        budget.pause(for: .seconds(3600), at: .epoch)
        held.settle(at: 0)
        let refused = await fetch
        #expect(refused.errors.map(\.errorClass) == [.rateLimited])
        #expect(refused.calls == 0 && budget.left(at: .epoch) == 5)
    }

    @Test func theDeadlineCountsOnceTheRequestIsSent() async throws {
        let clock = ManualClock()
        let source = try source(
            Gate(), limits: SharedLimits(), bind: { $0.fetchDeadline = .seconds(10) }, clock: clock)
        async let fetch = source.fetch()
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(10))
        let errors = await fetch.errors.map(\.description)
        #expect(errors == ["timeout: not listed within 10.0 seconds, the limit for a fetch of the source"])
    }

    @Test func anAnswerThatFindsNoMemoryIsRequestedOnceMoreWhenItsLargestSizeIsFree() async throws {
        let limits = SharedLimits(answerBytes: 1 << 20)
        var held: AnswerShare? = try await limits.answers.share(of: 700_000)
        let transport = ScriptedTransport { request in
            guard request.mayReceive?(900_000) == true else {
                var error = UpstreamError(code: .tooLarge, detail: "no memory")
                error.lacksRoom = true
                throw error
            }
            return .text(Self.list)
        }
        let source = try source(transport, limits: limits)
        let fetch = await withTaskGroup(of: SourceFetch?.self) { group in
            group.addTask { await source.fetch() }
            // In line with the body limit, which is larger than the budget.
            while limits.answers.waiting == 0 { await Task.yield() }
            #expect(transport.requests.count == 1 && held != nil)
            held = nil
            return await group.next() ?? nil
        }
        #expect(fetch?.rows.map(\.uid) == ["test/a"] && fetch?.calls == 2)
        #expect(limits.answers.used == 0)
    }

    @Test func theMemoryOfAnAnswerIsFreeOnceItsRecordsAreMapped() async throws {
        let limits = SharedLimits()
        let source = try source(ScriptedTransport { _ in .text(Self.list) }, limits: limits)
        #expect(await source.fetch().rows.count == 1)
        #expect(limits.answers.used == 0)
    }

    @Test(
        arguments: [
            (3, ["test/a", "test/b", "test/c"], nil), (2, [], "too_large"), (1, [], "too_large"),
        ] as [(Int, [String], String?)])
    func recordsAreCountedBeforeAnyIsRead(
        _ limit: Int, _ rows: [String], _ error: String?
    ) async throws {
        // The last one has a text where a number belongs: drift tells if it was read.
        let body = #"{"items": [{"id": "a"}, {"id": "b", "ready": "x"}, {"id": "c"}]}"#
        let source = try source(
            ScriptedTransport { _ in .text(body) }, limits: SharedLimits(), bind: { $0.maximumRows = limit })
        let fetch = await source.fetch()
        #expect(fetch.rows.map(\.uid) == rows)
        #expect(fetch.errors.first?.errorClass.rawValue == error)
        #expect(fetch.drift.isEmpty == (error != nil))
        if error != nil {
            #expect(
                fetch.errors.first?.message
                    == "the list has more records than `upstream.limits.rows` allows: \(limit)")
        }
    }
}
