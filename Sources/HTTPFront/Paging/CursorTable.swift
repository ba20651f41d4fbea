import Deployments
import Snapshots

/// What stands on a ``CursorStore``.
struct CursorTable: Sendable {
    private struct Kept: Sendable {
        var cursor: Cursor
        /// When its first page was last given out.
        var beganAt: Duration
        var lastUse: Duration
    }

    private struct Gone: Sendable {
        /// nil where it is too long to be kept.
        let firstPage: String?
        let since: Duration
    }

    private let limits: CursorStore.Limits
    /// Those whose second page nobody has asked for.
    private var begun = LRUList<Kept>()
    private var followed = LRUList<Kept>()
    private var gone = LRUList<Gone>()
    private var pinned = PinnedRows()
    /// What the cursors take for themselves.
    private var bytes = 0
    /// Cursors that are gone, to be freed.
    private var released: [Cursor] = []

    init(_ limits: CursorStore.Limits) { self.limits = limits }

    /// How many cursors can be gone on with, and how many snapshots they hold.
    var counts: (cursors: Int, snapshots: Int) {
        let snapshots = [begun, followed].flatMap { $0.values.map(\.cursor.snapshot.id) }
        return (begun.count + followed.count, Set(snapshots).count)
    }

    /// What has been let go since the last time.
    mutating func takeReleased() -> [Cursor] {
        defer { released = [] }
        return released
    }

    /// Puts a cursor there, or notes that its first page was given out again.
    mutating func keep(_ cursor: Cursor, as id: CursorID, at now: Duration, published: Snapshot) {
        gone.remove(id)
        var isFollowed = false
        var kept = Kept(cursor: cursor, beganAt: now, lastUse: now)
        if let (known, wasFollowed) = take(id) {
            // The rows stay those that its tokens were given out for; what is known of the sources may be newer.
            kept.cursor = known.cursor
            kept.cursor.sources = cursor.sources
            isFollowed = wasFollowed
        }
        put(kept, as: id, isFollowed: isFollowed)
        forgetBeyondLimit(sparing: id)
        freeBeyondLimit(at: now, published: published, sparing: id)
    }

    mutating func find(_ id: CursorID, at now: Duration) -> CursorStore.Found {
        if var (kept, _) = take(id) {
            guard now - kept.beganAt > limits.longestLife else {
                kept.lastUse = now
                put(kept, as: id, isFollowed: true)
                return .kept(kept.cursor)
            }
            release(kept, as: id, at: now)
        }
        return .gone(firstPage: gone[id]?.firstPage)
    }

    private func peek(_ id: CursorID) -> Cursor? { (followed[id] ?? begun[id])?.cursor }

    mutating func expire(at now: Duration) {
        let limit = now - limits.lifetime
        while let id = begun.oldest, let kept = begun[id], kept.lastUse < limit { letGo(id, at: now) }
        while let id = followed.oldest, let kept = followed[id], kept.lastUse < limit { letGo(id, at: now) }
        while let id = gone.oldest, let first = gone[id], first.since < now - limits.memory {
            gone.remove(id)
        }
    }

    /// Forgets cursors once there are too many.
    private mutating func forgetBeyondLimit(sparing newest: CursorID) {
        while begun.count + followed.count + gone.count > limits.cursors {
            if let id = gone.oldest {
                gone.remove(id)
            } else if let (kept, _) = oldest(but: newest).flatMap({ take($0) }) {
                released.append(kept.cursor)
            } else {
                return
            }
        }
    }

    private func oldest(but newest: CursorID) -> CursorID? {
        [begun.oldest, followed.oldest].compactMap { $0 }.first { $0 != newest }
    }

    /// Lets cursors go once they take too much.
    private mutating func freeBeyondLimit(at now: Duration, published: Snapshot, sparing newest: CursorID) {
        func isOver() -> Bool { bytes + pinned.bytes(beyond: published) > limits.bytes }
        // First those that hold rows of their own.
        for isFollowed in [false, true] {
            var next = isFollowed ? followed.oldest : begun.oldest
            while isOver(), let id = next {
                next = isFollowed ? followed.next(after: id) : begun.next(after: id)
                if id != newest, peek(id)?.snapshot.id != published.id { letGo(id, at: now) }
            }
        }
        while bytes > limits.bytes, let id = oldest(but: newest) { letGo(id, at: now) }
    }

    private mutating func letGo(_ id: CursorID, at now: Duration) {
        if let (kept, _) = take(id) { release(kept, as: id, at: now) }
    }

    private mutating func release(_ kept: Kept, as id: CursorID, at now: Duration) {
        released.append(kept.cursor)
        let isShort = kept.cursor.firstPage.utf8.count <= limits.rememberedBytes
        gone.use(Gone(firstPage: isShort ? kept.cursor.firstPage : nil, since: now), as: id)
    }

    private mutating func take(_ id: CursorID) -> (Kept, isFollowed: Bool)? {
        let found = begun.remove(id).map { ($0, false) } ?? followed.remove(id).map { ($0, true) }
        guard let (kept, isFollowed) = found else { return nil }
        bytes -= kept.cursor.byteCount
        pinned.unpin(kept.cursor.snapshot)
        return (kept, isFollowed)
    }

    private mutating func put(_ kept: Kept, as id: CursorID, isFollowed: Bool) {
        bytes += kept.cursor.byteCount
        pinned.pin(kept.cursor.snapshot)
        if isFollowed { followed.use(kept, as: id) } else { begun.use(kept, as: id) }
    }
}
