import Deployments
import Hummingbird
import NIOCore
import Synchronization
import Testing
import Upstream
import Wire

@testable import rollcall

/// Callers who want different things of one list, counted where it matters: at the platform.
@Suite(.timeLimit(.minutes(10))) struct CallerTests {
    /// A deploy-list of three rows that counts its requests, and holds its answers while it is told to.
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

    /// The number of callers that have their response.
    private final class Tally: Sendable {
        let count = Atomic<Int>(0)
        func add() { count.add(1, ordering: .relaxed) }
        var value: Int { count.load(ordering: .relaxed) }
    }

    private static let list = "/v1/deployments?sort=uid"
    private static let rows = ["deepinfra/a", "deepinfra/b", "deepinfra/c"]

    /// A gateway that asks by itself only once in an hour, and whose readers wait as long as it takes.
    private func withGateway(
        over upstream: HeldUpstream, _ body: (RunningGateway) async throws -> Void
    ) async throws {
        try await withServer(upstream.router, beforeEnd: { upstream.release() }) { base in
            var config = gatewayConfig(
                [try source("deepinfra", "deploy-list", base)], ttl: .seconds(3600))
            config.cache.set(.wait, to: .seconds(20))
            try await RollcallTests.withGateway(config) { gateway in
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
            // Its list is older than the least pause between two attempts now.
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
                // Five others were served while the first one waits, and nobody called for them.
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
        try await withGateway(over: upstream) { gateway in
            let answered = Tally()
            try await withThrowingTaskGroup(of: RunningGateway.Answer.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let answer = try await gateway.get(Self.list)
                        answered.add()
                        return answer
                    }
                }
                // Time for all of them to come: each of these is a complete exchange with the gateway.
                for _ in 0..<50 { _ = try await gateway.get("/healthz") }
                _ = try await gateway.get("/healthz") { _ in upstream.calls > 0 }
                #expect(answered.value == 0)
                #expect(upstream.calls == 1)
                upstream.release()
                for try await answer in group {
                    #expect(answer.response.status == 200)
                    #expect(answer.uids == Self.rows)
                    #expect(answer.json?["complete"]?.bool == true)
                    // It waited for the one fetch, as all the others.
                    #expect(answer.response.header("Cache-Status")?.contains("fwd=uri-miss") == true)
                }
            }
            #expect(upstream.calls == 1)
        }
    }

    @Test func fiftyDemandsAtOnceMakeTwoFetchesAtMost() async throws {
        let upstream = HeldUpstream(isHeld: false)
        try await withGateway(over: upstream) { gateway in
            _ = try await gateway.get(Self.list) { $0.standings == ["deepinfra fresh -"] }
            upstream.hold()
            try await withThrowingTaskGroup(of: RunningGateway.Answer.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await gateway.get(Self.list + "&max_age=0") }
                }
                for _ in 0..<20 { _ = try await gateway.get("/healthz") }
                _ = try await gateway.get("/healthz") { _ in upstream.calls > 1 }
                #expect(upstream.calls == 2)
                upstream.release()
                for try await answer in group {
                    #expect(answer.uids == Self.rows)
                    // On a busy machine some may have waited for all the time that a demand waits.
                    let source = answer.json?["sources"]?.elements.first
                    #expect([nil, "timeout"].contains(source?["demand"]?.string))
                }
            }
            // One for those who came before it began, one for all who came while it lasted.
            #expect((2...3).contains(upstream.calls))
        }
    }
}

extension RunningGateway.Answer {
    fileprivate var observedAt: String? { json?["sources"]?.elements.first?["observed_at"]?.string }
}
