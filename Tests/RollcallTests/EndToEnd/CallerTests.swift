import Deployments
import Hummingbird
import NIOCore
import Synchronization
import Testing
import Upstream
import Wire

@testable import rollcall

/// Callers with different demands on one list; requests are counted at the platform.
@Suite(.timeLimit(.minutes(10))) struct CallerTests {
    /// A deploy-list of three rows that counts its requests and can hold its answers.
    private final class HeldUpstream: Sendable {
        private struct State {
            var calls = 0
            var isHeld: Bool
            var waiting: [CheckedContinuation<Void, Never>] = []
        }

        private let state: Mutex<State>

        init(isHeld: Bool) { state = Mutex(State(isHeld: isHeld)) }

        var calls: Int { state.withLock(\.calls) }

        func hold() { state.withLock { $0.isHeld = true } }

        func release() {
            let waiting = state.withLock { state in
                defer { (state.isHeld, state.waiting) = (false, []) }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        var router: Router<BasicRequestContext> {
            let router = Router(context: BasicRequestContext.self)
            router.get("deploy/list") { _, _ in
                await self.admit()
                let rows = ["a", "b", "c"].map { #"{"deploy_id":"\#($0)","status":"running"}"# }
                let body = ByteBuffer(string: "[\(rows.joined(separator: ","))]")
                return Response(status: .ok, body: ResponseBody(byteBuffer: body))
            }
            return router
        }

        private func admit() async {
            await withCheckedContinuation { continuation in
                let isHeld = state.withLock { state in
                    state.calls += 1
                    if state.isHeld { state.waiting.append(continuation) }
                    return state.isHeld
                }
                if !isHeld { continuation.resume() }
            }
        }
    }

    /// A number of callers.
    private final class Tally: Sendable {
        let count = Atomic<Int>(0)
        func add() { count.add(1, ordering: .relaxed) }
        var value: Int { count.load(ordering: .relaxed) }
    }

    /// Counts the callers that have arrived: each has seen the lists as they are, and waits if it has to.
    private struct CountedFreshness: Freshness {
        let base: any Freshness
        let arrived: Tally

        func read(_ sources: [String], demand: Demand) async -> [String: UnmetDemand] {
            arrived.add()
            return await base.read(sources, demand: demand)
        }

        func refresh(_ source: String) async -> RefreshOutcome? { await base.refresh(source) }
    }

    private static let list = "/v1/deployments?sort=uid"
    private static let rows = ["deepinfra/a", "deepinfra/b", "deepinfra/c"]

    /// Runs `body` with a gateway that fetches by itself once an hour and lets readers wait up to 20 s.
    private func withGateway(
        over upstream: HeldUpstream, counting arrived: Tally = Tally(),
        _ body: (RunningGateway) async throws -> Void
    ) async throws {
        try await withServer(upstream.router, beforeEnd: { upstream.release() }) { base in
            var config = gatewayConfig(
                [try source("deepinfra", "deploy-list", base)], ttl: .seconds(3600))
            config.cache.set(.wait, to: .seconds(20))
            try await RollcallTests.withGateway(
                config, freshness: { CountedFreshness(base: $0, arrived: arrived) }
            ) { gateway in
                defer { upstream.release() }
                try await body(gateway)
            }
        }
    }

    @Test func aCallerWhoDemandsWaitsAndAnotherIsServedMeanwhile() async throws {
        let upstream = HeldUpstream(isHeld: false)
        try await withGateway(over: upstream) { gateway in
            let first = try await gateway.get(Self.list) { $0.standings == ["deepinfra fresh -"] }
            #expect(upstream.calls == 1)
            // Its list is now older than `min_interval`, 10 ms.
            let clock = ContinuousClock()
            try await clock.sleep(for: .milliseconds(15))
            upstream.hold()
            let answered = Tally()
            try await withThrowingTaskGroup(of: RunningGateway.Answer.self) { group in
                group.addTask {
                    let answer = try await gateway.get(Self.list + "&max_age=0")
                    answered.add()
                    return answer
                }
                _ = try await gateway.get("/healthz") { _ in upstream.calls == 2 }
                for _ in 0..<5 {
                    let other = try await gateway.get(Self.list)
                    #expect(other.uids == Self.rows)
                    #expect(other.observedAt == first.observedAt)
                    #expect(other.json?["fresh"]?.bool == true)
                    #expect(other.response.header("Cache-Status")?.contains("; hit") == true)
                }
                // Five others were served while the first one waits, and no request was made for them.
                #expect(answered.value == 0)
                #expect(upstream.calls == 2)
                upstream.release()
                let answer = try #require(await group.next())
                #expect(answer.uids == Self.rows)
                #expect(answer.observedAt ?? "" > first.observedAt ?? "~")
                #expect(answer.json?["fresh"]?.bool == true)
                #expect(answer.response.header("Cache-Status")?.contains("fwd=request") == true)
            }
            #expect(upstream.calls == 2)
        }
    }

    @Test func fiftyFirstRequestsAtOnceMakeOneFetch() async throws {
        let upstream = HeldUpstream(isHeld: true)
        let arrived = Tally()
        try await withGateway(over: upstream, counting: arrived) { gateway in
            let answered = Tally()
            try await withThrowingTaskGroup(of: RunningGateway.Answer.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let answer = try await gateway.get(Self.list)
                        answered.add()
                        return answer
                    }
                }
                try await poll(until: "50 callers wait") { arrived.value >= 50 && upstream.calls > 0 }
                #expect(answered.value == 0)
                #expect(upstream.calls == 1)
                upstream.release()
                for try await answer in group {
                    #expect(answer.response.status == 200)
                    #expect(answer.uids == Self.rows)
                    #expect(answer.json?["complete"]?.bool == true)
                    // It waited for the one fetch, like all the others.
                    #expect(answer.response.header("Cache-Status")?.contains("fwd=uri-miss") == true)
                }
            }
            #expect(upstream.calls == 1)
        }
    }

    @Test func fiftyDemandsAtOnceMakeTwoFetchesAtMost() async throws {
        let upstream = HeldUpstream(isHeld: false)
        let arrived = Tally()
        try await withGateway(over: upstream, counting: arrived) { gateway in
            _ = try await gateway.get(Self.list) { $0.standings == ["deepinfra fresh -"] }
            let before = arrived.value
            upstream.hold()
            try await withThrowingTaskGroup(of: RunningGateway.Answer.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await gateway.get(Self.list + "&max_age=0") }
                }
                try await poll(until: "50 callers wait") {
                    arrived.value >= before + 50 && upstream.calls > 1
                }
                #expect(upstream.calls == 2)
                upstream.release()
                for try await answer in group {
                    #expect(answer.uids == Self.rows)
                    // On a busy machine some may have waited for the maximum time of a demand.
                    let source = answer.json?["sources"]?.elements.first
                    #expect([nil, "timeout"].contains(source?["demand"]?.string))
                }
            }
            // One fetch for demands from before it began, one for all that came while it lasted.
            #expect((2...3).contains(upstream.calls))
        }
    }
}

extension RunningGateway.Answer {
    fileprivate var observedAt: String? { json?["sources"]?.elements.first?["observed_at"]?.string }
}
