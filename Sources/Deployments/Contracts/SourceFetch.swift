package import Wire

/// The result of one fetch of a source.
package struct SourceFetch: Sendable {
    /// The result for its list of deployments.
    package var deployments: ListFetch<ModelDeployment>
    /// The result for its list of model providers; nil if the platform has none.
    package var providers: ListFetch<ModelProvider>?
    /// HTTP requests sent.
    package var calls: Int
    /// The ``DeploymentSource/credentialFingerprint()`` of the credentials that were sent; nil where the
    /// source did not note it.
    package var credentials: Int?
    /// Makes the ``DeploymentSource/credentialDigest(keyedBy:)`` of the credentials that were sent.
    package var credentialDigest: @Sendable (CredentialDigest.Key) -> CredentialDigest?

    /// The result for the deployments, by the members of ``ListFetch``, and that for the providers.
    package init(
        partitions: [PartitionFetch<ModelDeployment>], drift: [Drift] = [],
        providers: ListFetch<ModelProvider>? = nil, calls: Int, credentials: Int? = nil,
        credentialDigest: @escaping @Sendable (CredentialDigest.Key) -> CredentialDigest? = { _ in nil }
    ) {
        self.credentialDigest = credentialDigest
        deployments = ListFetch(partitions: partitions, drift: drift)
        self.providers = providers
        self.calls = calls
        self.credentials = credentials
    }

    /// The partitions of ``deployments``.
    package var partitions: [PartitionFetch<ModelDeployment>] {
        get { deployments.partitions }
        set { deployments.partitions = newValue }
    }

    /// The drift of ``deployments``.
    package var drift: [Drift] {
        get { deployments.drift }
        set { deployments.drift = newValue }
    }
}

/// The result of one fetch for one of a source's lists.
package struct ListFetch<Row: Record>: Sendable {
    /// Every partition there is, in a stable order; never empty.
    package var partitions: [PartitionFetch<Row>]
    /// Values that did not fit their fields: one entry for each field, with its first value; most rows first.
    package var drift: [Drift]

    /// The results of the partitions, and what did not fit over all of them.
    package init(partitions: [PartitionFetch<Row>], drift: [Drift] = []) {
        self.partitions = partitions
        self.drift = drift
    }
}

/// The result of one partition of a list (a workspace, a region).
package struct PartitionFetch<Row: Record>: Sendable {
    /// The partition's key, unique within its source; empty where a source has only one.
    package var partition: String
    /// The time at which the walk sent its first request.
    package var sentAt: Timestamp
    /// The time at which the last answer of the walk had arrived.
    package var answeredAt: Timestamp
    /// The age that a cache on the way to the platform stated of its copy (`Age`, RFC 9111 §5.1), the
    /// greatest of all pages; zero without one.
    package var upstreamAge: Duration
    /// The list, or the reason that there is none.
    package var result: Result<PartitionListing<Row>, SourceError>

    package init(
        partition: String, sentAt: Timestamp, answeredAt: Timestamp? = nil, upstreamAge: Duration = .zero,
        result: Result<PartitionListing<Row>, SourceError>
    ) {
        self.partition = partition
        self.sentAt = sentAt
        self.answeredAt = answeredAt ?? sentAt
        self.upstreamAge = upstreamAge
        self.result = result
    }

    /// The time as of which the list is true: that of sending less the age of a cached copy (RFC 9111
    /// §4.2.3).
    package var observedAt: Timestamp { sentAt.advanced(by: .zero - upstreamAge) }
}

/// The rows of one partition, from a walk that reached its proven end.
package struct PartitionListing<Row: Record>: Sendable {
    /// Every version of every record; no two share a uid and a version.
    package private(set) var rows: [Row]
    /// The number of pages; 1 if the complete list came in one response.
    package var pages: Int
    /// Records whose identity could not be read, or not all of it: the list is then not proven complete, and
    /// no row may be dropped.
    package var unidentified: Int
    /// Records that repeat an identity of the same page; the first stayed.
    package var repeated: Int
    /// The reason for which the list may lack rows although its walk reached the end; nil if there is none.
    package var doubt: String?

    /// Keeps the first of the rows that share a uid and a version.
    package init(rows: [Row], pages: Int = 1, unidentified: Int = 0, repeated: Int = 0) {
        var keys = Set<VersionKey>(minimumCapacity: rows.count)
        let distinct = rows.filter { keys.insert(VersionKey($0)).inserted }
        self.init(distinctRows: distinct, pages: pages, unidentified: unidentified, repeated: repeated)
    }

    /// Takes rows of which no two share a uid and a version, as a page walk has proven.
    package init(
        distinctRows: [Row], pages: Int = 1, unidentified: Int = 0, repeated: Int = 0,
        doubt: String? = nil
    ) {
        self.doubt = doubt
        rows = distinctRows
        self.pages = pages
        self.unidentified = unidentified
        self.repeated = repeated
    }

    /// True if a row that is missing here may count as gone.
    package var isComplete: Bool { unprovenReason == nil }

    /// The reason for which no row may be dropped; nil if the list is proven complete.
    package var unprovenReason: String? {
        if let doubt { return doubt }
        guard unidentified > 0 else { return nil }
        return "\(unidentified) records have no readable identity"
    }
}

/// A value that did not fit its field: the field became null, the row stayed.
package struct Drift: Sendable, Hashable {
    /// The unified field, `history`, or `uid` for a record without identity.
    package var field: String
    /// The first such value: a scalar cut to 64 characters, or only its kind (`an object`).
    package var value: String
    /// The number of rows of the fetch with such a value.
    package var rows: Int

    package init(field: String, value: String, rows: Int) {
        self.field = field
        self.value = value
        self.rows = rows
    }
}
