package import Deployments
import Wire

extension PartitionState {
    /// What is served for a partition once it was asked again: a pure function, and all there is to absence.
    ///
    /// - A failure changes nothing: the rows, their time and whether they were proven stay.
    /// - A listing adds and updates the rows that it has.
    /// - A row that it has not goes only if the listing is complete; and only at the second complete listing
    ///   in a row without it where offset paging could have hidden it (this listing or the one before had
    ///   more than one page), where an empty list follows rows, or where `maxDrop` is exceeded by the rows
    ///   that would go. Failures and listings that are not complete in between prove nothing either way.
    /// - A row whose platform does not tell when its status began has it from the row before, or from `sentAt`
    ///   where the status is another one.
    ///
    /// - Returns: nil where the partition never had a list.
    package static func merging(
        _ fetch: PartitionFetch, into previous: PartitionState?, maxDrop: MaxDrop? = nil
    ) -> PartitionState? {
        guard case .success(let listing) = fetch.result else { return previous }
        guard let previous else { return first(listing, of: fetch) }
        let known = previous.places
        var keys = Set<VersionKey>(minimumCapacity: listing.rows.count)
        var merged = PartitionState(
            partition: fetch.partition, observedAt: fetch.sentAt, proven: listing.isComplete,
            pages: listing.pages, rows: [])
        merged.rows.reserveCapacity(listing.rows.count)
        for row in listing.rows {
            let key = VersionKey(row)
            guard keys.insert(key).inserted else { continue }
            merged.rows.append(row)
            guard row.statusSince == nil else { continue }
            let old = known[key].map { previous.rows[$0] }
            merged.rows[merged.rows.count - 1].settleStatusSince(
                after: old, seenAt: fetch.sentAt)
        }
        merged.keepMissing(
            from: previous, listed: keys, isComplete: listing.isComplete, maxDrop: maxDrop)
        return merged
    }

    /// A partition's first list: nothing can be missing yet.
    private static func first(_ listing: PartitionListing, of fetch: PartitionFetch) -> PartitionState {
        var rows = listing.rows
        for index in rows.indices where rows[index].statusSince == nil {
            rows[index].settleStatusSince(after: nil, seenAt: fetch.sentAt)
        }
        return PartitionState(
            partition: fetch.partition, observedAt: fetch.sentAt, proven: listing.isComplete,
            pages: listing.pages, rows: rows)
    }

    /// Where each row stands.
    private var places: [VersionKey: Int] {
        var places: [VersionKey: Int] = Dictionary(minimumCapacity: rows.count)
        for (place, row) in rows.enumerated() { places[VersionKey(row)] = place }
        return places
    }

    /// Takes over the rows of `previous` that were not listed now and are not proven gone.
    private mutating func keepMissing(
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

extension ModelDeployment {
    /// Fills in when the status began, as the platform did not say.
    fileprivate mutating func settleStatusSince(after previous: ModelDeployment?, seenAt: Timestamp) {
        statusSince = seenAt
        if let previous, previous.status == self.status, previous.nativeStatus == self.nativeStatus {
            statusSince = previous.statusSince ?? seenAt
        }
        if inferred.isEmpty {
            inferred = onlyStatusSince
        } else if !inferred.contains("status_since") {
            let place = inferred.firstIndex(where: fieldsAfterStatusSince.contains) ?? inferred.count
            inferred.insert("status_since", at: place)
        }
    }
}

/// What most rows say: one array for all of them.
private let onlyStatusSince = ["status_since"]

private let fieldsAfterStatusSince = Set(
    RecordSchema.deployments.paths.drop { $0 != "status_since" }.dropFirst())
