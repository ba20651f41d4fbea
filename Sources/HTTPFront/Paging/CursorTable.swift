import Snapshots

/// The cursors of a ``CursorStore``: an LRU cache with two queues.
///
/// One queue has the cursors whose second page was never requested; a dashboard that polls first pages leaves many of
/// them. The other has the cursors in use. The first queue is evicted first, each queue from its least recently used
/// end.
struct CursorTable: Sendable {
    private struct Entry: Sendable {
        var cursor: Cursor
        /// The time at which its first page was last served.
        var firstPageAt: Duration
        var lastUse: Duration
        /// Those who requested it; empty if none is known.
        var holders: Set<Holder> = []
    }

    /// A cursor that has ended, of which only the first page is remembered.
    private struct Ended: Sendable {
        /// The first page; nil if it is too long to be remembered.
        let firstPage: String?
        let since: Duration
    }

    private let limits: CursorStore.Limits
    /// Cursors whose second page was never requested.
    private var unused = LRUList<Entry>()
    /// Cursors of which a further page was requested.
    private var inUse = LRUList<Entry>()
    private var ended = LRUList<Ended>()
    private var shares = CursorShares()
    private var pinned = PinnedLists()
    /// The bytes of the cursors themselves, without their lists.
    private var bytes = 0
    /// Cursors that were removed and are not freed yet.
    private var released: [Cursor] = []

    init(_ limits: CursorStore.Limits) { self.limits = limits }

    /// The cursors removed since the last call, for the caller to free.
    mutating func takeReleased() -> [Cursor] {
        defer { released = [] }
        return released
    }

    /// Stores a cursor, or notes that its first page was served again.
    mutating func store(
        _ cursor: Cursor, as id: CursorID, at now: Duration, published: [Snapshot], for holder: Holder?
    ) {
        ended.remove(id)
        var isInUse = false
        var entry = Entry(cursor: cursor, firstPageAt: now, lastUse: now)
        if let (known, wasInUse) = remove(id) {
            // Clients have tokens for these rows, so the rows stay the same; the sources' statuses may be newer.
            entry.cursor = known.cursor
            entry.cursor.sources = cursor.sources
            entry.holders = known.holders
            isInUse = wasInUse
        }
        insert(entry, as: id, isInUse: isInUse)
        hold(id, by: holder)
        if let holder {
            evictBeyondShare(of: holder, published: published, sparing: id)
        }
        evictBeyondCount(sparing: id)
        evictBeyondBytes(at: now, published: published, sparing: id)
    }

    /// Notes that a holder got the token of a cursor, or used it; nil if the holder is not known.
    ///
    /// - Returns: False if the cursor has ended.
    @discardableResult
    mutating func hold(_ id: CursorID, by holder: Holder?) -> Bool {
        guard let entry = inUse[id] ?? unused[id] else { return false }
        guard let holder else { return true }
        if !entry.holders.contains(holder) { change(id) { $0.holders.insert(holder) } }
        shares.use(id, entry.cursor, isInUse: inUse[id] != nil, by: holder)
        return true
    }

    /// Looks up a cursor, which counts as a use.
    mutating func find(_ id: CursorID, at now: Duration, by holder: Holder?) -> CursorStore.Lookup {
        if var (entry, _) = remove(id) {
            guard now - entry.firstPageAt > limits.maximumLifetime else {
                entry.lastUse = now
                insert(entry, as: id, isInUse: true)
                hold(id, by: holder)
                return .found(entry.cursor)
            }
            release(entry, as: id, at: now)
        }
        return .ended(firstPage: ended[id]?.firstPage)
    }

    /// Ends cursors that are unused for too long, and forgets first pages that are remembered for too long.
    mutating func expire(at now: Duration) {
        let limit = now - limits.lifetime
        while let id = unused.oldest, let entry = unused[id], entry.lastUse < limit { end(id, at: now) }
        while let id = inUse.oldest, let entry = inUse[id], entry.lastUse < limit { end(id, at: now) }
        while let id = ended.oldest, let first = ended[id], first.since < now - limits.firstPageRetention {
            ended.remove(id)
        }
    }

