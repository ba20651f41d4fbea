import Deployments
import Synchronization
import Wire

/// Keeps the snapshots that page tokens were given out for, so that each walk sees one and the same list.
///
/// A walk is kept for ``Limits/lifetime`` after its last use, unless a bound is reached: then those go first whose
/// second page nobody asked for, since a dashboard that polls first pages leaves many, and of them the one unused
/// for longest. The rows of a walk that is gone are freed; where its first page is stays known a while.
package final class SnapshotShelf: Sendable {
    /// How long walks are kept, and how much of them.
    package struct Limits: Sendable {
        /// A walk that is unused for longer is gone.
        package var lifetime = Duration.seconds(5 * 60)
        /// Walks, those that are gone and still known included; at least 1.
        package var walks = 10_000
        /// What the rows of all walks may take beyond the newest ones, by estimate: 2 KiB a row, counted once
        /// however many walks share it.
        package var bytes = 512 * 1024 * 1024

        package init() {}
    }

    /// What is known of a walk.
    enum Found: Sendable {
        case kept(Walk)
        /// Where its first page is; nil where nothing is known of it any more.
        case gone(firstPage: String?)
    }

    private let limits: Limits
    private let uptime: @Sendable () -> Duration
    private let state = Mutex(State())
    /// Makes ids nobody's guess, and those of an earlier process nobody's.
    private let salts = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    /// `uptime` never goes back; by default it is the machine's continuous clock.
    package init(limits: Limits = Limits(), uptime: (@Sendable () -> Duration)? = nil) {
        self.limits = limits
        let start = ContinuousClock.now
        self.uptime = uptime ?? { start.duration(to: .now) }
    }

    /// The id of the walk that is made of this: the same again for the same, while this process lives.
    ///
    /// So a client that is told "not modified" can go on with the token it has, and one that asks the same first
    /// page over and over takes up no more room.
    /// `rows` are those of the walk where its first page's address does not tell them.
    func id(of walk: Walk, rows: [RowID]) -> WalkID {
        var fingerprint = Fingerprint()
        walk.reached.add(to: &fingerprint)
        let tag = fingerprint.entityTag
        func hash(_ salt: UInt64) -> UInt64 {
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(walk.snapshot.id)
            hasher.combine(walk.firstPage)
            hasher.combine(tag)
            rows.withUnsafeBytes { hasher.combine(bytes: $0) }
            return UInt64(bitPattern: Int64(hasher.finalize()))
        }
        return WalkID(high: hash(salts.0), low: hash(salts.1))
    }

    /// Pins a walk's snapshot, or keeps it for longer where it is pinned already.
    func keep(_ walk: Walk, as id: WalkID) {
        let now = uptime()
        change { state in
            state.expire(at: now, unusedFor: limits.lifetime)
            state.keep(walk, as: id, at: now)
            state.forget(beyond: limits.walks, sparing: id)
            state.free(beyond: limits.bytes, newest: walk.snapshot)
        }
    }

    /// A walk to go on with, which counts as its use.
    func find(_ id: WalkID) -> Found {
        let now = uptime()
        return change { state in
            state.expire(at: now, unusedFor: limits.lifetime)
            return state.find(id, at: now)
        }
    }

    /// Frees what is unused for too long; called with every request, so that nothing waits for the next walk.
    func sweep() {
        let now = uptime()
        change { $0.expire(at: now, unusedFor: limits.lifetime) }
    }

    /// Changes what is kept; what is let go is freed after the lock, since that takes a while for many rows.
    private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let (result, released) = state.withLock { state in
            let result = body(&state)
            let released = state.released
            state.released = []
            return (result, released)
        }
        withExtendedLifetime(released) {}
        return result
    }

    /// How many walks can be gone on with, and how many snapshots they hold.
    package var counts: (walks: Int, snapshots: Int) {
        state.withLock { state in
            let walks = state.kept.values.compactMap(\.walk)
            return (walks.count, Set(walks.map(\.snapshot.id)).count)
        }
    }
}

