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
    private let lists = Mutex<[SourceRows]>([])

    init() {}

    /// Takes lists that are no longer published, and frees earlier ones that no reader has any more.
    func add(_ retired: [SourceRows]) {
        releaseUnused()
        lists.withLock { $0 += retired }
    }

    /// The number of lists that are held.
    var count: Int { lists.withLock { $0.count } }

    /// Frees the lists that have no other reference.
    func releaseUnused() {
        let unused = lists.withLock { lists in
            let unused = lists.indices.filter { isKnownUniquelyReferenced(&lists[$0]) }
            return unused.reversed().map { lists.remove(at: $0) }
        }
        // Freed here, outside the lock.
        withExtendedLifetime(unused) {}
    }

    /// Calls ``releaseUnused()`` every second until graceful shutdown or cancellation.
    package func run(clock: some Clock<Duration>) async {
        await cancelWhenGracefulShutdown { [self] in
            while (try? await clock.sleep(for: .seconds(1))) != nil { releaseUnused() }
        }
    }
}
