import Deployments
import Snapshots
import Wire

/// The end of an attempt.
extension ServedLists {
    /// A fetch that has ended.
    struct Attempt: Sendable {
        var fetch: SourceFetch
        var beganAt: Timestamp
    }

    /// An event of an attempt that is logged for the operator; most attempts have none.
    enum Event: Sendable, Equatable {
        /// The first of consecutive failures, or one of another class than the failure before.
        case failed(SourceError)
        case recovered
        case drifted(field: String, rows: Int)
        case dropped(rows: Int)
        /// The first list after proven ones that is not proven complete, for this reason.
        case unproven(String)
        /// A complete list lacks more rows than `max_drop` lets one list drop.
        case heldBack(rows: Int)
    }

    /// The lists with a fetch merged into them, their rows encoded again if any changed.
    ///
    /// `@concurrent` because it encodes every row: sources that respond at the same time are merged in
    /// parallel.
    @concurrent
    func merging(_ attempt: Attempt) async -> (lists: ServedLists, events: [Event]) {
        var next = self
        var events: [Event] = []
        await next.merge(attempt.fetch, &events)
        next.noteFailure(of: attempt, &events)
        next.noteDrift(of: attempt, &events)
        next.status.finishedAttempts += 1
        next.status.lastAttemptAt = attempt.beganAt
        return (next, events)
    }

    private mutating func merge(_ fetch: SourceFetch, _ events: inout [Event]) async {
        let servedBefore = rows
        guard takeAccount(of: fetch) else { return describe(total: status.partitions.total) }
        let before = Dictionary(
            partitions.map { ($0.partition, $0) }, uniquingKeysWith: { first, _ in first })
        let named = Set(fetch.partitions.map(\.partition))
        var merged = fetch.partitions.compactMap { fetch in
            PartitionState.merging(fetch, into: before[fetch.partition], maxDrop: config.maxDrop)
        }
        for partition in merged {
            if let rows = partition.heldBack(since: before[partition.partition], by: config.maxDrop) {
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
        await encode(before)
        if let servedBefore, servedBefore !== rows {
            let dropped = servedBefore.count(missingFrom: rows)
            if dropped > 0 { events.append(.dropped(rows: dropped)) }
        }
        let wasProven = status.unproven == nil
        describe(total: named.union(merged.map(\.partition)).count)
        if wasProven, let reason = status.unproven { events.append(.unproven(reason)) }
    }

    /// Prepares for the lists of a fetch that may have sent other credentials than the fetches before.
    ///
    /// Rows of two accounts are never served together: the lists of other credentials replace the old ones
    /// outright, without their rows and times, once all of them are complete.
    /// - Returns: False if the fetch cannot replace them, so that the old ones stay.
    private mutating func takeAccount(of fetch: SourceFetch) -> Bool {
        guard let sent = fetch.credentialDigest(credentialDigest?.key ?? .init()) else { return true }
        if let credentialDigest, credentialDigest != sent, !partitions.isEmpty {
            let listings = fetch.partitions.map { try? $0.result.get() }
            guard listings.allSatisfy({ $0?.isComplete == true }), !listings.isEmpty else {
                status.awaitsAccount = true
                for (partition, listing) in zip(fetch.partitions, listings) {
                    if let reason = listing?.unprovenReason { doubts[partition.partition] = reason }
                }
                return false
            }
            (partitions, expired, doubts) = ([], [], [:])
        }
        if fetch.listedSomething {
            credentialDigest = sent
            status.awaitsAccount = false
        }
        return true
    }

    /// Notes since when partitions hold rows back; `before` has the partitions before the attempt, by their keys.
    private mutating func noteHeld(_ merged: [PartitionState], after before: [String: PartitionState]) {
        let known = heldSince
        heldSince = [:]
        for partition in merged where !partition.missed.isEmpty {
            let old = before[partition.partition]
            let isHeldStill = old?.missed.keys.contains { partition.missed[$0] != nil } ?? false
            let since = isHeldStill ? known[partition.partition] ?? old?.observedAt : nil
            heldSince[partition.partition] = since ?? partition.observedAt
        }
    }

    private mutating func noteFailure(of attempt: Attempt, _ events: inout [Event]) {
        guard let error = attempt.fetch.failure ?? expiredCopy(in: attempt.fetch) else {
            if status.failure != nil { events.append(.recovered) }
            status.failure = nil
            return
        }
        if status.failure?.error.errorClass != error.errorClass { events.append(.failed(error)) }
        status.failure = SourceStatus.Failure(error: error, since: status.failure?.since ?? attempt.beganAt)
    }

    /// The error of a fetch whose answers leave a list too old to be served, since a cache repeated an old copy;
    /// nil for any other.
    private func expiredCopy(in fetch: SourceFetch) -> SourceError? {
        let isOld = fetch.partitions.contains { expired.contains($0.partition) && $0.upstreamAge > .zero }
        guard isOld else { return nil }
        return SourceError(
            .badResponse, "a cache on the way answered with a copy that is too old to be served")
    }

    /// The maximum number of drift entries that are stored for a source.
    private static let driftLimit = 100

    private mutating func noteDrift(of attempt: Attempt, _ events: inout [Event]) {
        let known = status.drift
        var drift = attempt.fetch.drift.map { found in
            let same = known.first { $0.drift.field == found.field }
            return SourceStatus.ObservedDrift(drift: found, firstSeen: same?.firstSeen ?? attempt.beganAt)
        }
        for found in drift where !known.contains(where: { $0.drift.field == found.drift.field }) {
            events.append(.drifted(field: found.drift.field, rows: found.drift.rows))
        }
        // Drift of a partition that failed now is not known to be fixed, so it stays.
        if attempt.fetch.failure != nil {
            drift += known.filter { old in !drift.contains { $0.drift.field == old.drift.field } }
        }
        status.drift = Array(drift.prefix(Self.driftLimit))
    }
}

extension SourceFetch {
    fileprivate var listedSomething: Bool {
        partitions.contains { if case .success = $0.result { true } else { false } }
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
