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

    /// True if it lists model providers too; where a platform has none, that is a complete answer.
    var hasProviders: Bool { get }

    /// The keys of all partitions of the list of providers, as ``fetch()`` names them; nil if only a fetch can
    /// determine them.
    var providerPartitionKeys: [String]? { get }

    /// Providers of an earlier configuration or process without the values that the source may not show any
    /// more; nil where they stay as they are.
    func redacted(_ rows: [ModelProvider]) -> [ModelProvider]?

    /// The statuses that the platform's words stand for, by the word in lower case.
    ///
    /// Where it depends on the record, the one that needs no condition comes first.
    var statusWords: [String: [DeploymentStatus]] { get }

    /// The same for the words of model providers.
    var providerStatusWords: [String: [DeploymentStatus]] { get }

    /// The secondary requests that fields of its rows depend on, in the adapter file's order.
    var lookups: [Lookup] { get }

    /// A row that has the fields of a lookup in the list of providers alone, as this provider states them.
    func values(of provider: ModelProvider, for lookup: String) -> ModelDeployment?

    /// Looks up keys, one request for each; those that are not requested, for want of budget or since the platform
    /// refuses all, are not among the entries.
    ///
    /// Returns within the source's own deadlines.
    func lookUp(_ keys: [LookupKey]) async -> LookupFetch

    /// The origins of its rows' values, without what the operator's rules set.
    var toldFields: ToldFields { get }

    /// The members of its deployments that can be changed; nil where its adapter file describes no update.
    var updates: UpdateSchema? { get }

    /// True if the operator allows changes of its deployments.
    var takesUpdates: Bool { get }

    /// Checks a patch against a row, and makes the request that would apply it; sends nothing.
    ///
    /// - Throws: ``UpdateRefusal`` if the row cannot take the patch.
    func plan(_ patch: UpdatePatch, of row: ModelDeployment) throws(UpdateRefusal) -> PlannedUpdate

    /// Sends an update once; it is sent again only if it is certain that nothing of it was sent before.
    ///
    /// Returns within the source's own deadlines. A canceled task does not end it.
    func send(_ update: PlannedUpdate) async -> UpdateResult

    /// True if a listed row shows the effect of a patch that was applied to an earlier state of it.
    func shows(_ patch: UpdatePatch, on row: ModelDeployment, since before: ModelDeployment) -> Bool

    /// Lists every partition on the platform once: deployments first, then providers.
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

    /// No providers.
    package var hasProviders: Bool { false }

    /// Only a fetch can determine them.
    package var providerPartitionKeys: [String]? { nil }

    /// Every value may be shown.
    package func redacted(_ rows: [ModelProvider]) -> [ModelProvider]? { nil }

    /// Nothing is looked up.
    package var lookups: [Lookup] { [] }

    /// Nothing is looked up.
    package func values(of provider: ModelProvider, for lookup: String) -> ModelDeployment? { nil }

    /// Finds nothing.
    package func lookUp(_ keys: [LookupKey]) async -> LookupFetch { LookupFetch() }

    /// Nothing can be changed.
    package var updates: UpdateSchema? { nil }

    /// The operator allows none.
    package var takesUpdates: Bool { false }

    /// Nothing can be changed.
    package func plan(
        _ patch: UpdatePatch, of row: ModelDeployment
    ) throws(UpdateRefusal) -> PlannedUpdate {
        throw UpdateRefusal([UpdateMistake("", "nothing of this platform's deployments can be changed")])
    }

    /// Sends nothing.
    package func send(_ update: PlannedUpdate) async -> UpdateResult {
        .notSent(SourceError(.config, "nothing of this platform's deployments can be changed"))
    }

    /// Every field of the patch has its new value.
    package func shows(
        _ patch: UpdatePatch, on row: ModelDeployment, since before: ModelDeployment
    ) -> Bool {
        patch.changes.allSatisfy { DeploymentField.named($0.field)?.get(row) == $0.value }
    }

    /// No field is known to be told.
    package var toldFields: ToldFields { ToldFields() }

    /// No words are known.
    package var statusWords: [String: [DeploymentStatus]] { [:] }

    /// No words are known.
    package var providerStatusWords: [String: [DeploymentStatus]] { [:] }

    /// Every value may be shown.
    package func redacted(_ rows: [ModelDeployment]) -> [ModelDeployment]? { nil }
}
