import Deployments
import ServiceLifecycle
import Snapshots
import Synchronization

/// Lists that are no longer published, kept until no reader has them.
///
/// To let go of 100,000 rows takes a tenth of a second. Whoever holds the last reference does that, and so no reader
/// should: here it is done by the task that runs this, a second at most after the last reader.
package final class ReleaseQueue: Sendable {
    private let lists = Mutex<[SourceRows]>([])

    init() {}

    /// Also lets go of what nobody has by now.
    func keep(_ retired: [SourceRows]) {
        letGo()
        lists.withLock { $0 += retired }
    }

    /// How many are kept.
    var count: Int { lists.withLock { $0.count } }

    /// Lets go of those that nobody else has.
    func letGo() {
        let unused = lists.withLock { lists in
            let unused = lists.indices.filter { isKnownUniquelyReferenced(&lists[$0]) }
            return unused.reversed().map { lists.remove(at: $0) }
        }
        // Only here, not under the lock.
        withExtendedLifetime(unused) {}
    }

    /// Looks once a second for what can go, until graceful shutdown or cancellation.
    package func run(clock: some Clock<Duration>) async {
        await cancelWhenGracefulShutdown { [self] in
            while (try? await clock.sleep(for: .seconds(1))) != nil { letGo() }
        }
    }
}
