import Deployments
import Snapshots
import Wire

/// One list of a source, served or too old to be served, and the status that readers see of it.
///
/// It is a value; each attempt makes the next one from it. Lists of one source know nothing of each other.
struct ServedList<Row: ServedRecord>: Sendable {
    /// The partitions that have a list, in the order of the newest fetch; includes those that are not served.
    var partitions: [PartitionState<Row>] = []
    /// The encoded rows of all partitions that are served; nil if none is.
    var rows: SourceRows?
    var status = ListStatus()
    /// The reasons for which the newest lists of partitions are not proven, by their keys.
    var doubts: [String: String] = [:]
    /// The keys of the ``partitions`` whose lists are too old to be served.
    var expired: Set<String> = []
    /// When the first list was requested that lacked rows which are served still, by the key of the partition.
    ///
    /// A partition without an entry had such rows already when its list was restored.
    var heldSince: [String: Timestamp] = [:]
    /// What is added to the served rows when they are encoded; nil if nothing is.
    var step: (@Sendable (inout [Row]) -> Void)?

    /// The partitions that are served.
    var served: [PartitionState<Row>] { partitions.filter { !expired.contains($0.partition) } }

    /// True if the current version of any served record is in transition.
    var isInTransition: Bool { rows?.isInTransition ?? false }

    /// True if another complete list is needed to prove that rows are gone, and the next one may be that list.
    ///
    /// False after a list that is not complete: then the next one is probably not complete either.
    var awaitsSecondLook: Bool { served.contains { $0.proven && !$0.missed.isEmpty } }

    /// True if there is no list, and none was ever requested by this process.
    var isUnknown: Bool { partitions.isEmpty && status.finishedAttempts == 0 }

    /// The number of pages of the newest lists of all partitions together.
    var pages: Int { partitions.reduce(0) { $0 + $1.pages } }

    /// The list before its first attempt; `stored` is from an earlier process.
    ///
    /// Encodes the stored rows.
    init(
        restoring stored: [PartitionState<Row>], of configured: ListBinding<Row>,
        enriching step: (@Sendable (inout [Row]) -> Void)? = nil
    ) {
        self.step = step
        restore(stored, of: configured)
        encodeServed(of: configured.source, after: nil)
        describe(total: configured.partitionKeys?.count ?? partitions.count)
    }

    /// Takes the partitions that were stored, without those that the source does not have any more.
    ///
    /// The rows are not encoded yet.
    mutating func restore(_ stored: [PartitionState<Row>], of configured: ListBinding<Row>) {
        let keys = configured.partitionKeys
        partitions = stored.filter { keys?.contains($0.partition) ?? true }
            .compactMap { $0.restamped(by: configured) }
        expired = []
    }

    /// The same list of a source that is configured differently; its rows and the state of attempts stay, and
    /// the facts on the rows that the configuration sets are the new ones.
    ///
    /// `isStamped` is true if these facts and the values that may be shown are the same, and `limit` the age
    /// up to which the list is served while attempts fail. `step` is added to the served rows; `isEnrichedAlike`
    /// is true if it adds what the old list's step did. Encodes the rows if anything of them changed.
    init(
        continuing old: ServedList, of configured: ListBinding<Row>, isStamped: Bool, limit: Duration?,
        enriching step: (@Sendable (inout [Row]) -> Void)? = nil, isEnrichedAlike: Bool = true,
        now: Timestamp
    ) {
        self.step = step
        partitions = isStamped ? old.partitions : old.partitions.compactMap { $0.restamped(by: configured) }
        status = old.status
        // A list that was too old for the old limit may not be too old for the new one.
        expired = Set(tooOld(at: now, limit: limit))
        heldSince = old.heldSince
        if isStamped, isEnrichedAlike, expired == old.expired {
            rows = old.rows
        } else {
            encodeServed(of: configured.source, after: old.rows)
        }
        doubts = old.doubts
        describe(total: status.partitions.total)
    }

    /// Serves what is not too old under another limit; encodes the rows if that are other partitions.
    mutating func adopt(limit: Duration?, of source: SourceDescription, at now: Timestamp) {
        let before = expired
        expired = []
        expired = Set(tooOld(at: now, limit: limit))
        guard expired != before else { return }
        encodeServed(of: source, after: rows)
        describe(total: status.partitions.total)
    }

    /// Encodes the served rows after ``step`` has changed.
    mutating func encodeAgain(of source: SourceDescription) { encodeServed(of: source, after: rows) }

