import Deployments
package import Snapshots
import Synchronization
package import Wire

/// The rule of `/readyz`: true if the gateway should get traffic (`Sources/HTTPFront/README.md`, Health).
///
/// Once ready, it stays ready until ``beginShutdown()``, even if sources fail.
package final class Readiness: Sendable {
    private struct State {
        var wasReady = false
        var isShuttingDown = false
    }

    private let startedAt: Timestamp
    private let state = Mutex(State())

    /// `startedAt` is when the process began to serve.
    package init(startedAt: Timestamp) { self.startedAt = startedAt }

    /// Makes the gateway not ready from now on: called before the server stops, so that load balancers send no more
    /// requests.
    package func beginShutdown() { state.withLock { $0.isShuttingDown = true } }

    /// True from ``beginShutdown()`` on.
    var isShuttingDown: Bool { state.withLock { $0.isShuttingDown } }

    /// True once every source has a list or has ended an attempt, or `readyAfter` has passed since the start.
    package func isReady(_ published: Published, now: Timestamp, readyAfter: Duration) -> Bool {
        let isDue = now.microseconds(since: startedAt) >= readyAfter.microseconds
        let isSettled = published.sources.allSatisfy(\.isSettled)
        return state.withLock { state in
            if isDue || isSettled { state.wasReady = true }
            return state.wasReady && !state.isShuttingDown
        }
    }
}

extension SourceStatus {
    /// True once the first attempt has ended, or if there is a list already, such as a stored one.
    var isSettled: Bool { hasList || finishedAttempts > 0 }
}

extension Timestamp {
    /// Microseconds from an earlier time to this one, clamped to `Int64`.
    func microseconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) = microseconds.subtractingReportingOverflow(earlier.microseconds)
        return overflow ? (microseconds < 0 ? .min : .max) : difference
    }
}
