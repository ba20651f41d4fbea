package import Deployments
import Wire

extension PartitionState where Row: ServedRecord {
    /// Merges a fetch of a partition into the rows that are served.
    ///
    /// This pure function is the complete rule by which a row is proven gone:
    /// - A failure changes nothing: the rows, their time and their proof stay as they were. Nor does a copy
    ///   from a cache that is not newer than the rows.
    /// - A listing adds and updates the rows that it has.
    /// - A row that the listing lacks is dropped only if the listing is complete. Two complete listings in a
    ///   row must lack it if offset paging could have hidden it (this listing or the one before had more than
    ///   one page), if the listing is empty, or if more rows would be dropped than `maxDrop` allows. Failures
    ///   and incomplete listings in between do not count either way.
    /// - A row of which the fetch does not tell everything is completed from the row before, see
    ///   ``ServedRecord/settle(after:seenAt:)``.
    ///
    /// - Returns: nil if the partition never had a list.
    package static func merging(
        _ fetch: PartitionFetch<Row>, into previous: PartitionState?, maxDrop: MaxDrop? = nil
    ) -> PartitionState? {
        guard case .success(let listing) = fetch.result else { return previous }
        guard let previous else { return first(listing, of: fetch) }
        guard fetch.isNewer(than: previous) else { return previous }
        let known = previous.positions
        var keys = Set<VersionKey>(minimumCapacity: listing.rows.count)
        var merged = PartitionState(
            partition: fetch.partition, observedAt: fetch.observedAt, proven: listing.isComplete,
            pages: listing.pages, rows: [], answeredAt: fetch.answeredAt)
        merged.rows.reserveCapacity(listing.rows.count)
        for row in listing.rows {
            let key = VersionKey(row)
            guard keys.insert(key).inserted else { continue }
            merged.rows.append(row)
            guard row.isUnsettled else { continue }
            let old = known[key].map { previous.rows[$0] }
            merged.rows[merged.rows.count - 1].settle(after: old, seenAt: fetch.observedAt)
        }
        merged.addMissing(
            from: previous, listed: keys, isComplete: listing.isComplete, maxDrop: maxDrop)
        return merged
    }

    /// A partition's first list: nothing can be missing yet.
    private static func first(
        _ listing: PartitionListing<Row>, of fetch: PartitionFetch<Row>
    ) -> PartitionState {
        var rows = listing.rows
        for index in rows.indices where rows[index].isUnsettled {
            rows[index].settle(after: nil, seenAt: fetch.observedAt)
        }
        return PartitionState(
            partition: fetch.partition, observedAt: fetch.observedAt, proven: listing.isComplete,
            pages: listing.pages, rows: rows, answeredAt: fetch.answeredAt)
    }

    /// The index of each row, by its key.
    private var positions: [VersionKey: Int] {
        var positions: [VersionKey: Int] = Dictionary(minimumCapacity: rows.count)
        for (index, row) in rows.enumerated() { positions[VersionKey(row)] = index }
        return positions
    }

    /// Adds the rows of `previous` that this listing lacks and that are not proven gone.
    private mutating func addMissing(
        from previous: PartitionState, listed: Set<VersionKey>, isComplete: Bool, maxDrop: MaxDrop?
    ) {
        let missing = previous.rows.filter { !listed.contains(VersionKey($0)) }
        let needsTwo =
            pages > 1 || previous.pages > 1 || listed.isEmpty
            || maxDrop?.isExceeded(by: missing.count, of: previous.rows.count) ?? false
        for row in missing {
            let key = VersionKey(row)
            let misses = (previous.missed[key] ?? 0) + (isComplete ? 1 : 0)
            if isComplete, misses >= (needsTwo ? 2 : 1) { continue }
            rows.append(row)
            if misses > 0 { missed[key] = misses }
        }
    }
}

extension PartitionFetch {
    /// False for a copy from a cache on the way that is not certainly newer than the list that is served.
    ///
    /// An older copy would bring back what is gone, and the same copy once more is no second look. A cache
    /// counts the age of a copy from the answer's way through it, so one that was made before the served list
    /// had arrived may be that list. `Age` has whole seconds, so a copy may be a second older than it seems. A
    /// clock that was set back makes no list old.
    func isNewer(than served: PartitionState<Row>) -> Bool {
        guard upstreamAge > .zero, sentAt >= served.observedAt else { return true }
        let arrived = served.answeredAt ?? served.observedAt.advanced(by: Self.longestWalk)
        return observedAt > arrived.advanced(by: .seconds(1))
    }

    /// The time within which a list of an earlier process has arrived.
    private static var longestWalk: Duration { .seconds(120) }
}
