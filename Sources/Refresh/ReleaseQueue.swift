import Deployments
import ServiceLifecycle
import Snapshots
import Synchronization

/// Lists that are no longer published, held until no reader has them.
///
/// To free 100,000 rows takes a tenth of a second. Whoever releases the last reference does that, and so no
/// reader should: here it is done by the task that runs this, a second at most after the last reader.
package final class ReleaseQueue: Sendable {
    private let lists = Mutex<[SourceRows]>([])

    init() {}

    /// Takes lists that are published no more; also frees those that nobody has by now.
    func add(_ retired: [SourceRows]) {
        releaseUnused()
        lists.withLock { $0 += retired }
    }

    /// The number of lists that are held.
    var count: Int { lists.withLock { $0.count } }

    /// Frees the lists that nobody else has.
    func releaseUnused() {
        let unused = lists.withLock { lists in
            let unused = lists.indices.filter { isKnownUniquelyReferenced(&lists[$0]) }
            return unused.reversed().map { lists.remove(at: $0) }
        }
        // Freed only here, not under the lock.
        withExtendedLifetime(unused) {}
    }

    /// Frees once a second what can be freed, until graceful shutdown or cancellation.
    package func run(clock: some Clock<Duration>) async {
        await cancelWhenGracefulShutdown { [self] in
            while (try? await clock.sleep(for: .seconds(1))) != nil { releaseUnused() }
        }
    }
}
