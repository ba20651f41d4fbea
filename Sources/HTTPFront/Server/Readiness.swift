import Deployments
package import Snapshots
import Synchronization
package import Wire

/// Whether the gateway should get traffic: the rule of `/readyz` (DESIGN.md §4).
///
/// Once ready it stays ready, whatever becomes of the sources, until ``beginShutdown()``.
package final class Readiness: Sendable {
    private struct State {
        var wasReady = false
        var isShuttingDown = false
    }

    private let startedAt: Timestamp
    private let state = Mutex(State())

    package init(startedAt: Timestamp) { self.startedAt = startedAt }

    /// From now on the gateway is not ready: called before the server stops, so that balancers turn away.
    package func beginShutdown() { state.withLock { $0.isShuttingDown = true } }

    /// True once every source has a list or has finished an attempt, or `readyAfter` has passed.
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
    /// Whether asking it for the first time has come to an end, or a stored list stands in for that.
    var isSettled: Bool { hasList || finishedAttempts > 0 }
}

extension Timestamp {
    /// Microseconds from an earlier time to this one, held within `Int64`.
    func microseconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) = microseconds.subtractingReportingOverflow(earlier.microseconds)
        return overflow ? (microseconds < 0 ? .min : .max) : difference
    }
}
