import Deployments
import Snapshots
import Wire

/// The lists of one source, served or too old to be served, and the status that readers see.
///
/// It is a value; each attempt makes the next one from it.
struct ServedLists: Sendable {
    private(set) var config: CacheWindows
    /// What is added to the rows of ``partitions`` in ``rows``.
    private(set) var enrichment: RowEnrichment
    /// The partitions that have a list, in the order of the newest fetch; includes those that are not served.
    var partitions: [PartitionState] = []
    /// The encoded rows of all partitions that are served; nil if none is.
    var rows: SourceRows?
    var status: SourceStatus
    /// The reasons for which the newest lists of partitions are not proven, by their keys.
    var doubts: [String: String] = [:]
    /// The keys of the ``partitions`` whose lists are too old to be served.
    var expired: Set<String> = []
    /// The digest of the credentials that the lists were fetched with; nil if it is not known.
    var credentialDigest: CredentialDigest?
    /// When the first list was requested that lacked rows which are served still, by the key of the partition.
    ///
    /// A partition without an entry had such rows already when its list was restored.
    var heldSince: [String: Timestamp] = [:]
    private let storageKey: String
    /// See ``DeploymentSource/exposureFingerprint``.
    private let exposure: Int

    /// The source as it is described on rows.
    var source: SourceDescription { enrichment.source.description }

    /// The partitions that are served.
    var served: [PartitionState] { partitions.filter { !expired.contains($0.partition) } }

    /// True if the current version of any served deployment is in transition.
    var isInTransition: Bool { rows?.isInTransition ?? false }

    /// True if another complete list is needed to prove that rows are gone, and the next one may be that list.
    ///
    /// False after a list that is not complete: then the next one is probably not complete either.
    var awaitsSecondLook: Bool { served.contains { $0.proven && !$0.missed.isEmpty } }

    /// The number of pages of the newest lists of all partitions together.
    var pages: Int { partitions.reduce(0) { $0 + $1.pages } }

    /// The lists as the store saves them, with the request counts; nil if there is neither.
    func stored(sent: [SentRequests]) -> SourceLists? {
        guard !partitions.isEmpty || !sent.isEmpty else { return nil }
        return SourceLists(
            source: storageKey, partitions: partitions, sent: sent, credentialDigest: credentialDigest)
    }

    /// The lists of a source before its first attempt; `restored` is from an earlier process.
    ///
    /// Encodes the restored rows.
    init(
        of configured: any DeploymentSource, config: CacheWindows, rules: [OperatorRule],
        restored: SourceLists?
    ) {
        self.config = config
        enrichment = RowEnrichment(of: configured, by: rules)
        storageKey = configured.storageKey
        exposure = configured.exposureFingerprint
        status = SourceStatus(
            source: enrichment.shownSource, ttl: config.ttl, freshFor: config.freshFor)
        status.told = enrichment.toldFields
        status.budget = configured.budget
        status.exposure = exposure
        status.statusWords = configured.statusWords
        let keys = configured.partitionKeys
        restore(restored, of: configured)
        rows = encodedRows(after: nil)
        describe(total: keys?.count ?? partitions.count)
    }

    /// Takes the partitions that were stored, without those that the source does not have any more, and notes
    /// whose they are.
    ///
    /// The rows are not encoded yet.
    mutating func restore(_ stored: SourceLists?, of configured: any DeploymentSource) {
        let keys = configured.partitionKeys
        partitions = (stored?.partitions ?? [])
            .filter { keys?.contains($0.partition) ?? true }
            .compactMap { $0.restamped(by: configured) }
        expired = []
        status.awaitsAccount = false
        credentialDigest = partitions.isEmpty ? nil : stored?.credentialDigest
        compareCredentials(with: credentialDigest(of: configured))
    }

    /// The same lists under another configuration with the same storage key.
    ///
    /// The rows and the state of attempts stay. The windows, and the facts on the rows that the configuration
    /// sets, are the new ones.
    ///
    /// Encodes the rows if these facts, or the rules that apply, changed.
    init(
        continuing old: ServedLists, of configured: any DeploymentSource, config: CacheWindows,
        rules: [OperatorRule], now: Timestamp
    ) {
        self.config = config
        enrichment = RowEnrichment(of: configured, by: rules)
        storageKey = configured.storageKey
        exposure = configured.exposureFingerprint
        let isStamped = old.source == configured.description && old.exposure == exposure
        partitions = isStamped ? old.partitions : old.partitions.compactMap { $0.restamped(by: configured) }
        status = old.status
        // Drift quotes values, perhaps of fields that must not be shown any more.
        if old.exposure != exposure { status.drift = [] }
        status.source = enrichment.shownSource
        status.told = enrichment.toldFields
        status.exposure = exposure
        status.ttl = config.ttl
        status.freshFor = config.freshFor
        status.budget = configured.budget
        status.statusWords = configured.statusWords
        // A list that was too old for the old limit may not be too old for the new one.
        expired = Set(tooOld(at: now))
        heldSince = old.heldSince
        let isShownAlike = isStamped && expired == old.expired && enrichment.rules == old.enrichment.rules
        rows = isShownAlike ? old.rows : encodedRows(after: old.rows)
        doubts = old.doubts
        credentialDigest = old.credentialDigest
        compareCredentials(with: credentialDigest(of: configured))
        describe(total: status.partitions.total)
    }

