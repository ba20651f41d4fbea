import Deployments
import Snapshots
import Synchronization
import Wire

/// Keeps the snapshots that page tokens were given out for, so that each cursor sees one and the same list.
///
/// A cursor is kept for ``Limits/lifetime`` after its last use, unless a bound is reached: then those go first whose
/// second page nobody asked for, since a dashboard that polls first pages leaves many, and of them the one unused
/// for longest. What a cursor that is gone held is freed; where its first page is stays known a while.
package final class CursorStore: Sendable {
    /// How long cursors are kept, and how much of them.
    package struct Limits: Sendable {
        /// A cursor that is unused for longer is gone.
        package var lifetime = Duration.seconds(5 * 60)
        /// So long after its first page was last given out a cursor is gone, however much it is used.
        package var longestLife = Duration.seconds(60 * 60)
        /// So long after a cursor is gone it is known where its first page is.
        package var memory = Duration.seconds(60 * 60)
        /// The longest first page that is known of a cursor that is gone, in bytes.
        package var rememberedBytes = 1024
        /// Cursors, those that are gone and still known included; at least 1.
        package var cursors = 10_000
        /// What all cursors may take, by estimate: the rows that are not published any more, each list of them counted
        /// once however many cursors share it, and for each cursor its question and its sources.
        package var bytes = 512 * 1024 * 1024

        package init() {}
    }

    /// What is known of a cursor.
    enum Found: Sendable {
        case kept(Cursor)
        /// Where its first page is; nil where that is not known any more.
        case gone(firstPage: String?)
    }

    private let uptime: @Sendable () -> Duration
    private let cursors: Mutex<CursorTable>
    /// Makes ids nobody's guess, and those of an earlier process nobody's.
    private let salts = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    /// `uptime` never goes back; by default it is the machine's continuous clock.
    package init(limits: Limits = Limits(), uptime: (@Sendable () -> Duration)? = nil) {
        cursors = Mutex(CursorTable(limits))
        let start = ContinuousClock.now
        self.uptime = uptime ?? { start.duration(to: .now) }
    }

    /// The id of the cursor that is made of this: the same again for the same, while this process lives.
    ///
    /// So a client that is told "not modified" can go on with the token it has, and one that asks the same first
    /// page over and over takes up no more room.
    /// `matches` are the rows of the cursor where its first page's address does not tell them; nil where it does.
    func id(of cursor: Cursor, _ matches: QueryMatches?) -> CursorID {
        var fingerprint = Fingerprint()
        SourceScope(cursor.sources, now: cursor.askedAt).add(to: &fingerprint)
        func hash(_ salt: UInt64) -> UInt64 {
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(cursor.snapshot.id)
            hasher.combine(cursor.firstPage)
            hasher.combine(fingerprint.hash)
            matches?.hash(into: &hasher)
            return UInt64(bitPattern: Int64(hasher.finalize()))
        }
        return CursorID(high: hash(salts.0), low: hash(salts.1))
    }

    /// Pins a cursor's snapshot, or keeps it for longer where it is pinned already.
    ///
    /// `published` is what takes no room for being pinned, whatever the cursor was made of.
    func keep(_ cursor: Cursor, as id: CursorID, published: Snapshot) {
        change { cursors, now in
            cursors.expire(at: now)
            cursors.keep(cursor, as: id, at: now, published: published)
        }
    }

    /// A cursor to go on with, which counts as its use.
    func find(_ id: CursorID) -> Found {
        change { cursors, now in
            cursors.expire(at: now)
            return cursors.find(id, at: now)
        }
    }

    /// Frees what is unused for too long; called with every request, so that nothing waits for the next cursor.
    func sweep() { change { cursors, now in cursors.expire(at: now) } }

    /// Changes what is kept; what is let go is freed after the lock, since that takes a while for many rows.
    private func change<Result: Sendable>(_ body: (inout CursorTable, Duration) -> Result) -> Result {
        let now = uptime()
        let (result, released) = cursors.withLock { cursors in
            let result = body(&cursors, now)
            return (result, cursors.takeReleased())
        }
        withExtendedLifetime(released) {}
        return result
    }

    /// How many cursors can be gone on with, and how many snapshots they hold.
    package var counts: (cursors: Int, snapshots: Int) { cursors.withLock { $0.counts } }
}
