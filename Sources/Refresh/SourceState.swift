import Deployments
import Snapshots
import Wire

/// Everything that the refresher knows of one source: a value, moved on by each fetch.
struct SourceState: Sendable {
    let config: RefreshConfig
    /// Those with a list, in the order of the newest fetch.
    private(set) var partitions: [PartitionState] = []
    /// Nil until a partition has a list.
    private(set) var rows: SourceRows?
    private(set) var status: SourceStatus
    /// The keys of those among ``partitions`` that are too old to be served.
    private var expired: Set<String> = []
    private let storageKey: String
    /// See ``DeploymentSource/exposureFingerprint``.
    private let exposure: Int

    var source: SourceDescription { status.source }

    /// Whether a deployment is on its way from one state to another.
    var isInTransition: Bool { rows?.isInTransition ?? false }

    /// How many pages its newest lists had, all partitions together.
    var pages: Int { partitions.reduce(0) { $0 + $1.pages } }

    /// Changes exactly when the rows that are served do.
    var rowsIdentity: ObjectIdentifier? { rows.map { ObjectIdentifier($0) } }

    /// What the store keeps of it.
    func list(sent: [SentRequests]) -> SourceLists {
        SourceLists(source: storageKey, partitions: partitions, sent: sent)
    }

    /// A source that was not asked yet; `restored` is its list from an earlier process.
    init(asking asked: any DeploymentSource, config: RefreshConfig, restored: SourceLists?, now: Timestamp) {
        self.config = config
        storageKey = asked.storageKey
        exposure = asked.exposureFingerprint
        let source = asked.description
        status = SourceStatus(
            source: source, ttl: config.ttl, freshFor: config.freshFor)
        status.nextAttemptAt = now
        status.nextAttemptReason = Schedule.Reason.starting.rawValue
        status.budget = asked.budget
        let keys = asked.partitionKeys
        partitions = (restored?.partitions ?? [])
            .filter { keys?.contains($0.partition) ?? true }
            .compactMap { $0.restamped(by: asked) }
        if !partitions.isEmpty {
            rows = SourceRows(source: source, listed: partitions.flatMap(\.rows))
        }
        describeLists(total: keys?.count ?? partitions.count)
    }

    /// The same source in another configuration, whose storage key is the same: lists, and what is known of its
    /// attempts, stay; windows and what the rows carry of the configuration are the new one's.
    init(
        continuing old: SourceState, asking asked: any DeploymentSource, config: RefreshConfig, now: Timestamp
    ) {
        self.config = config
        storageKey = asked.storageKey
        exposure = asked.exposureFingerprint
        let source = asked.description
        let isStamped = old.source == source && old.exposure == exposure
        partitions = isStamped ? old.partitions : old.partitions.compactMap { $0.restamped(by: asked) }
        status = old.status
        status.source = source
        status.ttl = config.ttl
        status.freshFor = config.freshFor
        status.budget = asked.budget
        // Lists that were too old for the old limit may not be for this one.
        expired = Set(tooOld(at: now))
        if isStamped, expired == old.expired {
            rows = old.rows
        } else if !served.isEmpty {
            rows = SourceRows(source: source, listed: served.flatMap(\.rows))
        }
        describeLists(total: status.partitions.total)
    }

    /// One fetch that came to its end.
    struct Attempt: Sendable {
        var fetch: SourceFetch
        var beganAt: Timestamp
    }

    /// What happened in an attempt that an operator should read of; most attempts have none.
    enum Event: Sendable, Equatable {
        /// The first failure of a run, or one of another class than the last.
        case failed(SourceError)
        case recovered
        case drifted(field: String, rows: Int)
        case dropped(rows: Int)
        /// A complete list lacks more rows than `max_drop` lets go at once.
        case heldBack(rows: Int)
    }

    /// Takes in what a fetch brought, and encodes the rows if they changed.
    ///
    /// `@concurrent` because it encodes every row: sources that answer together are merged side by side.
    @concurrent
    func taking(_ attempt: Attempt) async -> (state: SourceState, events: [Event]) {
        var next = self
        var events: [Event] = []
        await next.merge(attempt.fetch, &events)
        next.noteFailure(of: attempt, &events)
        next.noteDrift(of: attempt, &events)
        next.status.finishedAttempts += 1
        next.status.lastAttemptAt = attempt.beganAt
        return (next, events)
    }

    /// Takes in when the next attempt is.
    mutating func note(_ plan: Schedule.Plan) {
        status.nextAttemptAt = plan == .never ? nil : plan.at
        status.nextAttemptReason = plan.reason.rawValue
    }
}

/// Too old to be served.
extension SourceState {
    private var served: [PartitionState] { partitions.filter { !expired.contains($0.partition) } }

    /// When the next list of a source that fails is too old; nil where none will be.
    var nextExpiry: Timestamp? {
        guard let limit = config.servedFor, status.failure != nil else { return nil }
        return served.map { $0.observedAt.advanced(by: limit) }.min()
    }

    /// The partitions that are served, and whose lists are too old now.
    private func tooOld(at now: Timestamp) -> [String] {
        guard let limit = config.servedFor, status.failure != nil else { return [] }
        return served.filter { $0.observedAt.advanced(by: limit) <= now }.map(\.partition)
    }

