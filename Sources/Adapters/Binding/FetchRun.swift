import Deployments
import Synchronization
import Upstream

/// One fetch of a source while it runs: its deadline, and the requests it has sent.
final class FetchRun: Sendable {
    let calls: CallCounter
    /// What its requests are for.
    let purpose: RequestBudget.Purpose
    private let deadline: Duration
    private let elapsed: @Sendable () -> Duration
    /// Sleeps until a time since the start.
    private let sleep: @Sendable (Duration) async throws -> Void
    private let standstill: Mutex<Standstill>
    private let isPastDeadline = Mutex(false)

    /// The time that does not count, since requests wait for other sources' requests; at most twice the
    /// deadline, so that a fetch ends.
    private struct Standstill {
        let limit: Duration
        var waiting = 0
        /// The time since the start at which ``waiting`` was 0 last.
        var began = Duration.zero
        var before = Duration.zero

        func length(at now: Duration) -> Duration {
            min(limit, before + (waiting > 0 ? now - began : .zero))
        }
    }

    /// Starts a run, whose deadline counts from now; its requests are counted by `calls`.
    init(
        deadline: Duration, clock: any Clock<Duration>, calls: CallCounter = CallCounter(),
        for purpose: RequestBudget.Purpose = .list
    ) {
        self.deadline = deadline
        self.calls = calls
        self.purpose = purpose
        standstill = Mutex(Standstill(limit: deadline * 2))
        (elapsed, sleep) = clock.stopwatch()
    }

    /// The time left until the deadline; negative after it.
    var remaining: Duration {
        let now = elapsed()
        return deadline + standstill.withLock { $0.length(at: now) } - now
    }

    /// A run for what follows in the same fetch, so that it cannot keep what this one fetched waiting for long: it
    /// has twice the time that this one took, or `least` if that is more, and no more than is left.
    func following(least: Duration, clock: any Clock<Duration>) -> FetchRun {
        let left = max(.zero, remaining)
        let spent = deadline - left
        return FetchRun(
            deadline: min(left, max(least, spent * 2)), clock: clock, calls: calls, for: purpose)
    }

    /// Waits for what other sources' requests have taken; meanwhile the deadline stands still.
    func standingStill<Value>(_ wait: () async throws -> Value) async rethrows -> Value {
        let start = elapsed()
        standstill.withLock { standstill in
            if standstill.waiting == 0 { standstill.began = start }
            standstill.waiting += 1
        }
        defer {
            let end = elapsed()
            standstill.withLock { standstill in
                standstill.waiting -= 1
                if standstill.waiting == 0 { standstill.before += end - standstill.began }
            }
        }
        return try await wait()
    }

    /// Runs `body` for all elements at once, and returns the results in the elements' order.
    ///
    /// At the deadline, calls that are still running are cancelled, and awaited.
    func all<Element: Sendable, Value: Sendable>(
        _ elements: [Element], _ body: @escaping @Sendable (Element) async -> Value
    ) async -> [Value] {
        await withTaskGroup(of: (index: Int, value: Value)?.self) { group in
            for (index, element) in elements.enumerated() {
                group.addTask { (index, await body(element)) }
            }
            group.addTask {
                await self.sleepToDeadline()
                return nil
            }
            var ended: [(index: Int, value: Value)] = []
            while ended.count < elements.count, let next = await group.next() {
                if let next { ended.append(next) } else { group.cancelAll() }
            }
            group.cancelAll()
            return ended.sorted { $0.index < $1.index }.map(\.value)
        }
    }

    /// Sleeps until the deadline; returns early if the task is cancelled.
    private func sleepToDeadline() async {
        while true {
            let now = elapsed()
            let end = deadline + standstill.withLock { $0.length(at: now) }
            guard now < end else { break }
            guard (try? await sleep(end)) != nil else { return }
        }
        isPastDeadline.withLock { $0 = true }
    }

    /// The error that ended a partition's walk, as clients see it.
    func sourceError(_ error: any Error) -> SourceError {
        switch error {
        case let error as SourceError: error
        case let error as UpstreamError: SourceError(error)
        case let error as WalkError: SourceError(error.isTooLarge ? .tooLarge : .badResponse, "\(error)")
        case is CancellationError where isPastDeadline.withLock { $0 }:
            SourceError(.timeout, "not listed within \(deadline), the limit for a fetch of the source")
        case is CancellationError: SourceError(.timeout, "the fetch was canceled")
        default: .internal(logDetail: "\(error)")
        }
    }
}

/// Counts the requests of one fetch.
final class CallCounter: Sendable {
    private let calls = Mutex(0)

    var count: Int { calls.withLock { $0 } }

    func add() { calls.withLock { $0 += 1 } }
}

extension Clock<Duration> {
    /// Functions that return the time since now, and that sleep until a time since now.
    fileprivate func stopwatch() -> (
        elapsed: @Sendable () -> Duration, sleep: @Sendable (Duration) async throws -> Void
    ) {
        let start = now
        return (
            { start.duration(to: self.now) },
            { try await self.sleep(until: start.advanced(by: $0), tolerance: nil) }
        )
    }
}
