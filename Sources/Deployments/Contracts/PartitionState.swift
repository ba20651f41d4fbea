package import Wire

/// The rows that are served for one partition, and the facts that the next listing is compared with.
package struct PartitionState<Row: Record>: Sendable, Hashable {
    /// The partition's key; empty where a source has only one.
    package var partition: String
    /// The time at which the first request of the newest listing was sent.
    package var observedAt: Timestamp
    /// The time at which the newest listing had arrived; nil for one of an earlier process.
    package var answeredAt: Timestamp?
    /// True if the newest listing was complete.
    package var proven: Bool
    /// The number of pages of the newest listing.
    package var pages: Int
    /// No two share a uid and a version; their order means nothing.
    package var rows: [Row]
    /// The number of consecutive complete listings that lacked a row that is still served; never 0.
    package var missed: [VersionKey: Int]

    package init(
        partition: String, observedAt: Timestamp, proven: Bool, pages: Int, rows: [Row],
        missed: [VersionKey: Int] = [:], answeredAt: Timestamp? = nil
    ) {
        self.partition = partition
        self.observedAt = observedAt
        self.answeredAt = answeredAt
        self.proven = proven
        self.pages = pages
        self.rows = rows
        self.missed = missed
    }
}

/// The identity of a row within its source: uid and version.
package struct VersionKey: Hashable, Sendable {
    /// The row's uid, which all versions share.
    package var uid: String
    /// The row's version; nil where the platform lists no versions.
    package var version: Int?

    /// Inlined, so that it is specialized for each kind of record.
    @inlinable
    package init(_ row: borrowing some Record) {
        uid = row.uid
        version = row.version
    }
}
