import Deployments
import Snapshots
import Wire

/// The lists of one source, served or too old to be served, and the status that readers see.
///
/// It is a value; each attempt makes the next one from it.
struct ServedLists: Sendable {
    private(set) var config: CacheWindows
    /// What is added to the rows of ``deployments`` where they are encoded.
    private(set) var enrichment: RowEnrichment
    var deployments: ServedList<ModelDeployment>
    /// Nil if the platform has no model providers.
    var providers: ServedList<ModelProvider>?
    /// What was looked up for the deployments.
    var lookups: LookupTable
    /// The fields that could not be read in what was looked up.
    private(set) var lookupDrift: [SourceStatus.ObservedDrift] = []
    /// The digest of the credentials that the lists were fetched with; nil if it is not known.
    var credentialDigest: CredentialDigest?
    private let storageKey: String
    /// See ``DeploymentSource/exposureFingerprint``.
    private let exposure: Int
    /// The status without the state of the lists.
    private var facts: SourceStatus

    /// The source as it is described on rows.
    var source: SourceDescription { enrichment.source.description }

    /// The status that readers see.
    var status: SourceStatus {
        var status = facts
        status.list = deployments.status
        status.list.drift += lookupDrift
        status.providers = providers?.status
        return status
    }

    /// See ``SourceStatus/awaitsAccount``.
    var awaitsAccount: Bool {
        get { facts.awaitsAccount }
        set { facts.awaitsAccount = newValue }
    }

    /// True if no partition has a list.
    var isEmpty: Bool { deployments.partitions.isEmpty && providers?.partitions.isEmpty ?? true }

    /// True if the source has deployments, but its providers were never requested: an earlier release, or an
    /// earlier adapter file, did not list them.
    var lacksProviders: Bool { !deployments.isUnknown && providers?.isUnknown ?? false }

    /// True if the current version of any served record is in transition.
    var isInTransition: Bool { deployments.isInTransition || providers?.isInTransition ?? false }

    /// True if a list awaits a second look, see ``ServedList/awaitsSecondLook``; providers that failed do not.
    var awaitsSecondLook: Bool {
        if deployments.awaitsSecondLook { return true }
        guard let providers, providers.status.failure == nil else { return false }
        return providers.awaitsSecondLook
    }

    /// The number of pages of the newest lists of all partitions together.
    var pages: Int { deployments.pages + (providers?.pages ?? 0) }

    /// The lists as the store saves them, with the request counts; nil if there is neither.
    func stored(sent: [SentRequests]) -> SourceLists? {
        guard !isEmpty || !sent.isEmpty else { return nil }
        return SourceLists(
            source: storageKey, partitions: deployments.partitions, providers: providers?.partitions ?? [],
            lookups: lookups.stored, sent: sent, credentialDigest: credentialDigest)
    }

    /// The lists of a source before its first attempt; `restored` is from an earlier process.
    ///
    /// Encodes the restored rows.
    init(
        of configured: any DeploymentSource, config: CacheWindows, rules: [OperatorRule],
        restored: SourceLists?
    ) {
        self.config = config
        storageKey = configured.storageKey
        exposure = configured.exposureFingerprint
        facts = SourceStatus(source: configured.description, ttl: config.ttl, freshFor: config.freshFor)
        providers = configured.providers.map { ServedList(restoring: restored?.providers ?? [], of: $0) }
        lookups = LookupTable(of: configured, restoring: restored?.lookups ?? [])
        lookups.join(providers, at: nil, values: configured.values)
        enrichment = RowEnrichment(of: configured, by: rules, lookups: lookups)
        deployments = ServedList(
            restoring: restored?.partitions ?? [], of: configured.deployments, enriching: enrichment.step)
        noteLookupDrift()
        state(configured, config)
        noteAccount(of: restored, as: configured)
    }

    /// Takes the facts of a configuration into the status.
    private mutating func state(_ configured: any DeploymentSource, _ config: CacheWindows) {
        facts.source = enrichment.shownSource
        (facts.told, facts.joined) = (enrichment.toldFields, enrichment.joinedFields)
        facts.exposure = exposure
        (facts.ttl, facts.freshFor) = (config.ttl, config.freshFor)
        facts.budget = configured.budget
        facts.statusWords = configured.statusWords
        facts.providerStatusWords = configured.providerStatusWords
    }

    /// Takes the lists that were stored in place of these; the rows are not encoded yet.
    mutating func restore(_ stored: SourceLists?, of configured: any DeploymentSource) {
        deployments.restore(stored?.partitions ?? [], of: configured.deployments)
        if let binding = configured.providers { providers?.restore(stored?.providers ?? [], of: binding) }
        lookups = LookupTable(of: configured, restoring: stored?.lookups ?? [], continuing: lookups)
        noteLookupDrift()
        noteAccount(of: stored, as: configured)
    }

    /// Notes the fields that could not be read in what was looked up for the rows.
    mutating func noteLookupDrift() {
        lookupDrift = lookups.drift(on: deployments.partitions.lazy.flatMap(\.rows))
    }

    /// Notes whose lists these are that were stored.
    private mutating func noteAccount(of stored: SourceLists?, as configured: any DeploymentSource) {
        awaitsAccount = false
        credentialDigest = isEmpty ? nil : stored?.credentialDigest
        compareCredentials(with: credentialDigest(of: configured))
    }