    /// The source without the lists that are too old now; nil where there are none.
    ///
    /// They are kept, so that what comes later is held against them.
    @concurrent
    func expiring(at now: Timestamp) async -> SourceState? {
        let old = tooOld(at: now)
        guard !old.isEmpty else { return nil }
        var next = self
        next.expired.formUnion(old)
        await next.encode([:])
        next.describeLists(total: status.partitions.total)
        return next
    }
}

extension SourceState {
    private mutating func merge(_ fetch: SourceFetch, _ events: inout [Event]) async {
        let before = Dictionary(
            partitions.map { ($0.partition, $0) }, uniquingKeysWith: { first, _ in first })
        let named = Set(fetch.partitions.map(\.partition))
        var merged = fetch.partitions.compactMap { fetch in
            PartitionState.merging(fetch, into: before[fetch.partition], maxDrop: config.maxDrop)
        }
        for partition in merged {
            if let rows = partition.heldBack(since: before[partition.partition], by: config.maxDrop) {
                events.append(.heldBack(rows: rows))
            }
        }
        // A partition that is not asked for any more goes too, but only once all that are were listed.
        let unnamed = partitions.filter { !named.contains($0.partition) }
        let failed = fetch.partitions.contains { if case .failure = $0.result { true } else { false } }
        if failed || named.isEmpty { merged += unnamed }

        let served = rows
        partitions = merged
        for fetch in fetch.partitions {
            if case .success = fetch.result { expired.remove(fetch.partition) }
        }
        await encode(before)
        if let served, served !== rows {
            let dropped = served.count(missingFrom: rows)
            if dropped > 0 { events.append(.dropped(rows: dropped)) }
        }
        describeLists(total: named.union(merged.map(\.partition)).count)
    }

    /// Keeps the encoded rows, and the very arrays behind them, where no row changed.
    private mutating func encode(_ before: [String: PartitionState]) async {
        let served = served
        guard !served.isEmpty else {
            rows = nil
            return
        }
        let listed = served.count == 1 ? served[0].rows : served.flatMap(\.rows)
        let updated = await SourceRows.updating(rows, source: source, listed: listed)
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

    private mutating func describeLists(total: Int) {
        let served = served
        status.observedAt = served.map(\.observedAt).min()
        status.count = rows?.currentCount ?? 0
        status.partitions.total = max(1, total)
        status.partitions.listed = served.count
        status.partitions.proven = served.count { $0.proven }
    }

    private mutating func noteFailure(of attempt: Attempt, _ events: inout [Event]) {
        guard let error = attempt.fetch.failure else {
            if status.failure != nil { events.append(.recovered) }
            status.failure = nil
            return
        }
        if status.failure?.error.errorClass != error.errorClass { events.append(.failed(error)) }
        status.failure = SourceStatus.Failure(error: error, since: status.failure?.since ?? attempt.beganAt)
    }

    /// The most kinds of drift that are kept of one source.
    private static let driftLimit = 100

    private mutating func noteDrift(of attempt: Attempt, _ events: inout [Event]) {
        let known = status.drift
        var drift = attempt.fetch.drift.map { found in
            let same = known.first { $0.drift.field == found.field && $0.drift.value == found.value }
            return SourceStatus.ObservedDrift(drift: found, firstSeen: same?.firstSeen ?? attempt.beganAt)
        }
        for found in drift where !known.contains(where: { $0.drift.field == found.drift.field }) {
            events.append(.drifted(field: found.drift.field, rows: found.drift.rows))
        }
        // What a partition that failed now showed before is not mended.
        if attempt.fetch.failure != nil {
            drift += known.filter { old in
                !drift.contains { $0.drift.field == old.drift.field && $0.drift.value == old.drift.value }
            }
        }
        status.drift = Array(drift.prefix(Self.driftLimit))
    }
}

extension SourceFetch {
    /// Of each partition that failed.
    var failures: [SourceError.Class] {
        partitions.compactMap { if case .failure(let error) = $0.result { error.errorClass } else { nil } }
    }

    /// The first partition's failure, in whose name and beside how many others; nil where none failed.
    var failure: SourceError? {
        var failed: [(partition: String, error: SourceError)] = []
        for fetch in partitions {
            if case .failure(let error) = fetch.result { failed.append((fetch.partition, error)) }
        }
        guard let (name, first) = failed.first else {
            return partitions.isEmpty ? .internal(logDetail: "the source named no partition") : nil
        }
        guard partitions.count > 1 else { return first }
        var error = first
        if !name.isEmpty { error.message = "\(name): \(error.message)" }
        error.message += " (\(failed.count) of \(partitions.count) partitions failed)"
        return error
    }
}

extension PartitionState {
    /// How many rows the newest listing was the first to lack, where they are so many that they stay; else nil.
    fileprivate func heldBack(since previous: PartitionState?, by maxDrop: MaxDrop?) -> Int? {
        guard let previous, let maxDrop else { return nil }
        let lacking = missed.count { $0.value == 1 && previous.missed[$0.key] == nil }
        return maxDrop.isExceeded(by: lacking, of: previous.rows.count) ? lacking : nil
    }

    /// The same rows with the configuration's facts of the source and without values that it may not show any more;
    /// nil where they are another adapter's, whose keys and fields mean something else.
    fileprivate func restamped(by asked: any DeploymentSource) -> PartitionState? {
        let source = asked.description
        guard rows.allSatisfy({ $0.adapter == source.adapter }) else { return nil }
        var partition = self
        partition.rows = asked.redacted(rows) ?? rows
        let origin = SharedSource(source)
        for index in partition.rows.indices { partition.rows[index].origin = origin }
        return partition
    }
}
