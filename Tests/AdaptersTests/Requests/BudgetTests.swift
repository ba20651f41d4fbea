import Adapters
import Deployments
import TestSupport
import Testing
import Upstream
import Wire

/// Every request of a source takes from one budget, and none is sent without.
@Suite(.timeLimit(.minutes(10))) struct BudgetTests {
    static let file = NimbusFile(
        inputs: "{regions: {type: list, about: The regions., default: [west]}}",
        partitions: "{region: inputs.regions}", get: "/v1/{partition.region}",
        pages: "{by: token, parameter: at, next: $.next}")

    /// Serves five pages of one record each, and records the time of each request.
    private static func server(
        _ clock: AdvancingClock, arrivals: Shared<[Timestamp]>, headers: [(name: String, value: String)] = []
    ) -> ScriptedTransport {
        ScriptedTransport { request in
            arrivals.withLock { $0.append(clock.moment) }
            let page = request.query.first.flatMap { Int($0.dropFirst(3)) } ?? 0
            let next = page < 4 ? #""\#(page + 1)""# : "null"
            return .text(#"{"items": [{"id": "\#(page)"}], "next": \#(next)}"#, headers: headers)
        }
    }

    private struct BudgetHarness {
        let clock = AdvancingClock()
        let arrivals = Shared<[Timestamp]>([])
        let budget: RequestBudget
        let source: AdapterSource

        init(
            _ limits: RequestBudget.Limits, regions: [String] = ["west"],
            headers: [(name: String, value: String)] = []
        ) throws {
            let budget = RequestBudget(limits)
            self.budget = budget
            source = try BudgetTests.file.source(
                BudgetTests.server(clock, arrivals: arrivals, headers: headers),
                bind: {
                    $0.inputs = ["regions": .list(regions)]
                    $0.budget = budget
                    $0.fetchDeadline = .seconds(120)
                    $0.retries = 2
                }, now: { [clock] in clock.moment }, retryPolicy: RetryPolicy(clock: clock) { 0 })
        }

        var sentAt: [Timestamp] { arrivals.withLock { $0 } }
    }

    @Test func theDailyCeilingHoldsOverPages() async throws {
        let harness = try BudgetHarness(.init(daily: 3))
        let fetch = await harness.source.fetch()
        #expect(
            fetch.errors == [
                SourceError(
                    .rateLimited,
                    "the source's limit of 3 requests in 24 hours is used up; no request was sent; "
                        + "the next is allowed at 1970-01-02T00:01:00.000000Z",
                    retryAfter: .seconds(86_460))
            ])
        #expect(harness.sentAt.count == 3)
        #expect(fetch.calls == 3)
        #expect(harness.source.budget === harness.budget)
        #expect(harness.budget.left(at: .at(0)) == 0)
        let again = await harness.source.fetch()
        #expect(again.calls == 0)
        #expect(again.errors.map(\.errorClass) == [.rateLimited])
        harness.clock.advance(by: .seconds(86_460))
        #expect(await harness.source.fetch().calls == 3)
    }

    @Test func twoPartitionsShareOneBudget() async throws {
        let harness = try BudgetHarness(.init(daily: 7), regions: ["west", "east"])
        let fetch = await harness.source.fetch()
        #expect(harness.sentAt.count == 7)
        #expect(fetch.calls == 7)
        #expect(!fetch.errors.isEmpty)
        #expect(fetch.errors.allSatisfy { $0.errorClass == .rateLimited })
    }

    @Test func pagesWaitForTheRate() async throws {
        let harness = try BudgetHarness(.init(rate: 0.1, burst: 2))
        let fetch = await harness.source.fetch()
        #expect(fetch.errors.isEmpty)
        #expect(fetch.rows.count == 5)
        #expect(harness.sentAt == [.at(0), .at(0), .at(10), .at(20), .at(30)])
    }

    @Test func aRateThatTheDeadlineDoesNotWaitForEndsTheFetch() async throws {
        let harness = try BudgetHarness(.init(rate: 0.02, burst: 1))
        let fetch = await harness.source.fetch()
        #expect(harness.sentAt == [.at(0), .at(50), .at(100)])
        #expect(
            fetch.errors == [
                SourceError(
                    .rateLimited,
                    "the source's limit of 0.02 requests a second is used up; no request was sent; "
                        + "the next is allowed at 1970-01-01T00:02:30.000000Z", retryAfter: .seconds(50))
            ])
    }

    @Test func aProbeTakesFromTheSameBudget() async throws {
        let harness = try BudgetHarness(.init(daily: 2))
        #expect(try await harness.source.probe().map { try $0.result.get() } == [1])
        #expect(harness.budget.left(at: .at(0)) == 1)
        _ = await harness.source.probe()
        let refused = await harness.source.probe()
        #expect(throws: SourceError.self) { try refused.first?.result.get() }
        #expect(harness.sentAt.count == 2)
    }

    @Test func aWaitThatIsCancelledFreesItsPermit() async throws {
        let clock = ManualClock()
        let now = { @Sendable in Timestamp.epoch.advanced(by: clock.now.offset) }
        let transport = ScriptedTransport { _ in .text(#"{"items": []}"#) }
        let source = try NimbusFile().source(
            transport,
            bind: {
                $0.concurrency = 1
                $0.budget = RequestBudget(.init(rate: 0.02, burst: 1))
            }, now: now, retryPolicy: RetryPolicy(clock: clock) { 0 })
        #expect(await source.fetch().errors.isEmpty)
        let given = await withTaskGroup(of: SourceFetch.self) { group in
            group.addTask { await source.fetch() }
            // The deadline's sleeper, and the request that waits for the rate with the only permit.
            await clock.sleepers(atLeast: 2)
            group.cancelAll()
            return await group.next()
        }
        #expect(given?.errors.map(\.description) == ["timeout: the fetch was canceled"])
        #expect(given?.calls == 0)
        clock.advance(by: .seconds(50))
        #expect(await source.fetch().errors.isEmpty)
        #expect(transport.requests.count == 2)
    }

    // MARK: Limits that platforms state

    @Test func theNextPageWaitsUntilThereIsSomethingLeft() async throws {
        let harness = try BudgetHarness(
            .init(), headers: [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "20")])
        #expect(await harness.source.fetch().rows.count == 5)
        #expect(harness.sentAt == [0, 20, 40, 60, 80].map { .at($0) })
    }

    @Test func aPauseBeyondTheDeadlineHoldsTheWholeSourceForAnHourAtMost() async throws {
        let clock = AdvancingClock()
        let isBusy = Shared(true)
        let transport = ScriptedTransport { _ in
            isBusy.withLock { $0 }
                ? .text("{}", status: 429, headers: [("retry-after", "99999")]) : .text(#"{"items": []}"#)
        }
        let source = try NimbusFile().source(
            transport, bind: { ($0.retries, $0.fetchDeadline) = (2, .seconds(120)) },
            now: { clock.moment }, retryPolicy: RetryPolicy(clock: clock) { 0 })
        #expect(
            await source.fetch().errors.map(\.message) == [
                "HTTP 429; the platform requested a pause of 99999 s, of which 3600 s are observed"
            ])
        isBusy.withLock { $0 = false }
        let held = await source.fetch()
        #expect(
            held.errors == [
                SourceError(
                    .rateLimited,
                    "the platform requested a pause of 3600 s; no request was sent; "
                        + "the next is allowed at 1970-01-01T01:00:00.000000Z", retryAfter: .seconds(3600))
            ])
        #expect(held.calls == 0)
        #expect(source.budget.earliestStart(of: 1, at: clock.moment) == .at(3600))
        clock.advance(by: .seconds(3600))
        #expect(await source.fetch().errors.isEmpty)
        #expect(transport.requests.count == 2)
    }

    /// Headers, and the milliseconds for which they hold the source back.
    ///
    /// The clock stands at 1,000,000,002 s.
    @Test(
        arguments: [
            ([("ratelimit", #""default";r=0;t=30"#)], 30_000),
            ([("ratelimit", #""default";r=50;t=30"#)], 0),
            ([("ratelimit", #""a";r=5;t=9, "b";r=0;t=40 ,"c;r=0;t=80";r=1"#)], 40_000),
            ([("ratelimit", "\"a\";r=1;t=9"), ("ratelimit", "b; r=0 ; t=7")], 7000),
            ([("ratelimit", #""day";r=0"#), ("ratelimit-policy", #""day";q=9;w=60"#)], 60_000),
            ([("ratelimit", #""day";r=0"#), ("ratelimit-policy", #""night";q=9;w=60"#)], 0),
            ([("ratelimit", "limit=10, remaining=0, reset=12")], 12_000),
            ([("ratelimit", "limit=10, remaining=1, reset=12")], 0),
            ([("ratelimit", #""x";r=0;t=999999999999"#)], 3_600_000),
            ([("ratelimit", #""x";r=0;t=9999999999999999999999"#)], 0),
            ([("ratelimit", #""x";r=0;t=-5"#)], 0), ([("ratelimit", #""x";r=-0;t=5"#)], 0),
            ([("ratelimit", #""x";r=0;t"#)], 0), ([("ratelimit", #"";=;,,="#)], 0),
            ([("ratelimit", "\"\\")], 0),
            ([("ratelimit-remaining", "0"), ("ratelimit-reset", "5")], 5000),
            ([("ratelimit-remaining", "3"), ("ratelimit-reset", "5")], 0),
            ([("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1000000062")], 60_000),
            ([("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1000000062000")], 60_000),
            ([("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1000000001")], 0),
            ([("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1.5")], 1500),
            ([("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2001-09-09T01:47:02Z")], 20_000),
            ([("x-ratelimit-remaining", "0")], 0), ([("x-ratelimit-reset", "9")], 0),
            ([("x-ratelimit-remaining", "-1"), ("x-ratelimit-reset", "9")], 0),
            ([("x-ratelimit-remaining", "0, 5"), ("x-ratelimit-reset", "9")], 0),
            ([("x-ratelimit-remaining", "none"), ("x-ratelimit-reset", "9")], 0),
            ([("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "soon")], 0),
            ([("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1e300")], 0),
            ([("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1s")], 1000),
            ([("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "6m0s")], 360_000),
            (
                [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "59m3.5s")],
                3_543_500
            ),
            (
                [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1h2m3.5s")],
                3_600_000
            ),
            ([("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "120ms")], 120),
            ([("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "9d")], 3_600_000),
            ([("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "6m0")], 0),
            ([("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "m")], 0),
            ([("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "٣s")], 0),
            ([("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "9s")], 0),
            ([("retry-after", "9")], 0),
        ] as [([(String, String)], Int)])
    func whatIsLeftIsReadInEveryForm(_ headers: [(String, String)], _ milliseconds: Int) async throws {
        let now = Timestamp.at(1_000_000_002)
        let transport = ScriptedTransport { _ in
            .text(#"{"items": []}"#, headers: headers.map { (name: $0.0, value: $0.1) })
        }
        let source = try NimbusFile().source(transport, now: { now })
        #expect(await source.fetch().errors.isEmpty)
        let wait = source.budget.earliestStart(of: 1, at: now).since(now)
        // A reset given as an instant passes through a double.
        #expect((wait - .milliseconds(milliseconds)).magnitude <= .microseconds(1), "\(wait)")
    }
}

extension Duration {
    fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
