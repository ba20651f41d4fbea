import Snapshots

/// What each holder has of the cursors.
///
/// Several holders have a cursor if all of them requested its first page; it ends only when none has it any more.
struct CursorShares: Sendable {
    private struct Share: Sendable {
        /// Cursors whose second page was never requested, with their bytes.
        var unused = LRUList<Int>()
        var inUse = LRUList<Int>()
        var bytes = 0
        var pinned = PinnedLists()

        var count: Int { unused.count + inUse.count }

        mutating func remove(_ id: CursorID) -> Int? { unused.remove(id) ?? inUse.remove(id) }
    }

    private var shares: [Holder: Share] = [:]

    init() {}

    /// Adds a cursor to what a holder has, or notes its use.
    mutating func use(_ id: CursorID, _ cursor: Cursor, isInUse: Bool, by holder: Holder) {
        let bytes = cursor.byteCount
        func change(_ share: inout Share) {
            let known = share.remove(id)
            if known == nil { share.pinned.pin(cursor.snapshot) }
            share.bytes += bytes - (known ?? 0)
            if isInUse { share.inUse.use(bytes, as: id) } else { share.unused.use(bytes, as: id) }
        }
        change(&shares[holder, default: Share()])
    }

    /// Removes a cursor from what a holder has.
    mutating func remove(_ id: CursorID, of snapshot: Snapshot, from holder: Holder) {
        guard let bytes = shares[holder]?.remove(id) else { return }
        shares[holder]?.bytes -= bytes
        shares[holder]?.pinned.unpin(snapshot)
        if shares[holder]?.count == 0 { shares[holder] = nil }
    }

    /// True if a holder has more cursors, or more bytes with the lists that are no longer published, than these limits.
    func isBeyond(cursors: Int, bytes: Int, _ holder: Holder, published: [Snapshot]) -> Bool {
        guard let share = shares[holder] else { return false }
        return share.count > cursors || share.bytes + share.pinned.bytes(beyond: published) > bytes
    }

    /// The holder's cursor to be evicted next: the least recently used one, unused ones first; nil if there is no other
    /// than `newest`.
    func leastRecentlyUsed(of holder: Holder, but newest: CursorID) -> CursorID? {
        guard let share = shares[holder] else { return nil }
        return [share.unused.oldest, share.inUse.oldest].compactMap { $0 }.first { $0 != newest }
    }
}