    /// Encodes the served rows; if they are the same as before, the old object stays.
    private mutating func encodeServed(of source: SourceDescription, after old: SourceRows?) {
        let served = served
        guard !served.isEmpty else {
            rows = nil
            return
        }
        let encoded = Row.rows(of: source, listed: served.flatMap(\.rows), enriching: step)
        rows = old.map { encoded.hasSameRows(as: $0) ? $0 : encoded } ?? encoded
    }

    /// Updates the counts in the status and the time of the oldest served partition; `total` is the number of
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

    /// The partitions by their keys.
    var partitionsByKey: [String: PartitionState<Row>] {
        Dictionary(partitions.map { ($0.partition, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Encodes the served rows again if any of them changed.
    ///
    /// If none did, the encoded rows and the arrays behind them stay the same objects. `before` has the
    /// partitions before the change, by their keys.
    mutating func encode(_ before: [String: PartitionState<Row>], of source: SourceDescription) async {
        let served = served
        guard !served.isEmpty else {
            rows = nil
            return
        }
        let listed = served.count == 1 ? served[0].rows : served.flatMap(\.rows)
        let updated = await Row.rows(updating: rows, of: source, listed: listed, enriching: step)
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

/// Expiry: the list of a failing source is not served forever.
extension ServedList {
    /// The time at which the next partition becomes too old; nil if none will.
    func nextExpiry(limit: Duration?) -> Timestamp? {
        guard let limit, status.failure != nil else { return nil }
        return served.map { $0.observedAt.advanced(by: limit) }.min()
    }

    /// The keys of the served partitions whose lists are too old now.
    private func tooOld(at now: Timestamp, limit: Duration?) -> [String] {
        guard let limit, status.failure != nil else { return [] }
        return served.filter { $0.observedAt.advanced(by: limit) <= now }.map(\.partition)
    }

    /// Stops serving the partitions that are too old now.
    ///
    /// They are retained, so that later fetches are compared with them.
    /// - Returns: False if there are none; nothing is changed then.
    mutating func expire(at now: Timestamp, limit: Duration?, of source: SourceDescription) async -> Bool {
        let old = tooOld(at: now, limit: limit)
        guard !old.isEmpty else { return false }
        expired.formUnion(old)
        await encode([:], of: source)
        describe(total: status.partitions.total)
        return true
    }
}

/// What a configured source says of one of its lists.
struct ListBinding<Row: ServedRecord>: Sendable {
    let source: SourceDescription
    /// See ``DeploymentSource/partitionKeys``.
    let partitionKeys: [String]?
    /// See ``DeploymentSource/redacted(_:)``.
    let redacted: @Sendable ([Row]) -> [Row]?
    /// See ``DeploymentSource/derive(_:)``.
    let derive: @Sendable (inout Row) -> Void
}

extension DeploymentSource {
    /// What the source says of its list of deployments.
    var deployments: ListBinding<ModelDeployment> {
        ListBinding(
            source: description, partitionKeys: partitionKeys, redacted: { self.redacted($0) },
            derive: { self.derive(&$0) })
    }

    /// What the source says of its list of model providers; nil if it has none.
    var providers: ListBinding<ModelProvider>? {
        guard hasProviders else { return nil }
        return ListBinding(
            source: description, partitionKeys: providerPartitionKeys, redacted: { self.redacted($0) },
            derive: { _ in })
    }
}

extension PartitionState where Row: ServedRecord {
    /// The same rows with the configuration's facts on the source, and without values that it must not show
    /// any more; nil if another adapter read them, since its keys and fields mean something else.
    fileprivate func restamped(by configured: ListBinding<Row>) -> PartitionState? {
        let source = configured.source
        guard rows.allSatisfy({ $0.origin.description.adapter == source.adapter }) else { return nil }
        var partition = self
        partition.rows = configured.redacted(rows) ?? rows
        partition.respell(for: source.name)
        let origin = SharedSource(source)
        for index in partition.rows.indices {
            partition.rows[index].origin = origin
            configured.derive(&partition.rows[index])
        }
        return partition
    }

    /// Gives every row its uid of now: it begins with the source's present name, and is spelled as in this release.
    private mutating func respell(for name: String) {
        for index in rows.indices {
            let before = VersionKey(rows[index])
            rows[index].respell(for: name)
            guard rows[index].uid != before.uid else { continue }
            let misses = missed.removeValue(forKey: before)
            missed[VersionKey(rows[index])] = misses
        }
    }
}
