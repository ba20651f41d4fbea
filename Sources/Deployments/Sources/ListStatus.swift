package import Wire

/// The state of one list of a source, without its rows.
package struct ListStatus: Sendable {
    /// The time of the request for the oldest list that is served; nil if none is.
    package var observedAt: Timestamp?
    /// Current versions among the rows served.
    package var count = 0
    /// The numbers of partitions and of their lists.
    package var partitions = SourceStatus.Partitions()
    /// The reason for which a served list is not proven complete, with its partition's key if there are
    /// several partitions; nil if all are proven, or the reason is of an earlier process.
    package var unproven: String?
    /// The rows that are served although the newest complete list of their partition lacks them; nil if there
    /// are none.
    package var held: SourceStatus.Held?
    /// The error of the last attempt, where at least one partition failed; nil after a success.
    package var failure: SourceStatus.Failure?
    /// The start of the last attempt that ended; nil before the first.
    package var lastAttemptAt: Timestamp?
    /// Values that did not fit their fields.
    package var drift: [SourceStatus.ObservedDrift] = []
    /// Attempts that ended, successful or not.
    package var finishedAttempts = 0

    /// The state before the first attempt.
    package init() {}

    /// True if any partition has rows to serve.
    package var hasList: Bool { partitions.listed > 0 }

    /// True if every partition has a proven list.
    package var isComplete: Bool { partitions.proven == partitions.total }

    /// The state of this list and another one together, for an answer that is read from both.
    ///
    /// It is as old as the older one, and as complete and as good as the worse one; rows are this list's. Without rows
    /// of this list there is nothing that the other one could add, so its state is this list's.
    package func joined(with other: ListStatus, named name: String) -> ListStatus {
        guard hasList else { return self }
        var joined = self
        joined.observedAt = [observedAt, other.hasList ? other.observedAt : nil].compactMap(\.self).min()
        joined.partitions.total += other.partitions.total
        joined.partitions.listed += other.partitions.listed
        joined.partitions.proven += other.partitions.proven
        joined.unproven = unproven ?? other.unproven.map { "\(name): \($0)" }
        if failure == nil, var failure = other.failure {
            failure.error.message = "\(name): \(failure.error.message)"
            joined.failure = failure
        }
        if let held = other.held {
            let since = min(self.held?.since ?? held.since, held.since)
            joined.held = SourceStatus.Held(rows: (self.held?.rows ?? 0) + held.rows, since: since)
        }
        return joined
    }

    /// The state at a given time; `freshFor` and `awaitsAccount` are those of its source's ``SourceStatus``.
    package func state(at now: Timestamp, freshFor: Duration, awaitsAccount: Bool) -> SourceStatus.State {
        guard hasList, let observedAt else { return finishedAttempts == 0 ? .loading : .failed }
        let (age, overflow) = now.microseconds.subtractingReportingOverflow(observedAt.microseconds)
        // A list from the future, by more than clocks differ, has no age that could be trusted.
        let isYoung = !overflow && age >= -60_000_000 && age <= freshFor.microseconds
        return failure == nil && isYoung && !awaitsAccount ? .fresh : .stale
    }
}
