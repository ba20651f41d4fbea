import Deployments
import ServiceLifecycle
import Snapshots
import Synchronization

/// Lists that are no longer published, held until no reader has them.
///
/// Freeing 100,000 rows takes a tenth of a second, and the task that releases the last reference does it.
/// That should not be a reader. So the queue holds a reference until it has the last one, and the task that
/// runs the queue frees the list: at most a second after the last reader.
package final class ReleaseQueue: Sendable {
    fileprivate struct State {
        var lists: [SourceRows] = []
        /// The most rows that were published at once since the last shrinkage.
        var mostRows = 0
        /// The seconds until memory is given back; empty if nothing is planned.
        var trims: [Int] = []
    }

    private let state = Mutex(State())

    /// The rows by which a gateway must shrink before its memory is worth giving back; some 20 MB.
    fileprivate static let noticeableRows = 10_000
    /// The seconds after a shrinkage at which memory is given back: once readers and the store have let go of
    /// the old rows, and again for those that took longer.
    fileprivate static let trimDelays = [10, 60]

    init() {}

    /// Takes lists that are no longer published, and frees earlier ones that no reader has any more;
    /// `rows` are the numbers of rows that were published with them, and that are published now.
    func add(_ retired: [SourceRows], rows: (before: Int, now: Int)) {
        releaseUnused()
        state.withLock { state in
            state.lists += retired
            state.noteRows(rows.before)
            state.noteRows(rows.now)
        }
    }

    /// The number of lists that are held.
    var count: Int { state.withLock { $0.lists.count } }

    /// Frees the lists that have no other reference.
    func releaseUnused() {
        let unused = state.withLock { state in
            let unused = state.lists.indices.filter { isKnownUniquelyReferenced(&state.lists[$0]) }
            return unused.reversed().map { state.lists.remove(at: $0) }
        }
        // Freed here, outside the lock.
        withExtendedLifetime(unused) {}
    }

    /// Calls ``releaseUnused()`` every second until graceful shutdown or cancellation.
    ///
    /// `trim` is called some seconds after the published rows have fallen to half and by more than 10,000: it
    /// asks the allocator to give free memory back to the system, which takes a while.
    package func run(clock: some Clock<Duration>, trim: @escaping @Sendable () -> Void = {}) async {
        await cancelWhenGracefulShutdown { [self] in
            while (try? await clock.sleep(for: .seconds(1))) != nil {
                releaseUnused()
                if state.withLock({ $0.isTrimDue() }) { trim() }
            }
        }
    }
}

extension ReleaseQueue.State {
    mutating func noteRows(_ rows: Int) {
        mostRows = max(mostRows, rows)
        guard rows <= mostRows / 2, mostRows - rows > ReleaseQueue.noticeableRows else { return }
        mostRows = rows
        trims = ReleaseQueue.trimDelays
    }

    /// Counts one second; true if memory is to be given back now.
    mutating func isTrimDue() -> Bool {
        let isDue = trims.contains(1)
        trims = trims.map { $0 - 1 }.filter { $0 > 0 }
        return isDue
    }
}
