package import Wire

/// One configured source of deployments, asked whole.
///
/// The conformer does everything between the network and proven lists: pages, guards, mapping. It never caches,
/// filters or retries across fetches; the refresher decides when to call.
package protocol DeploymentSource: Sendable {
    var description: SourceDescription { get }

    /// The keys of all partitions, as ``fetch()`` names them; nil where only a fetch can tell.
    var partitionKeys: [String]? { get }

    /// Names the source and the way it is read: a kept list of another key is not this source's any more.
    ///
    /// It changes with the adapter file, the address, the inputs, and what the operator exposes; it begins with the
    /// source's name, behind which only `#` and what else tells it from others may stand.
    var storageKey: String { get }

    /// What the source may still send: ``fetch()`` takes from it, and whoever plans fetches looks into it.
    var budget: RequestBudget { get }

    /// Tells the credentials of now from others, and nothing else of them; nil where they cannot change while the
    /// process lives. It reads the files that they stand in.
    func credentialFingerprint() -> Int?

    /// Whether it asks for the same things in the same way as another: address, connection, credentials' places,
    /// limits, adapter file. What only stands on its records, such as labels, does not count.
    func isAsked(like other: any DeploymentSource) -> Bool

    /// Asks the platform for every partition once.
    ///
    /// Returns within the source's own deadlines; a cancelled task returns early, with the partitions that were
    /// not finished as failures of class `timeout`. A partition that fails leaves the others as they are.
    func fetch() async -> SourceFetch
}

extension DeploymentSource {
    package func credentialFingerprint() -> Int? { nil }

    /// One that cannot tell counts as another.
    package func isAsked(like other: any DeploymentSource) -> Bool { false }
}

/// Everything that one fetch of a source brought.
package struct SourceFetch: Sendable {
    /// Every partition there is, in a stable order; never empty.
    package var partitions: [PartitionFetch]
    /// What did not fit its field, per field and first value, most rows first.
    package var drift: [Drift]
    /// HTTP requests sent.
    package var calls: Int
    /// The ``DeploymentSource/credentialFingerprint()`` of the credentials that it was asked with; nil where the
    /// source did not note it.
    package var credentials: Int?

    package init(
        partitions: [PartitionFetch], drift: [Drift] = [], calls: Int, credentials: Int? = nil
    ) {
        self.partitions = partitions
        self.drift = drift
        self.calls = calls
        self.credentials = credentials
    }
}

/// What one partition of a source (a workspace, a region) answered.
package struct PartitionFetch: Sendable {
    /// The partition's key, unique within its source; empty where a source has only one.
    package var partition: String
    /// When the first request of the walk that brought this was sent.
    package var sentAt: Timestamp
    package var result: Result<PartitionListing, SourceError>

    package init(partition: String, sentAt: Timestamp, result: Result<PartitionListing, SourceError>) {
        self.partition = partition
        self.sentAt = sentAt
        self.result = result
    }
}

/// The rows of one partition, from a walk that reached its proven end.
package struct PartitionListing: Sendable {
    /// Every version of every deployment; no two share a uid and a version.
    package private(set) var rows: [ModelDeployment]
    /// 1 where the whole list came in one answer.
    package var pages: Int
    /// Records whose identity could not be read, or not all of it: the list is not proven whole, so that nothing
    /// may be dropped.
    package var unidentified: Int
    /// Records whose identity stood already on the same page; the first stayed.
    package var repeated: Int

    /// Of rows with one uid and version the first stays.
    package init(rows: [ModelDeployment], pages: Int = 1, unidentified: Int = 0, repeated: Int = 0) {
        var keys = Set<VersionKey>(minimumCapacity: rows.count)
        let distinct = rows.filter { keys.insert(VersionKey($0)).inserted }
        self.init(distinctRows: distinct, pages: pages, unidentified: unidentified, repeated: repeated)
    }

    /// Takes rows of which a walk has proven that no two share a uid and a version.
    package init(
        distinctRows: [ModelDeployment], pages: Int = 1, unidentified: Int = 0, repeated: Int = 0
    ) {
        rows = distinctRows
        self.pages = pages
        self.unidentified = unidentified
        self.repeated = repeated
    }

    /// Whether a row that is not here may be gone.
    package var isComplete: Bool { unidentified == 0 }
}

/// A value that did not fit its field: the field became null, the row stayed.
package struct Drift: Sendable, Hashable {
    /// The unified field, `history`, or `uid` for a record without identity.
    package var field: String
    /// The first such value: a scalar cut to 64 characters, or only its kind (`an object`).
    package var value: String
    /// How many rows of the fetch had one.
    package var rows: Int

    package init(field: String, value: String, rows: Int) {
        self.field = field
        self.value = value
        self.rows = rows
    }
}
