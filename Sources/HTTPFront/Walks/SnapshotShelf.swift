import Deployments
import Synchronization
import Wire

/// Keeps the snapshots that page tokens were given out for, so that each walk sees one and the same list.
///
/// A walk is kept for ``Limits/lifetime`` after its last use, unless a bound is reached: then those go first whose
/// second page nobody asked for, since a dashboard that polls first pages leaves many, and of them the one unused
/// for longest. What a walk that is gone held is freed; where its first page is stays known a while.
package final class SnapshotShelf: Sendable {
    /// How long walks are kept, and how much of them.
    package struct Limits: Sendable {
        /// A walk that is unused for longer is gone.
        package var lifetime = Duration.seconds(5 * 60)
        /// So long after its first page was last given out a walk is gone, however much it is used.
        package var longestLife = Duration.seconds(60 * 60)
        /// So long after a walk is gone it is known where its first page is.
        package var memory = Duration.seconds(60 * 60)
        /// The longest first page that is known of a walk that is gone, in bytes.
        package var rememberedBytes = 1024
        /// Walks, those that are gone and still known included; at least 1.
        package var walks = 10_000
        /// What all walks may take, by estimate: the rows that are not published any more, each list of them counted
        /// once however many walks share it, and for each walk its question and its sources.
        package var bytes = 512 * 1024 * 1024

        package init() {}
    }

    /// What is known of a walk.
    enum Found: Sendable {
        case kept(Walk)
        /// Where its first page is; nil where that is not known any more.
        case gone(firstPage: String?)
    }

    private let uptime: @Sendable () -> Duration
    private let walks: Mutex<ShelvedWalks>
    /// Makes ids nobody's guess, and those of an earlier process nobody's.
    private let salts = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    /// `uptime` never goes back; by default it is the machine's continuous clock.
    package init(limits: Limits = Limits(), uptime: (@Sendable () -> Duration)? = nil) {
        walks = Mutex(ShelvedWalks(limits))
        let start = ContinuousClock.now
        self.uptime = uptime ?? { start.duration(to: .now) }
    }

    /// The id of the walk that is made of this: the same again for the same, while this process lives.
    ///
    /// So a client that is told "not modified" can go on with the token it has, and one that asks the same first
    /// page over and over takes up no more room.
    /// `matches` are the rows of the walk where its first page's address does not tell them; nil where it does.
    func id(of walk: Walk, _ matches: QueryMatches?) -> WalkID {
        var fingerprint = Fingerprint()
        Reached(walk.sources, now: walk.askedAt).add(to: &fingerprint)
        func hash(_ salt: UInt64) -> UInt64 {
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(walk.snapshot.id)
            hasher.combine(walk.firstPage)
            hasher.combine(fingerprint.hash)
            matches?.hash(into: &hasher)
            return UInt64(bitPattern: Int64(hasher.finalize()))
        }
        return WalkID(high: hash(salts.0), low: hash(salts.1))
    }

    /// Pins a walk's snapshot, or keeps it for longer where it is pinned already.
    ///
    /// `published` is what takes no room for being pinned, whatever the walk was made of.
    func keep(_ walk: Walk, as id: WalkID, published: Snapshot) {
        change { walks, now in
            walks.expire(at: now)
            walks.keep(walk, as: id, at: now, published: published)
        }
    }

    /// A walk to go on with, which counts as its use.
    func find(_ id: WalkID) -> Found {
        change { walks, now in
            walks.expire(at: now)
            return walks.find(id, at: now)
        }
    }

    /// Frees what is unused for too long; called with every request, so that nothing waits for the next walk.
    func sweep() { change { walks, now in walks.expire(at: now) } }

    /// Changes what is kept; what is let go is freed after the lock, since that takes a while for many rows.
    private func change<Result: Sendable>(_ body: (inout ShelvedWalks, Duration) -> Result) -> Result {
        let now = uptime()
        let (result, released) = walks.withLock { walks in
            let result = body(&walks, now)
            return (result, walks.takeReleased())
        }
        withExtendedLifetime(released) {}
        return result
    }

    /// How many walks can be gone on with, and how many snapshots they hold.
    package var counts: (walks: Int, snapshots: Int) { walks.withLock { $0.counts } }
}
