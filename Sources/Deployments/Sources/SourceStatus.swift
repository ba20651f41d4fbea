package import Wire

/// How a source stands, which its rows cannot say; its age is told against a given now.
package struct SourceStatus: Sendable {
    package var source: SourceDescription
    /// How long a list counts as fresh: `ttl` + `stale_while_revalidate`.
    package var freshFor: Duration
    package var ttl: Duration
    /// When the oldest partition's list was asked for; nil where no partition has a list.
    package var observedAt: Timestamp?
    /// Current versions among the rows served.
    package var count = 0
    package var partitions = Partitions()
    /// Why the last attempt failed, wholly or in part; nil after a success.
    package var failure: Failure?
    package var lastAttemptAt: Timestamp?
    package var nextAttemptAt: Timestamp?
    package var nextAttemptReason: String?
    /// What it was sent and may be sent, always as of now: the source's own, which goes on counting.
    package var budget = RequestBudget()
    package var drift: [ObservedDrift] = []
    /// Attempts that ended, whatever came of them.
    package var finishedAttempts = 0

    package struct Partitions: Sendable, Hashable {
        package var total = 1
        /// Those with a list, however old.
        package var listed = 0
        /// Those whose newest list is proven complete.
        package var proven = 0

        package init() {}
    }

    package struct Failure: Sendable, Hashable {
        package var error: SourceError
        /// When the run of failures that still lasts began.
        package var since: Timestamp

        package init(error: SourceError, since: Timestamp) {
            self.error = error
            self.since = since
        }
    }

    /// HTTP requests sent in the last minute, hour and day.
    package struct Calls: Sendable, Hashable {
        package var minute = 0
        package var hour = 0
        package var day = 0

        package init() {}
    }

    package struct ObservedDrift: Sendable, Hashable {
        package var drift: Drift
        package var firstSeen: Timestamp

        package init(drift: Drift, firstSeen: Timestamp) {
            self.drift = drift
            self.firstSeen = firstSeen
        }
    }

    /// The words of DESIGN.md §4.
    package enum State: String, Sendable, CaseIterable {
        case fresh, stale, loading, failed
    }

    package init(source: SourceDescription, ttl: Duration, freshFor: Duration) {
        self.source = source
        self.ttl = ttl
        self.freshFor = freshFor
    }

    /// Whether any partition has rows to serve.
    package var hasList: Bool { partitions.listed > 0 }

    /// Whether every partition has a proven list.
    package var isComplete: Bool { partitions.proven == partitions.total }

    package func state(at now: Timestamp) -> State {
        guard hasList, let observedAt else { return finishedAttempts == 0 ? .loading : .failed }
        let (age, overflow) = now.microseconds.subtractingReportingOverflow(observedAt.microseconds)
        // A list of a time to come, by more than clocks differ: how old it is, nobody can tell.
        let isYoung = !overflow && age >= -60_000_000 && age <= freshFor.microseconds
        return failure == nil && isYoung ? .fresh : .stale
    }
}
