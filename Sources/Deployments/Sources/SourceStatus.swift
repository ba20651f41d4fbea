package import Wire

/// The state of a source, without its rows.
package struct SourceStatus: Sendable {
    /// The source that the status describes.
    package var source: SourceDescription
    /// The age up to which a list counts as fresh: `ttl` + `stale_while_revalidate`.
    package var freshFor: Duration
    /// The age at which a list is requested again.
    package var ttl: Duration
    /// The state of the list that the reader of this status reads: that of deployments, unless
    /// ``asSeenByProviders`` made it.
    package var list = ListStatus()
    /// The state of the list of model providers; nil if the platform has none.
    package var providers: ListStatus?
    /// True if the lists were fetched with other credentials than those that are configured now, and may be
    /// of another account.
    package var awaitsAccount = false
    /// The time of the next attempt; nil if none is planned.
    package var nextAttemptAt: Timestamp?
    /// The reason for the time of the next attempt; nil before it is planned.
    package var nextAttemptReason: String?
    /// The source's own budget, not a copy, so its counts are always current.
    package var budget = RequestBudget()
    /// See ``DeploymentSource/statusWords``.
    package var statusWords: [String: [DeploymentStatus]] = [:]
    /// See ``DeploymentSource/providerStatusWords``.
    package var providerStatusWords: [String: [DeploymentStatus]] = [:]
    /// The origins of its deployments' values.
    package var told = ToldFields()
    /// The fields of deployments that depend on the list of providers too.
    package var joined: Set<String> = []
    /// See ``DeploymentSource/exposureFingerprint``: rows from the time of another number may show other values.
    package var exposure = 0

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

    /// The state of ``list`` at a given time.
    package func state(at now: Timestamp) -> State {
        list.state(at: now, freshFor: freshFor, awaitsAccount: awaitsAccount)
    }
}

/// The members of ``SourceStatus/list`` as members of the status.
extension SourceStatus {
    /// See ``ListStatus/observedAt``.
    package var observedAt: Timestamp? {
        get { list.observedAt }
        set { list.observedAt = newValue }
    }

    /// See ``ListStatus/count``.
    package var count: Int {
        get { list.count }
        set { list.count = newValue }
    }

    /// See ``ListStatus/partitions``.
    package var partitions: Partitions {
        get { list.partitions }
        set { list.partitions = newValue }
    }

    /// See ``ListStatus/unproven``.
    package var unproven: String? {
        get { list.unproven }
        set { list.unproven = newValue }
    }

    /// See ``ListStatus/held``.
    package var held: Held? {
        get { list.held }
        set { list.held = newValue }
    }

    /// See ``ListStatus/failure``.
    package var failure: Failure? {
        get { list.failure }
        set { list.failure = newValue }
    }

    /// See ``ListStatus/lastAttemptAt``.
    package var lastAttemptAt: Timestamp? {
        get { list.lastAttemptAt }
        set { list.lastAttemptAt = newValue }
    }

    /// See ``ListStatus/drift``.
    package var drift: [ObservedDrift] {
        get { list.drift }
        set { list.drift = newValue }
    }

    /// See ``ListStatus/finishedAttempts``.
    package var finishedAttempts: Int {
        get { list.finishedAttempts }
        set { list.finishedAttempts = newValue }
    }

    /// The states of all its lists by the names of their kinds, deployments first; of the status that a reader of
    /// deployments sees.
    package var lists: [(name: String, status: ListStatus)] {
        [(RecordSchema.deployments.profile.name, list)]
            + (providers.map { [(RecordSchema.providers.profile.name, $0)] } ?? [])
    }

    /// The status that a reader of model providers sees; nil if the platform has none.
    package var asSeenByProviders: SourceStatus? {
        providers.map { providers in
            var status = self
            status.list = providers
            status.statusWords = providerStatusWords
            return status
        }
    }

    /// The lists that an answer about deployments is read from if it uses these fields.
    package func lists(using fields: Set<String>) -> ListsRead {
        joined.isDisjoint(with: fields) ? .deployments : [.deployments, .providers]
    }

    /// The status that a reader of deployments sees whose answer uses these fields: where one of them depends on the
    /// list of providers too, that of both lists together.
    package func seen(using fields: Set<String>) -> SourceStatus {
        guard let providers, lists(using: fields).contains(.providers) else { return self }
        var status = self
        status.list = list.joined(with: providers, named: RecordSchema.providers.profile.name)
        return status
    }

    /// True if any partition of ``list`` has rows to serve.
    package var hasList: Bool { list.hasList }

    /// True if every partition of ``list`` has a proven list.
    package var isComplete: Bool { list.isComplete }
}
