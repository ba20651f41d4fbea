package import Wire

/// The state of a source, without its rows.
package struct SourceStatus: Sendable {
    /// The source that the status describes.
    package var source: SourceDescription
    /// The age up to which a list counts as fresh: `ttl` + `stale_while_revalidate`.
    package var freshFor: Duration
    /// The age at which a list is requested again.
    package var ttl: Duration
    /// The time of the request for the oldest list that is served; nil if none is.
    package var observedAt: Timestamp?
    /// Current versions among the rows served.
    package var count = 0
    /// The numbers of partitions and of their lists.
    package var partitions = Partitions()
    /// The reason for which a served list is not proven complete, with its partition's key if there are
    /// several partitions; nil if all are proven, or the reason is of an earlier process.
    package var unproven: String?
    /// True if the lists were fetched with other credentials than those that are configured now, and may be
    /// of another account.
    package var awaitsAccount = false
    /// The rows that are served although the newest complete list of their partition lacks them; nil if there
    /// are none.
    package var held: Held?
    /// The error of the last attempt, where at least one partition failed; nil after a success.
    package var failure: Failure?
    /// The start of the last attempt that ended; nil before the first.
    package var lastAttemptAt: Timestamp?
    /// The time of the next attempt; nil if none is planned.
    package var nextAttemptAt: Timestamp?
    /// The reason for the time of the next attempt; nil before it is planned.
    package var nextAttemptReason: String?
    /// The source's own budget, not a copy, so its counts are always current.
    package var budget = RequestBudget()
    /// See ``DeploymentSource/statusWords``.
    package var statusWords: [String: [DeploymentStatus]] = [:]
    /// The origins of its rows' values.
    package var told = ToldFields()
    /// Values that did not fit their fields.
    package var drift: [ObservedDrift] = []
    /// See ``DeploymentSource/exposureFingerprint``: rows from the time of another number may show other values.
    package var exposure = 0
    /// Attempts that ended, successful or not.
    package var finishedAttempts = 0

    /// The numbers of partitions: all, and those with lists.
    package struct Partitions: Sendable, Hashable {
        /// All partitions, at least 1.
        package var total = 1
        /// Partitions whose list is served; a list that is too old to be served does not count.
        package var listed = 0
        /// Partitions whose newest list is proven complete.
        package var proven = 0

        package init() {}
    }

    /// Rows that are held back: no list has proven yet that they are gone.
    package struct Held: Sendable, Hashable {
        /// The number of rows, all versions included; at least 1.
        package var rows: Int
        /// The ``SourceStatus/observedAt`` of the first list that lacked one of them.
        ///
        /// After a restart it is that of the newest list of their partition.
        package var since: Timestamp

        package init(rows: Int, since: Timestamp) {
            self.rows = rows
            self.since = since
        }
    }

    /// The failure of the last attempt.
    package struct Failure: Sendable, Hashable {
        /// The error, in the name of the first partition that failed.
        package var error: SourceError
        /// The start of the first of the consecutive failed attempts.
        package var since: Timestamp

        package init(error: SourceError, since: Timestamp) {
            self.error = error
            self.since = since
        }
    }

    /// HTTP requests sent in the last minute, hour and day.
    package struct Calls: Sendable, Hashable {
        /// Requests in the last minute.
        package var minute = 0
        /// Requests in the last hour.
        package var hour = 0
        /// Requests in the last 24 hours.
        package var day = 0

        package init() {}
    }

    /// Drift, with the start of the attempt that first showed it.
    package struct ObservedDrift: Sendable, Hashable {
        /// The field and the value.
        package var drift: Drift
        /// The start of the first attempt that showed it.
        package var firstSeen: Timestamp

        package init(drift: Drift, firstSeen: Timestamp) {
            self.drift = drift
            self.firstSeen = firstSeen
        }
    }

    /// The values of `state` in the HTTP contract (Sources/HTTPFront/README.md).
    package enum State: String, Sendable, CaseIterable {
        case fresh, stale, loading, failed
    }

    package init(source: SourceDescription, ttl: Duration, freshFor: Duration) {
        self.source = source
        self.ttl = ttl
        self.freshFor = freshFor
    }

    /// True if any partition has rows to serve.
    package var hasList: Bool { partitions.listed > 0 }

    /// True if every partition has a proven list.
    package var isComplete: Bool { partitions.proven == partitions.total }

    /// The state at a given time.
    package func state(at now: Timestamp) -> State {
        guard hasList, let observedAt else { return finishedAttempts == 0 ? .loading : .failed }
        let (age, overflow) = now.microseconds.subtractingReportingOverflow(observedAt.microseconds)
        // A list from the future, by more than clocks differ, has no age that could be trusted.
        let isYoung = !overflow && age >= -60_000_000 && age <= freshFor.microseconds
        return failure == nil && isYoung && !awaitsAccount ? .fresh : .stale
    }
}
