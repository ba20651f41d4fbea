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

    /// The state at a given time; `freshFor` and `awaitsAccount` are those of its source's ``SourceStatus``.
    package func state(at now: Timestamp, freshFor: Duration, awaitsAccount: Bool) -> SourceStatus.State {
        guard hasList, let observedAt else { return finishedAttempts == 0 ? .loading : .failed }
        let (age, overflow) = now.microseconds.subtractingReportingOverflow(observedAt.microseconds)
        // A list from the future, by more than clocks differ, has no age that could be trusted.
        let isYoung = !overflow && age >= -60_000_000 && age <= freshFor.microseconds
        return failure == nil && isYoung && !awaitsAccount ? .fresh : .stale
    }
}