/// One walk's place on the shelf.
private struct Kept: Sendable {
    /// nil once it is gone.
    var walk: Walk?
    let firstPage: String
    var lastUse: Duration
    /// The same as a count, which no two uses share.
    var use: UInt64
    /// Whether a second page was asked for.
    var isFollowed = false

    /// The smaller, the sooner it goes.
    func goesBefore(_ other: Kept) -> Bool {
        if (walk == nil) != (other.walk == nil) { return walk == nil }
        if isFollowed != other.isFollowed { return !isFollowed }
        return use < other.use
    }
}

private struct State: Sendable {
    private(set) var kept: [WalkID: Kept] = [:]
    /// Walks that are gone, to be freed.
    var released: [Walk] = []
    private var uses: UInt64 = 0
    /// Not later than the last use of any walk that is not gone.
    private var oldestUse = Duration.zero
    private var newestSnapshot: String?

    mutating func keep(_ walk: Walk, as id: WalkID, at now: Duration) {
        uses += 1
        var place = kept[id] ?? Kept(walk: nil, firstPage: walk.firstPage, lastUse: now, use: uses)
        if place.walk == nil {
            place.walk = walk
            place.isFollowed = false
        } else {
            // The rows stay those that its tokens were given out for; what is known of the sources may be newer.
            place.walk?.reached = walk.reached
        }
        (place.lastUse, place.use) = (now, uses)
        kept[id] = place
    }

    mutating func find(_ id: WalkID, at now: Duration) -> SnapshotShelf.Found {
        guard var place = kept[id], let walk = place.walk else {
            return .gone(firstPage: kept[id]?.firstPage)
        }
        uses += 1
        (place.lastUse, place.use, place.isFollowed) = (now, uses, true)
        kept[id] = place
        return .kept(walk)
    }

    mutating func expire(at now: Duration, unusedFor lifetime: Duration) {
        guard oldestUse < now - lifetime else { return }
        oldestUse = now
        for (id, place) in kept where place.walk != nil {
            if place.lastUse < now - lifetime {
                release(id)
            } else {
                oldestUse = min(oldestUse, place.lastUse)
            }
        }
    }

    /// Forgets walks once there are too many: an eighth at a time, so that the search for them is rare.
    mutating func forget(beyond limit: Int, sparing newest: WalkID) {
        guard kept.count > limit else { return }
        let order = kept.filter { $0.key != newest }.sorted { $0.value.goesBefore($1.value) }
        for (id, _) in order.prefix(kept.count - limit + limit / 8) {
            release(id)
            kept[id] = nil
        }
    }

    /// Frees snapshots once their rows take too much; the newest one's are published anyway, and not counted.
    mutating func free(beyond limit: Int, newest: Snapshot) {
        guard newestSnapshot != newest.id else { return }
        newestSnapshot = newest.id
        var holders: [String: Kept] = [:]
        for place in kept.values {
            guard let id = place.walk?.snapshot.id, id != newest.id else { continue }
            if let other = holders[id], place.goesBefore(other) { continue }
            holders[id] = place
        }
        var counted = Set(newest.lists.map { ObjectIdentifier($0) })
        var left = limit
        var freed: Set<String> = []
        for place in holders.values.sorted(by: { $1.goesBefore($0) }) {
            guard let snapshot = place.walk?.snapshot else { continue }
            let lists = snapshot.lists.filter { !counted.contains(ObjectIdentifier($0)) }
            let bytes = lists.reduce(0) { $0 + $1.rows.count * 2048 }
            if bytes > left {
                freed.insert(snapshot.id)
            } else {
                left -= bytes
                counted.formUnion(lists.map { ObjectIdentifier($0) })
            }
        }
        guard !freed.isEmpty else { return }
        for (id, place) in kept {
            if let snapshot = place.walk?.snapshot.id, freed.contains(snapshot) { release(id) }
        }
    }

    private mutating func release(_ id: WalkID) {
        if let walk = kept[id]?.walk { released.append(walk) }
        kept[id]?.walk = nil
    }
}
