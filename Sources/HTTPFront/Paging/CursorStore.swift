import Deployments
import Snapshots
import Synchronization
import Wire

/// Stores the cursors that page tokens refer to, each with its snapshot, so that all its pages are cut from one list.
///
/// A cursor ends ``Limits/lifetime`` after its last use, or earlier if a limit is reached. Then the cursors whose
/// second page was never requested are evicted first, in LRU order, then the others, in LRU order. The memory of a
/// cursor that has ended is freed; its first page is remembered for a limited time.
package final class CursorStore: Sendable {
    /// The lifetime of cursors, and their number and memory.
    package struct Limits: Sendable {
        /// The time after its last use at which a cursor ends.
        package var lifetime = Duration.seconds(5 * 60)
        /// The time after its first page was last served at which a cursor ends, even if it is in use.
        package var maximumLifetime = Duration.seconds(60 * 60)
        /// The time for which the first page of a cursor is remembered after the cursor has ended.
        package var firstPageRetention = Duration.seconds(60 * 60)
        /// The maximum length of a remembered first page, in bytes; longer ones are not remembered.
        package var rememberedBytes = 1024
        /// The maximum number of cursors, remembered first pages included; at least 1.
        package var cursors = 10_000
        /// The maximum size of all cursors in bytes, by estimate.
        ///
        /// It counts the query and the sources of each cursor, and the rows that are no longer published; a list that
        /// several cursors share is counted once.
        package var bytes = 512 * 1024 * 1024
        /// The number of parts of ``cursors`` and ``bytes`` of which one holder has at most one.
        package var parts = 4

        /// The standard limits.
        package init() {}
    }

    /// The result of looking up a cursor.
    enum Lookup: Sendable {
        case found(Cursor)
        /// The cursor has ended. Its first page is a relative reference; nil if it is not remembered.
        case ended(firstPage: String?)
    }

    private let uptime: @Sendable () -> Duration
    private let table: Mutex<CursorTable>
    /// Random numbers that make ids unguessable, and different from those of an earlier process.
    private let salts = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    /// `uptime` never goes back; by default it is the machine's continuous clock.
    package init(limits: Limits = Limits(), uptime: (@Sendable () -> Duration)? = nil) {
        table = Mutex(CursorTable(limits))
        let start = ContinuousClock.now
        self.uptime = uptime ?? { start.duration(to: .now) }
    }

    /// The id of a cursor; equal cursors have the same id during the lifetime of this process.
    ///
    /// So a client that gets "not modified" can continue with the token it has, and a client that requests the same
    /// first page repeatedly takes no more memory. `matches` are the rows of the cursor if its first page's address
    /// does not determine them; nil if it does.
    func id(of cursor: Cursor, _ matches: QueryMatches?) -> CursorID {
        var fingerprint = Fingerprint()
        SourceScope(cursor.sources, now: cursor.startedAt).add(to: &fingerprint)
        func hash(_ salt: UInt64) -> UInt64 {
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(cursor.snapshot.id)
            hasher.combine(cursor.firstPage)
            hasher.combine(cursor.page)
            hasher.combine(fingerprint.hash)
            matches?.hash(into: &hasher)
            return UInt64(bitPattern: Int64(hasher.finalize()))
        }
        return CursorID(high: hash(salts.0), low: hash(salts.1))
    }

    /// Stores a cursor and pins its snapshot, or extends the lifetime of a cursor that is stored already.
    ///
    /// The rows of `published` do not count as memory of cursors, since they are in memory anyway. If `holder` has more
    /// than its share then, its own cursors end, and nobody else's.
    func store(_ cursor: Cursor, as id: CursorID, published: [Snapshot], for holder: Holder? = nil) {
        change { table, now in
            table.expire(at: now)
            table.store(cursor, as: id, at: now, published: published, for: holder)
        }
    }

    /// Looks up the cursor of a token, which counts as a use.
    func find(_ id: CursorID, by holder: Holder? = nil) -> Lookup {
        change { table, now in
            table.expire(at: now)
            return table.find(id, at: now, by: holder)
        }
    }

    /// Notes that a holder gets a cursor's token in a shared response, so that it does not end with another's share.
    ///
    /// - Returns: False if the cursor has ended, so that its token must not be handed out.
    func hold(_ id: CursorID, by holder: Holder?) -> Bool {
        change { table, now in
            table.expire(at: now)
            return table.hold(id, by: holder)
        }
    }

    /// Frees cursors that are unused for too long.
    ///
    /// Every request calls it, so that memory is freed even if no other cursor is used.
    func sweep() { change { table, now in table.expire(at: now) } }

    /// Changes the table; the released cursors are freed outside the lock, since many rows take some time.
    private func change<Result: Sendable>(_ body: (inout CursorTable, Duration) -> Result) -> Result {
        let now = uptime()
        let (result, released) = table.withLock { table in
            let result = body(&table, now)
            return (result, table.takeReleased())
        }
        withExtendedLifetime(released) {}
        return result
    }
}
