import Adapters
import Deployments
import TestSupport
import Testing
import Upstream
import Wire

/// Retries: the failures that are retried, the pauses between attempts, and the deadline.
@Suite(.timeLimit(.minutes(10))) struct SendingTests {
    static let list = #"{"items": [{"id": "a"}]}"#
    static let billed = NimbusFile(
        more: """
            errors:
              code: $.code
              failed_when: exists($.code)
              rules: [{codes: [unpaid], is: billing}, {codes: [slow], is: rate_limited}]
            """)

    /// The outcome of one exchange, by its name: `list`, a status, or an error of the transport.
    private static func answer(
        _ name: String, headers: [(name: String, value: String)] = []
    ) throws -> UpstreamResponse {
        switch name {
        case "list": return .text(list)
        case "moved":
            var answer = UpstreamResponse.text("", status: 302)
            answer.redirect = UpstreamRequest(url: "https://nimbus.example/moved")
            return answer
        case "unpaid": return .text(#"{"code": "unpaid"}"#, status: 429, headers: headers)
        case "slow": return .text(#"{"code": "slow"}"#, headers: headers)
        case "html": return .text("<html>")
        case "unreachable": throw UpstreamError(code: .unreachable, detail: "nobody there")
        case "connecting": throw UpstreamError(code: .timedOut, detail: "too slow", isConnecting: true)
        case "timedOut": throw UpstreamError(code: .timedOut, detail: "too slow")
        case "tls": throw UpstreamError(code: .tls, detail: "not trusted")
        case "tooLarge": throw UpstreamError(code: .tooLarge, detail: "too large")
        case "badResponse": throw UpstreamError(code: .badResponse, detail: "no HTTP")
        case "cutOff":
            var error = UpstreamError(code: .badResponse, detail: "cut off")
            error.isCutOff = true
            throw error
        case "halfOfAList", "halfOfAString", "halfOfAPage":
            let body = [
                "halfOfAList": #"{"items": [{"id": "a"},"#, "halfOfAString": #"{"items": [{"id": "a]}"#,
            ]
            var answer = UpstreamResponse.text(body[name] ?? "<html><p", headers: headers)
            answer.isEndedByConnection = true
            return answer
        case "framed": return .text(#"{"items": [{"id": "a"},"#, headers: headers)
        case "refusedByProxy":
            var error = UpstreamError(code: .unreachable, detail: "407")
            error.isFinal = true
            throw error
        case "plaintext": throw UpstreamError(code: .plaintextRefused, detail: "http")
        default: return .text("{}", status: Int(name) ?? 0, headers: headers)
        }
    }

    /// Fetches with exchanges of these outcomes, the last one repeated.
    ///
    /// Returns the result, the number of requests and the pauses.
    private func fetch(
        _ words: [String], headers: [(name: String, value: String)] = [], random: Double = 0.5,
        deadline: Duration = .seconds(120),
        bind: @Sendable (inout SourceBinding) -> Void = { $0.retries = 2 }
    ) async throws -> (fetch: SourceFetch, requests: Int, pauses: [Duration]) {
        let clock = AdvancingClock(deadline: deadline)
        let sent = Shared(0)
        let transport = ScriptedTransport { _ in
            let number = sent.withLock { sent in
                sent += 1
                return sent
            }
            return try Self.answer(words[min(number, words.count) - 1], headers: headers)
        }
        let source = try Self.billed.source(
            transport,
            bind: {
                bind(&$0)
                $0.fetchDeadline = deadline
            }, now: { clock.moment }, retryPolicy: RetryPolicy(clock: clock) { random })
        let fetch = await source.fetch()
        #expect(fetch.calls == transport.requests.count)
        return (fetch, transport.requests.count, clock.pauses)
    }

    @Test(arguments: [
        (["500", "list"], [125]), (["503", "502", "list"], [125, 250]), (["unreachable", "list"], [125]),
        (["connecting", "500", "list"], [125, 250]),
    ])
    func aTransientFailureIsRetried(_ words: [String], _ pauses: [Int]) async throws {
        let outcome = try await fetch(words)
        #expect(outcome.fetch.rows.map(\.uid) == ["test/a"])
        #expect(outcome.requests == words.count)
        #expect(outcome.pauses == pauses.map { .milliseconds($0) })
    }

    @Test(arguments: [
        ("500", "server_error: HTTP 500"), ("unreachable", "unreachable: nobody there"),
        ("connecting", "timeout: too slow"),
    ])
    func aLastingFailureIsTriedThreeTimes(_ word: String, _ error: String) async throws {
        let outcome = try await fetch([word])
        #expect(outcome.fetch.errors.map(\.description) == [error])
        #expect(outcome.requests == 3)
    }

    @Test(arguments: [
        "400", "401", "402", "403", "404", "408", "409", "410", "413", "422", "429", "unpaid", "slow", "html",
        "timedOut", "tls", "tooLarge", "badResponse", "plaintext", "halfOfAPage", "framed", "refusedByProxy",
    ])
    func aFailureThatNoRetryFixesIsSentOnce(_ word: String) async throws {
        let outcome = try await fetch([word, "list"])
        #expect(outcome.fetch.errors.count == 1)
        #expect(outcome.requests == 1)
        #expect(outcome.pauses.isEmpty)
    }

    @Test(arguments: [
        (["cutOff", "list"], 2, []), (["cutOff", "500", "list"], 3, []), (["500", "cutOff", "list"], 3, []),
        (["cutOff", "cutOff", "list"], 2, ["bad_response: cut off"]),
        (["cutOff", "500", "cutOff", "list"], 3, ["bad_response: cut off"]),
        (["halfOfAList", "list"], 2, []),
        (["halfOfAString", "500", "list"], 3, []),
        (["cutOff", "halfOfAList", "list"], 2, ["bad_response: HTTP 200, but the body is cut off"]),
        (["halfOfAList", "cutOff", "list"], 2, ["bad_response: cut off"]),
    ])
    func aResponseThatIsCutOffIsRequestedOnceMore(
        _ words: [String], _ requests: Int, _ errors: [String]
    ) async throws {
        let outcome = try await fetch(words)
        #expect(outcome.requests == requests)
        #expect(outcome.fetch.errors.map(\.description) == errors)
    }

    @Test func aResponseThatIsCutOffIsNotRequestedAgainByASourceWithoutRetries() async throws {
        #expect(try await fetch(["cutOff", "list"]) { $0.retries = 0 }.requests == 1)
    }

    @Test(arguments: [0, 2]) func aMisdirectedRequestIsSentOnceMoreAtOnce(_ retries: Int) async throws {
        let outcome = try await fetch(["421", "list"]) { $0.retries = retries }
        #expect(outcome.fetch.rows.map(\.uid) == ["test/a"])
        #expect(outcome.requests == 2)
        #expect(outcome.pauses.isEmpty)
        let lasting = try await fetch(["421"]) { $0.retries = retries }
        #expect(lasting.fetch.errors.map(\.description) == ["rejected: HTTP 421"])
        #expect(lasting.requests == 2)
    }

    @Test func whatTheTransportSendsAgainCountsAndIsInTheBudget() async throws {
        let permitted = Shared<[Bool?]>([])
        let transport = ScriptedTransport { request in
            permitted.withLock { $0 += [request.mayResend?(), request.mayResend?()] }
            return .text(Self.list)
        }
        let budget = RequestBudget(.init(daily: 2))
        let fetch = try await Self.billed.source(transport, bind: { $0.budget = budget }).fetch()
        #expect(permitted.withLock { $0 } == [true, false])
        #expect(fetch.calls == 2)
        #expect(budget.left(at: .at(0)) == 0)
    }

    @Test(arguments: ["400", "401", "403", "unpaid"])
    func aRetryAfterMakesNoFailureTransient(_ word: String) async throws {
        let outcome = try await fetch([word, "list"], headers: [("retry-after", "1")])
        #expect(outcome.requests == 1)
    }

    @Test(arguments: ["429", "slow", "503"])
    func aRequestIsRetriedWhenThePlatformSays(_ word: String) async throws {
        let outcome = try await fetch([word, "list"], headers: [("retry-after", "7")])
        #expect(outcome.fetch.rows.count == 1)
        #expect(outcome.pauses == [.milliseconds(7125)])
    }

    @Test(arguments: ["429", "503"])
    func aTimeBeyondTheDeadlineIsNotWaitedFor(_ word: String) async throws {
        let outcome = try await fetch([word, "list"], headers: [("retry-after", "120")])
        #expect(outcome.requests == 1)
        #expect(outcome.pauses.isEmpty)
        #expect(outcome.fetch.errors.map(\.retryAfter) == [.seconds(120)])
    }

    @Test(arguments: [
        (0.0, [0, 0, 0, 0, 0, 0, 0]), (1.0, [250, 500, 1000, 2000, 4000, 5000, 5000]),
        (7.0, [250, 500, 1000, 2000, 4000, 5000, 5000]), (-.infinity, [0, 0, 0, 0, 0, 0, 0]),
    ])
    func thePauseIsRandomUpToACeilingThatGrows(_ random: Double, _ pauses: [Int]) async throws {
        let outcome = try await fetch(["500"], random: random) { $0.retries = 7 }
        #expect(outcome.requests == 8)
        #expect(outcome.pauses == pauses.map { .milliseconds($0) })
    }

    @Test func noPauseGoesPastTheDeadline() async throws {
        let outcome = try await fetch(["500"], random: 1, deadline: .seconds(180)) { $0.retries = 1000 }
        // 250 ms, 500 ms, 1 s, 2 s, 4 s, then 5 s each: 40 of them fit into 180 s.
        #expect(outcome.requests == 40)
        #expect(outcome.fetch.errors.map(\.description) == ["server_error: HTTP 500"])
    }

    @Test(arguments: [0, -3]) func aSourceMaySendNothingTwice(_ retries: Int) async throws {
        let outcome = try await fetch(["500", "list"]) { $0.retries = retries }
        #expect(outcome.requests == 1)
    }

    @Test func retriesTakeFromTheBudgetToo() async throws {
        let budget = RequestBudget(.init(daily: 2))
        let outcome = try await fetch(["500"]) {
            $0.retries = 2
            $0.budget = budget
        }
        #expect(outcome.requests == 2)
        #expect(budget.left(at: .at(0)) == 0)
        #expect(outcome.fetch.errors.map(\.errorClass) == [.rateLimited])
    }

    @Test func eachHopOfARedirectTakesFromTheBudget() async throws {
        let budget = RequestBudget(.init(daily: 3))
        let followed = try await fetch(["moved", "list"]) { $0.budget = budget }
        #expect(followed.fetch.calls == 2)
        #expect(followed.fetch.rows.map(\.uid) == ["test/a"])
        #expect(budget.left(at: .at(0)) == 1)
        let cutShort = try await fetch(["moved", "list"]) { $0.budget = budget }
        #expect(cutShort.fetch.calls == 1)
        #expect(cutShort.fetch.errors.map(\.errorClass) == [.rateLimited])
    }

    // MARK: The deadline of a fetch

    @Test func atTheDeadlineWhatIsNotListedFailsAndWhatIsListedStays() async throws {
        let clock = ManualClock()
        let transport = ScriptedTransport { request in
            if request.path.contains("slow") { try await clock.sleep(for: .seconds(9999)) }
            return .text(Self.list)
        }
        let source = try PartitionTests.file.source(
            transport,
            bind: {
                $0.inputs = ["regions": .list(["slow", "west"])]
                $0.fetchDeadline = .seconds(30)
            }, now: { Timestamp.epoch.advanced(by: clock.now.offset) },
            retryPolicy: RetryPolicy(clock: clock) { 0 })
        async let fetching = source.fetch()
        await clock.sleepers(atLeast: 2)
        // Once its request is sent, the other partition no longer checks for cancellation.
        while transport.requests.count < 2, !Task.isCancelled { await Task.yield() }
        clock.advance(by: .seconds(29))
        clock.advance(by: .seconds(1))
        let fetch = await fetching
        #expect(
            fetch.errors.map(\.description)
                == ["timeout: not listed within 30.0 seconds, the limit for a fetch of the source"])
        #expect(fetch.partitions.map(\.partition) == ["slow", "west"])
        #expect(fetch.rows.map(\.uid) == ["test/a"])
    }

    @Test func theDeadlineCountsFromTheStartOfTheFetch() async throws {
        let clock = ManualClock()
        let transport = ScriptedTransport { _ in
            try await clock.sleep(for: .seconds(9999))
            return .text(Self.list)
        }
        let file = NimbusFile(secrets: "{token: {about: A key.}}", auth: "{bearer: token}")
        let source = try file.source(
            transport,
            bind: {
                // The fetch has started when it reads its secrets.
                let token = BoundSecret(reference: "env KEY") {
                    clock.advance(by: .seconds(10))
                    return Secret("key")
                }
                $0.secrets = ["token": token]
                $0.fetchDeadline = .seconds(30)
            }, retryPolicy: RetryPolicy(clock: clock) { 0 })
        async let fetching = source.fetch()
        await clock.sleepers(atLeast: 2)
        clock.advance(by: .seconds(20))
        let fetch = await fetching
        #expect(
            fetch.errors.map(\.description)
                == ["timeout: not listed within 30.0 seconds, the limit for a fetch of the source"])
    }

    @Test func aCancelledFetchSaysSo() async throws {
        let clock = ManualClock()
        let transport = ScriptedTransport { _ in
            try await clock.sleep(for: .seconds(9999))
            return .text(Self.list)
        }
        let source = try NimbusFile().source(transport, retryPolicy: RetryPolicy(clock: clock) { 0 })
        let fetch = await withTaskGroup(of: SourceFetch.self) { group in
            group.addTask { await source.fetch() }
            await clock.sleepers(atLeast: 2)
            group.cancelAll()
            return await group.next()
        }
        #expect(fetch?.errors.map(\.description) == ["timeout: the fetch was canceled"])
    }
}