    /// Evicts until the number of cursors and remembered first pages is within the limit; remembered pages first.
    private mutating func evictBeyondCount(sparing newest: CursorID) {
        while unused.count + inUse.count + ended.count > limits.cursors {
            if let id = ended.oldest {
                ended.remove(id)
            } else if let id = leastRecentlyUsed(but: newest) {
                drop(id)
            } else {
                return
            }
        }
    }

    /// Evicts the holder's own cursors until it has no more than its share.
    private mutating func evictBeyondShare(
        of holder: Holder, published: [Snapshot], sparing newest: CursorID
    ) {
        let (cursors, bytes) = (max(1, limits.cursors / limits.parts), limits.bytes / limits.parts)
        while shares.isBeyond(cursors: cursors, bytes: bytes, holder, published: published),
            let id = shares.leastRecentlyUsed(of: holder, but: newest), let cursor = cursor(id)
        {
            shares.remove(id, of: cursor.snapshot, from: holder)
            change(id) { $0.holders.remove(holder) }
            if (inUse[id] ?? unused[id])?.holders.isEmpty == true { drop(id) }
        }
    }

    /// The cursor to be evicted next; nil if there is no other than `newest`.
    private func leastRecentlyUsed(but newest: CursorID) -> CursorID? {
        [unused.oldest, inUse.oldest].compactMap { $0 }.first { $0 != newest }
    }

    /// Evicts until the size of the cursors and their lists is within the limit.
    private mutating func evictBeyondBytes(at now: Duration, published: [Snapshot], sparing newest: CursorID)
    {
        func isOver() -> Bool { bytes + pinned.bytes(beyond: published) > limits.bytes }
        // First the cursors of other snapshots, whose rows may no longer be published.
        for isInUse in [false, true] {
            var next = isInUse ? inUse.oldest : unused.oldest
            while isOver(), let id = next {
                next = isInUse ? inUse.next(after: id) : unused.next(after: id)
                let isPublished = published.contains { $0.id == cursor(id)?.snapshot.id }
                if id != newest, !isPublished { end(id, at: now) }
            }
        }
        while bytes > limits.bytes, let id = leastRecentlyUsed(but: newest) { end(id, at: now) }
    }

    private func cursor(_ id: CursorID) -> Cursor? { (inUse[id] ?? unused[id])?.cursor }

    private mutating func end(_ id: CursorID, at now: Duration) {
        if let (entry, _) = remove(id) { release(entry, as: id, at: now) }
    }

    /// Ends a cursor without remembering its first page.
    private mutating func drop(_ id: CursorID) {
        if let (entry, _) = remove(id) { free(entry, as: id) }
    }

    private mutating func free(_ entry: Entry, as id: CursorID) {
        for holder in entry.holders { shares.remove(id, of: entry.cursor.snapshot, from: holder) }
        released.append(entry.cursor)
    }

    private mutating func release(_ entry: Entry, as id: CursorID, at now: Duration) {
        free(entry, as: id)
        let isShort = entry.cursor.firstPage.utf8.count <= limits.rememberedBytes
        ended.use(Ended(firstPage: isShort ? entry.cursor.firstPage : nil, since: now), as: id)
    }

    private mutating func remove(_ id: CursorID) -> (Entry, isInUse: Bool)? {
        let found = unused.remove(id).map { ($0, false) } ?? inUse.remove(id).map { ($0, true) }
        guard let (entry, isInUse) = found else { return nil }
        bytes -= entry.cursor.byteCount
        pinned.unpin(entry.cursor.snapshot)
        return (entry, isInUse)
    }

    /// Changes an entry where it is, without a use.
    private mutating func change(_ id: CursorID, _ body: (inout Entry) -> Void) {
        if inUse.change(id, body) { return }
        _ = unused.change(id, body)
    }

    private mutating func insert(_ entry: Entry, as id: CursorID, isInUse: Bool) {
        bytes += entry.cursor.byteCount
        pinned.pin(entry.cursor.snapshot)
        if isInUse { inUse.use(entry, as: id) } else { unused.use(entry, as: id) }
    }
}
