package import Wire

/// One configured source of deployments, whose every fetch covers all of them.
///
/// The conformer does everything between the network and proven lists: pages, guards, mapping. It never
/// caches, filters or retries across fetches; the refresher decides when to call.
package protocol DeploymentSource: Sendable {
    var description: SourceDescription { get }

    /// The keys of all partitions, as ``fetch()`` names them; nil if only a fetch can determine them.
    var partitionKeys: [String]? { get }

    /// The key under which the source's list is stored; a list under another key is not this source's.
    ///
    /// The source's name, then `#` and a hash of everything that decides which rows there are, what
    /// identifies them and what may be shown: the address, the request, the identity, the inputs, the
    /// operator's `expose`. The rest of an adapter file does not count: after an upgrade its source still has
    /// its list.
    var storageKey: String { get }

    /// Keys under which earlier releases, or a source of the former name, stored the same list; it is adopted,
    /// see ``ListStore/load(for:)``.
    var formerStorageKeys: Set<String> { get }

    /// The source's name before it was renamed, whose list and request counts it takes over; no source has that
    /// name now. nil if it was not renamed.
    var formerName: String? { get }

    /// The budget of the source's requests; ``fetch()`` takes from it, and the code that plans fetches reads
    /// it.
    var budget: RequestBudget { get }

    /// A number that changes with the credentials and reveals nothing else about them; nil if they cannot
    /// change while the process runs.
    ///
    /// Reads the credentials' files.
    func credentialFingerprint() -> Int?

    /// True if the credentials can change while the process runs, as those in files can.
    var canRotate: Bool { get }

    /// The digest of the values of the credentials as they are now.
    ///
    /// Nil if a credential cannot be read, or if another value reads the same account. Reads the credentials'
    /// files.
    func credentialDigest(keyedBy key: CredentialDigest.Key) -> CredentialDigest?

    /// True if it requests the same things in the same way as another: address, connection, references of the
    /// credentials, limits, adapter file. Facts that are only shown on records, such as labels, do not count.
    func isQueried(like other: any DeploymentSource) -> Bool

    /// A hash of everything that decides which values the source may show; valid in this process only.
    var exposureFingerprint: Int { get }

    /// Rows of an earlier configuration or process without the values that the source may not show any more.
    ///
    /// - Returns: nil where every value may be shown: the rows stay as they are.
    func redacted(_ rows: [ModelDeployment]) -> [ModelDeployment]?

    /// Fills in the fields of a row that follow from others, as a fetch does; the second time changes nothing.
    func derive(_ row: inout ModelDeployment)

    /// The statuses that the platform's words stand for, by the word in lower case.
    ///
    /// Where it depends on the record, the one that needs no condition comes first.
    var statusWords: [String: [DeploymentStatus]] { get }

    /// The origins of its rows' values, without what the operator's rules set.
    var toldFields: ToldFields { get }

    /// Lists every partition on the platform once.
    ///
    /// Returns within the source's own deadlines; a canceled task returns early, with the partitions that
    /// were not finished as failures of class `timeout`. A partition that fails leaves the others as they
    /// are.
    func fetch() async -> SourceFetch
}

extension DeploymentSource {
    /// A source has no former keys unless it says so.
    package var formerStorageKeys: Set<String> { [] }

    /// A source was not renamed unless it says so.
    package var formerName: String? { nil }

    /// Credentials that cannot change.
    package func credentialFingerprint() -> Int? { nil }

    /// Credentials that cannot change.
    package var canRotate: Bool { false }

    /// The account is the same, whatever the credentials.
    package func credentialDigest(keyedBy key: CredentialDigest.Key) -> CredentialDigest? { nil }

    /// A source that cannot tell counts as another.
    package func isQueried(like other: any DeploymentSource) -> Bool { false }

    /// Every source of this type may show the same values.
    package var exposureFingerprint: Int { 0 }

    /// The model's family.
    package func derive(_ row: inout ModelDeployment) { row.setModelFamily() }

    /// No field is known to be told.
    package var toldFields: ToldFields { ToldFields() }

    /// No words are known.
    package var statusWords: [String: [DeploymentStatus]] { [:] }

    /// Every value may be shown.
    package func redacted(_ rows: [ModelDeployment]) -> [ModelDeployment]? { nil }
}

/// The result of one fetch of a source.
package struct SourceFetch: Sendable {
    /// Every partition there is, in a stable order; never empty.
    package var partitions: [PartitionFetch]
    /// Values that did not fit their fields: one entry for each field, with its first value; most rows first.
    package var drift: [Drift]
    /// HTTP requests sent.
    package var calls: Int
    /// The ``DeploymentSource/credentialFingerprint()`` of the credentials that were sent; nil where the
    /// source did not note it.
    package var credentials: Int?
    /// Makes the ``DeploymentSource/credentialDigest(keyedBy:)`` of the credentials that were sent.
    package var credentialDigest: @Sendable (CredentialDigest.Key) -> CredentialDigest?

    package init(
        partitions: [PartitionFetch], drift: [Drift] = [], calls: Int, credentials: Int? = nil,
        credentialDigest: @escaping @Sendable (CredentialDigest.Key) -> CredentialDigest? = { _ in nil }
    ) {
        self.credentialDigest = credentialDigest
        self.partitions = partitions
        self.drift = drift
        self.calls = calls
        self.credentials = credentials
    }
}

/// The result of one partition of a source (a workspace, a region).
package struct PartitionFetch: Sendable {
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
    package var result: Result<PartitionListing, SourceError>

    package init(
        partition: String, sentAt: Timestamp, answeredAt: Timestamp? = nil, upstreamAge: Duration = .zero,
        result: Result<PartitionListing, SourceError>
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
package struct PartitionListing: Sendable {
    /// Every version of every deployment; no two share a uid and a version.
    package private(set) var rows: [ModelDeployment]
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
    package init(rows: [ModelDeployment], pages: Int = 1, unidentified: Int = 0, repeated: Int = 0) {
        var keys = Set<VersionKey>(minimumCapacity: rows.count)
        let distinct = rows.filter { keys.insert(VersionKey($0)).inserted }
        self.init(distinctRows: distinct, pages: pages, unidentified: unidentified, repeated: repeated)
    }

    /// Takes rows of which no two share a uid and a version, as a page walk has proven.
    package init(
        distinctRows: [ModelDeployment], pages: Int = 1, unidentified: Int = 0, repeated: Int = 0,
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
