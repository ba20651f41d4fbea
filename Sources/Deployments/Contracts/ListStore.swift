package import Wire

/// The last good list of one source as it outlives the process, and what was sent for it.
///
/// It is also the refresher's own memory of the source: rows as they were fetched, before versions are
/// settled across partitions.
package struct SourceLists: Sendable, Hashable {
    /// The source's ``DeploymentSource/storageKey``.
    package var source: String
    /// In the order of the source's fetches; only those that have a list, so none before the first.
    package var partitions: [PartitionState]
    /// What was sent in the last 24 hours, the oldest first; no two in one minute.
    package var sent: [SentRequests]

    package init(source: String, partitions: [PartitionState], sent: [SentRequests] = []) {
        self.source = source
        self.partitions = partitions
        self.sent = sent
    }
}

/// How many requests a source was sent within one minute.
package struct SentRequests: Sendable, Hashable {
    /// The beginning of the minute, a whole one since 1970.
    package var minute: Timestamp
    /// Above 0.
    package var count: Int

    package init(minute: Timestamp, count: Int) {
        self.minute = minute
        self.count = count
    }
}

/// The rows that are served for one partition, and what the next listing has to know of the last ones.
package struct PartitionState: Sendable, Hashable {
    /// The partition's key; empty where a source has only one.
    package var partition: String
    /// When the first request of the newest listing was sent.
    package var observedAt: Timestamp
    /// Whether the newest listing was complete.
    package var proven: Bool
    /// How many pages the newest listing had.
    package var pages: Int
    /// No two share a uid and a version; their order means nothing.
    package var rows: [ModelDeployment]
    /// For rows that are served still, how many complete listings in a row did not have them; never 0.
    package var missed: [VersionKey: Int]

    package init(
        partition: String, observedAt: Timestamp, proven: Bool, pages: Int, rows: [ModelDeployment],
        missed: [VersionKey: Int] = [:]
    ) {
        self.partition = partition
        self.observedAt = observedAt
        self.proven = proven
        self.pages = pages
        self.rows = rows
        self.missed = missed
    }
}

/// Keeps the last good lists, so that a restart serves them at once.
///
/// Any number of tasks may call it; calls for one source take effect one after another. A conformer holds
/// nothing of a row but what ``PartitionState`` holds, and no call blocks the cooperative pool.
package protocol ListStore: Sendable {
    /// Every list that was saved and not removed, in no order.
    ///
    /// Each comes back equal to what was saved; a row that cannot be read back is left out, and its
    /// partition is then not `proven`.
    func load() async throws -> [SourceLists]

    /// Replaces what is kept of this source: all of it or, where it throws, none.
    func save(_ list: SourceLists) async throws

    /// Removes the lists of all sources but these.
    func removeSources(notIn names: Set<String>) async throws
}

/// What makes a row a row: the place and the version.
package struct VersionKey: Hashable, Sendable {
    package var uid: String
    package var version: Int?

    package init(_ deployment: borrowing ModelDeployment) {
        uid = deployment.uid
        version = deployment.version
    }
}