    /// The same lists under other windows and with other additions to their rows; encodes the rows if these
    /// differ, or other lists are too old to be served.
    func adopting(_ config: CacheWindows, _ enrichment: RowEnrichment, at now: Timestamp) -> ServedLists {
        let isEnrichedAlike = enrichment === self.enrichment
        guard config != self.config || !isEnrichedAlike else { return self }
        var lists = self
        lists.config = config
        lists.enrichment = enrichment
        lists.status.source = enrichment.shownSource
        lists.status.told = enrichment.toldFields
        (lists.status.ttl, lists.status.freshFor) = (config.ttl, config.freshFor)
        lists.expired = []
        lists.expired = Set(lists.tooOld(at: now))
        guard lists.expired != expired || !isEnrichedAlike else { return lists }
        lists.rows = lists.encodedRows(after: rows)
        lists.describe(total: status.partitions.total)
        return lists
    }

    /// The encoded rows of the lists that are served, nil if none is; the old ones if they are the same.
    private func encodedRows(after old: SourceRows?) -> SourceRows? {
        let served = served
        guard !served.isEmpty else { return nil }
        let rows = SourceRows(
            source: source, listed: served.flatMap(\.rows), enriching: enrichment.step)
        return old.map { rows.hasSameRows(as: $0) ? $0 : rows } ?? rows
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
        status.awaitsAccount = !partitions.isEmpty && credentialDigest != current
    }

    /// True if ``compareCredentials(with:)`` would change the status.
    func isCompared(with current: CredentialDigest?) -> Bool {
        var compared = self
        compared.compareCredentials(with: current)
        return compared.status.awaitsAccount == status.awaitsAccount
    }

    /// Writes the time and the reason of the next attempt into the status.
    mutating func show(_ plan: Schedule.Plan) {
        status.nextAttemptAt = plan == .never ? nil : plan.at
        status.nextAttemptReason = plan.reason.rawValue
    }

    /// True if the status shows exactly this plan.
    func shows(_ plan: Schedule.Plan) -> Bool {
        status.nextAttemptAt == (plan == .never ? nil : plan.at)
            && status.nextAttemptReason == plan.reason.rawValue
    }

    /// Updates the counts in the status and the time of the oldest served list; `total` is the number of
    /// partitions.
    mutating func describe(total: Int) {
        let served = served
        status.observedAt = served.map(\.observedAt).min()
        status.count = rows?.currentCount ?? 0
        status.partitions.total = max(1, total)
        status.partitions.listed = served.count
        status.partitions.proven = served.count { $0.proven }
        status.unproven = nil
        if let first = served.first(where: { doubts[$0.partition] != nil }),
            let reason = doubts[first.partition]
        {
            status.unproven = total > 1 ? "\(first.partition): \(reason)" : reason
        }
        let holding = served.filter { !$0.missed.isEmpty }
        let since = holding.map { heldSince[$0.partition] ?? $0.observedAt }.min()
        status.held = since.map { since in
            SourceStatus.Held(rows: holding.reduce(0) { $0 + $1.missed.count }, since: since)
        }
    }

    /// Encodes the served rows again if any of them changed.
    ///
    /// If none did, the encoded rows and the arrays behind them stay the same objects. `before` has the
    /// partitions before the change, by their keys.
    mutating func encode(_ before: [String: PartitionState]) async {
        let served = served
        guard !served.isEmpty else {
            rows = nil
            return
        }
        let listed = served.count == 1 ? served[0].rows : served.flatMap(\.rows)
        let updated = await SourceRows.updating(
            rows, source: source, listed: listed, enriching: enrichment.step)
        guard updated === rows else {
            rows = updated
            return
        }
        for index in partitions.indices {
            guard let old = before[partitions[index].partition], old.rows == partitions[index].rows
            else { continue }
            partitions[index].rows = old.rows
        }
    }
}

/// Expiry: the lists of a failing source are not served forever.
extension ServedLists {
    /// The time at which the next list of a failing source becomes too old; nil if none will.
    var nextExpiry: Timestamp? {
        guard let limit = config.servedFor, status.failure != nil else { return nil }
        return served.map { $0.observedAt.advanced(by: limit) }.min()
    }

    /// The keys of the served partitions whose lists are too old now.
    private func tooOld(at now: Timestamp) -> [String] {
        guard let limit = config.servedFor, status.failure != nil else { return [] }
        return served.filter { $0.observedAt.advanced(by: limit) <= now }.map(\.partition)
    }

    /// The lists without those that are now too old to be served; nil if there are no such lists.
    ///
    /// Their partitions are retained, so that later fetches are compared with them.
    @concurrent
    func expiring(at now: Timestamp) async -> ServedLists? {
        let old = tooOld(at: now)
        guard !old.isEmpty else { return nil }
        var next = self
        next.expired.formUnion(old)
        await next.encode([:])
        next.describe(total: status.partitions.total)
        return next
    }
}

extension PartitionState {
    /// The same rows with the configuration's facts on the source, and without values that it must not show
    /// any more; nil if another adapter read them, since its keys and fields mean something else.
    fileprivate func restamped(by configured: any DeploymentSource) -> PartitionState? {
        let source = configured.description
        guard rows.allSatisfy({ $0.adapter == source.adapter }) else { return nil }
        var partition = self
        partition.rows = configured.redacted(rows) ?? rows
        partition.rename(to: source.name)
        let origin = SharedSource(source)
        for index in partition.rows.indices {
            partition.rows[index].origin = origin
            partition.rows[index].setModelFamily()
        }
        return partition
    }

    /// Gives the rows of a source that had another name its name of now, with which every uid begins.
    private mutating func rename(to name: String) {
        for index in rows.indices where rows[index].source != name {
            let former = rows[index].source + "/"
            guard rows[index].uid.hasPrefix(former) else { continue }
            let misses = missed.removeValue(forKey: VersionKey(rows[index]))
            rows[index].uid = name + "/" + rows[index].uid.dropFirst(former.count)
            missed[VersionKey(rows[index])] = misses
        }
    }
}
