import Deployments
import Snapshots
import Wire

/// The end of an attempt, for one list.
extension ServedList {
    /// Takes what an attempt fetched of the list; `isMerged` is false if that is of another account, and cannot
    /// replace the list.
    mutating func take(
        _ fetch: ListFetch<Row>, isMerged: Bool, of source: SourceDescription, maxDrop: MaxDrop?,
        beganAt: Timestamp, _ events: inout [ListEvent]
    ) async {
        if isMerged {
            await merge(fetch, of: source, maxDrop: maxDrop, &events)
        } else {
            noteDoubts(of: fetch)
        }
        noteFailure(of: fetch, beganAt: beganAt, &events)
        noteDrift(of: fetch, beganAt: beganAt, &events)
        status.finishedAttempts += 1
        status.lastAttemptAt = beganAt
    }

    /// Merges what was fetched of the list, and encodes its rows again if any changed.
    private mutating func merge(
        _ fetch: ListFetch<Row>, of source: SourceDescription, maxDrop: MaxDrop?,
        _ events: inout [ListEvent]
    ) async {
        let servedBefore = rows
        let before = partitionsByKey
        let named = Set(fetch.partitions.map(\.partition))
        var merged = fetch.partitions.compactMap { fetch in
            PartitionState.merging(fetch, into: before[fetch.partition], maxDrop: maxDrop)
        }
        for partition in merged {
            if let rows = partition.heldBack(since: before[partition.partition], by: maxDrop) {
                events.append(.heldBack(rows: rows))
            }
        }
        // A partition that is no longer requested is removed once all requested ones were listed.
        let unnamed = partitions.filter { !named.contains($0.partition) }
        if !fetch.failures.isEmpty || named.isEmpty { merged += unnamed }

        noteHeld(merged, after: before)
        partitions = merged
        for fetch in fetch.partitions {
            guard case .success(let listing) = fetch.result,
                before[fetch.partition].map(fetch.isNewer) ?? true
            else { continue }
            expired.remove(fetch.partition)
            doubts[fetch.partition] = listing.unprovenReason
        }
        let known = Set(merged.map(\.partition))
        doubts = doubts.filter { known.contains($0.key) }
        await encode(before, of: source)
        if let servedBefore, servedBefore !== rows {
            let dropped = servedBefore.count(missingFrom: rows)
            if dropped > 0 { events.append(.dropped(rows: dropped)) }
        }
        let wasProven = status.unproven == nil
        describe(total: named.union(merged.map(\.partition)).count)
        if wasProven, let reason = status.unproven { events.append(.unproven(reason)) }
    }

    /// Forgets the rows and their times, since the next ones are of another account.
    mutating func discard() { (partitions, expired, doubts) = ([], [], [:]) }

    /// Notes why the lists of another account are not complete, and cannot replace these.
    private mutating func noteDoubts(of fetch: ListFetch<Row>) {
        for partition in fetch.partitions {
            guard case .success(let listing) = partition.result, let reason = listing.unprovenReason
            else { continue }
            doubts[partition.partition] = reason
        }
        describe(total: status.partitions.total)
    }

    /// Notes since when partitions hold rows back; `before` has the partitions before the attempt, by their keys.
    private mutating func noteHeld(
        _ merged: [PartitionState<Row>], after before: [String: PartitionState<Row>]
    ) {
        let known = heldSince
        heldSince = [:]
        for partition in merged where !partition.missed.isEmpty {
            let old = before[partition.partition]
            let isHeldStill = old?.missed.keys.contains { partition.missed[$0] != nil } ?? false
            let since = isHeldStill ? known[partition.partition] ?? old?.observedAt : nil
            heldSince[partition.partition] = since ?? partition.observedAt
        }
    }

    private mutating func noteFailure(
        of fetch: ListFetch<Row>, beganAt: Timestamp, _ events: inout [ListEvent]
    ) {
        guard let error = fetch.failure ?? expiredCopy(in: fetch) else {
            if status.failure != nil { events.append(.recovered) }
            status.failure = nil
            return
        }
        if status.failure?.error.errorClass != error.errorClass { events.append(.failed(error)) }
        status.failure = SourceStatus.Failure(error: error, since: status.failure?.since ?? beganAt)
    }

    /// The error of a fetch whose answers leave a list too old to be served, since a cache repeated an old copy;
    /// nil for any other.
    private func expiredCopy(in fetch: ListFetch<Row>) -> SourceError? {
        let isOld = fetch.partitions.contains { expired.contains($0.partition) && $0.upstreamAge > .zero }
        guard isOld else { return nil }
        return SourceError(
            .badResponse, "a cache on the way answered with a copy that is too old to be served")
    }

    /// The maximum number of drift entries that are stored for a list.
    private static var driftLimit: Int { 100 }

    private mutating func noteDrift(
        of fetch: ListFetch<Row>, beganAt: Timestamp, _ events: inout [ListEvent]
    ) {
        let known = status.drift
        var drift = fetch.drift.map { found in
            let same = known.first { $0.drift.field == found.field }
            return SourceStatus.ObservedDrift(drift: found, firstSeen: same?.firstSeen ?? beganAt)
        }
        for found in drift where !known.contains(where: { $0.drift.field == found.drift.field }) {
            events.append(.drifted(field: found.drift.field, rows: found.drift.rows))
        }
        // Drift of a partition that failed now is not known to be fixed, so it stays.
        if fetch.failure != nil {
            drift += known.filter { old in !drift.contains { $0.drift.field == old.drift.field } }
        }
        status.drift = Array(drift.prefix(Self.driftLimit))
    }
}

extension ListFetch {
    /// True if any partition was listed.
    var listedSomething: Bool {
        partitions.contains { if case .success = $0.result { true } else { false } }
    }

    /// True if every partition was listed, and each list is proven complete.
    var isComplete: Bool {
        !partitions.isEmpty && partitions.allSatisfy { (try? $0.result.get())?.isComplete == true }
    }

    /// The error of the first partition that failed, with that partition's name and the number of failed
    /// partitions; nil if none failed.
    ///
    /// A fetch without partitions is an internal error.
    var failure: SourceError? {
        var failed: [(partition: String, error: SourceError)] = []
        for fetch in partitions {
            if case .failure(let error) = fetch.result { failed.append((fetch.partition, error)) }
        }
        guard let (name, first) = failed.first else {
            return partitions.isEmpty ? .internal(logDetail: "the source returned no partition") : nil
        }
        guard partitions.count > 1 else { return first }
        var error = first
        if !name.isEmpty { error.message = "\(name): \(error.message)" }
        error.message += " (\(failed.count) of \(partitions.count) partitions failed)"
        return error
    }
}

extension PartitionState {
    /// The number of rows that the newest listing is the first to lack, if that exceeds `maxDrop`; else nil.
    fileprivate func heldBack(since previous: PartitionState?, by maxDrop: MaxDrop?) -> Int? {
        guard let previous, let maxDrop else { return nil }
        let lacking = missed.count { $0.value == 1 && previous.missed[$0.key] == nil }
        return maxDrop.isExceeded(by: lacking, of: previous.rows.count) ? lacking : nil
    }
}
