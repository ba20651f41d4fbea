import Deployments
import Synchronization
import Upstream

/// One fetch of a source while it runs: its deadline, and the requests it has sent.
final class FetchRun: Sendable {
    let calls = CallCounter()
    private let deadline: Duration
    private let timeLeft: @Sendable () -> Duration
    private let sleepUntilDeadline: @Sendable () async throws -> Void
    private let isPastDeadline = Mutex(false)

    /// Starts a run, whose deadline counts from now.
    init(deadline: Duration, clock: any Clock<Duration>) {
        self.deadline = deadline
        (timeLeft, sleepUntilDeadline) = clock.countdown(from: deadline)
    }

    /// The time left until the deadline; negative after it.
    var remaining: Duration { timeLeft() }

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
        guard (try? await sleepUntilDeadline()) != nil else { return }
        isPastDeadline.withLock { $0 = true }
    }

    /// The error that ended a partition's walk, as clients see it.
    func sourceError(_ error: any Error) -> SourceError {
        switch error {
        case let error as SourceError: error
        case let error as UpstreamError: SourceError(error)
        case let error as WalkError: SourceError(.badResponse, "\(error)")
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
    /// Functions that return the time until the instant that is `duration` from now, and that sleep until it.
    fileprivate func countdown(
        from duration: Duration
    ) -> (timeLeft: @Sendable () -> Duration, sleep: @Sendable () async throws -> Void) {
        let end = now.advanced(by: duration)
        return ({ self.now.duration(to: end) }, { try await self.sleep(until: end, tolerance: nil) })
    }
}