    /// The same lists under another configuration with the same storage key.
    ///
    /// The rows and the state of attempts stay. The windows, and the facts on the rows that the configuration
    /// sets, are the new ones.
    ///
    /// Encodes the rows if these facts changed.
    init(
        continuing old: ServedLists, of configured: any DeploymentSource, config: CacheWindows,
        rules: [OperatorRule], now: Timestamp
    ) {
        self.config = config
        storageKey = configured.storageKey
        exposure = configured.exposureFingerprint
        facts = old.facts
        let isStamped = old.source == configured.description && old.exposure == exposure
        providers = configured.providers.map { binding in
            guard let providers = old.providers else { return ServedList(restoring: [], of: binding) }
            return ServedList(
                continuing: providers, of: binding, isStamped: isStamped, limit: config.servedFor, now: now)
        }
        lookups = LookupTable(of: configured, restoring: old.lookups.stored, continuing: old.lookups)
        lookups.join(providers, at: now, values: configured.values)
        enrichment = RowEnrichment(of: configured, by: rules, lookups: lookups)
        deployments = ServedList(
            continuing: old.deployments, of: configured.deployments, isStamped: isStamped,
            limit: config.servedFor, enriching: enrichment.step,
            isEnrichedAlike: enrichment.isAlike(old.enrichment), now: now)
        // Drift quotes values, perhaps of fields that must not be shown any more.
        if old.exposure != exposure {
            deployments.status.drift = []
            providers?.status.drift = []
            lookups.forgetUnreadValues()
        }
        noteLookupDrift()
        state(configured, config)
        credentialDigest = old.credentialDigest
        compareCredentials(with: credentialDigest(of: configured))
    }

    /// The same lists under other windows; encodes the rows if other lists are too old to be served.
    func adopting(
        _ config: CacheWindows, _ enrichment: RowEnrichment, at now: Timestamp
    ) -> ServedLists {
        let isEnrichedAlike = enrichment.rules == self.enrichment.rules
        guard config != self.config || !isEnrichedAlike else { return self }
        var lists = self
        lists.config = config
        (lists.facts.ttl, lists.facts.freshFor) = (config.ttl, config.freshFor)
        let joined = lists.providers?.rows
        lists.providers?.adopt(limit: config.servedFor, of: source, at: now)
        let isJoinedAlike = joined === lists.providers?.rows
        if !isJoinedAlike { lists.joinProviders(at: now) }
        if !isEnrichedAlike || !isJoinedAlike {
            // What was looked up meanwhile stays.
            lists.enrich(by: enrichment.rules)
            lists.deployments.encodeAgain(of: source)
        }
        lists.deployments.adopt(limit: config.servedFor, of: source, at: now)
        return lists
    }

    /// The digest of a source's credentials of now, comparable with that of the lists; nil if one of both is
    /// not known.
    func credentialDigest(of source: any DeploymentSource) -> CredentialDigest? {
        credentialDigest.flatMap { source.credentialDigest(keyedBy: $0.key) }
    }

    /// Notes whether the lists were fetched with other credentials than those of this digest; nothing changes
    /// if one of both is not known.
    mutating func compareCredentials(with current: CredentialDigest?) {
        guard let current, let credentialDigest else { return }
        awaitsAccount = !isEmpty && credentialDigest != current
    }

    /// True if ``compareCredentials(with:)`` would change the status.
    func isCompared(with current: CredentialDigest?) -> Bool {
        var compared = self
        compared.compareCredentials(with: current)
        return compared.awaitsAccount == awaitsAccount
    }

    /// Writes the time and the reason of the next attempt into the status.
    mutating func show(_ plan: Schedule.Plan) {
        facts.nextAttemptAt = plan == .never ? nil : plan.at
        facts.nextAttemptReason = plan.reason.rawValue
    }

    /// Shows no next attempt.
    mutating func showNoPlan() { (facts.nextAttemptAt, facts.nextAttemptReason) = (nil, nil) }

    /// True if the status shows exactly this plan.
    func shows(_ plan: Schedule.Plan) -> Bool {
        facts.nextAttemptAt == (plan == .never ? nil : plan.at)
            && facts.nextAttemptReason == plan.reason.rawValue
    }

    /// The time at which the next list of a failing source becomes too old; nil if none will.
    var nextExpiry: Timestamp? {
        let limit = config.servedFor
        return [deployments.nextExpiry(limit: limit), providers?.nextExpiry(limit: limit)]
            .compactMap { $0 }.min()
    }

    /// The lists without those that are now too old to be served; nil if there are no such lists.
    @concurrent
    func expiring(at now: Timestamp) async -> ServedLists? {
        var next = self
        let limit = config.servedFor
        let haveProviders = await next.providers?.expire(at: now, limit: limit, of: source) ?? false
        if haveProviders {
            next.joinProviders(at: now)
            next.enrich(by: enrichment.rules)
        }
        let hasExpired = await next.deployments.expire(at: now, limit: limit, of: source)
        if haveProviders, !hasExpired { await next.encodeDeployments() }
        return hasExpired || haveProviders ? next : nil
    }

    /// Joins the providers that are served with the deployments, whose rows are not encoded yet.
    mutating func joinProviders(at now: Timestamp?) {
        lookups.join(providers, at: now, values: enrichment.source.values)
    }

    /// Encodes the deployments again if the additions to any of them changed.
    mutating func encodeDeployments() async {
        await deployments.encode(deployments.partitionsByKey, of: source)
    }

    /// Makes the rows that are encoded from now on show what the table of lookups has and what these rules set.
    mutating func enrich(by rules: [OperatorRule]) {
        enrichment = enrichment.renewed(by: rules, lookups: lookups)
        deployments.step = enrichment.step
        facts.source = enrichment.shownSource
        (facts.told, facts.joined) = (enrichment.toldFields, enrichment.joinedFields)
    }
}
