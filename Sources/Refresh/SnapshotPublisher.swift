import Deployments
import Snapshots
import Wire

/// The only publisher of snapshots: one publication for each change that readers can see, and none without a
/// change.
///
/// Sources that finish at the same time are published one after another, so that no rows are lost. It is an
/// actor and not a mutex, because a reconfiguration encodes rows here and unused lists are freed here. The
/// next publisher must not block a thread meanwhile.
actor SnapshotPublisher {
    /// The part of one source's state that readers see.
    private struct VisibleSource {
        var rows: SourceRows?
        var providers: SourceRows?
        var status: SourceStatus

        init(_ lists: ServedLists) {
            (rows, providers) = (lists.deployments.rows, lists.providers?.rows)
            status = lists.status
        }
    }

    private let registry: SourceRegistry
    private let published: Latest<Published>
    /// One element for each of the registry's runners, in their order.
    private var sources: [VisibleSource]
    private var deployments: PublishedRows
    private var providers: PublishedRows
    private var publicationCount = 0
    private let now: @Sendable () -> Timestamp
    let releaseQueue = ReleaseQueue()

    /// Publishes the lists that the runners hold at the start.
    init(
        of registry: SourceRegistry, publishingTo published: Latest<Published>,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.registry = registry
        self.published = published
        self.now = now
        let process = Self.randomName()
        sources = registry.runners.map { VisibleSource($0.lists) }
        let start = now()
        deployments = PublishedRows(sources.compactMap(\.rows), idPrefix: "\(process)-", at: start)
        providers = PublishedRows(sources.compactMap(\.providers), idPrefix: "\(process)-p", at: start)
        published.replace(
            with: Published(
                snapshot: deployments.snapshot, sources: sources.map(\.status),
                providers: PublishedList(
                    snapshot: providers.snapshot, sources: sources.compactMap(\.status.asSeenByProviders))))
    }

    /// Applies a change of one source and publishes it: one step for its readers and for a reconfiguration.
    ///
    /// - Returns: The published status; nil, with nothing changed, if the runner is retired, since another
    ///   configuration may have replaced it.
    @discardableResult
    func publish(_ change: SourceState.Change, of runner: SourceRunner) -> SourceStatus? {
        guard let index = registry.runners.firstIndex(where: { $0 === runner }) else { return nil }
        let before = lists
        // Another configuration may have set other windows or rules since the change was made.
        let change = change.adopting(runner.config, runner.lists.enrichment, at: now())
        let status = runner.commit(change) { lists, now in
            sources[index] = VisibleSource(lists)
            publish(at: now)
        }
        release(before)
        return status
    }

    /// The lists of every kind that are published.
    private var lists: [SourceRows] { deployments.snapshot.lists + providers.snapshot.lists }

    /// Publishes the current state of the sources; a kind's snapshot is a new one only if its lists changed.
    private func publish(at now: Timestamp) {
        deployments.update(sources.compactMap(\.rows), at: now)
        providers.update(sources.compactMap(\.providers), at: now)
        publicationCount += 1
        var next = Published(
            snapshot: deployments.snapshot, sources: sources.map(\.status),
            providers: PublishedList(
                snapshot: providers.snapshot, sources: sources.compactMap(\.status.asSeenByProviders)))
        next.number = publicationCount
        published.replace(with: next)
    }

    /// Passes the lists that are no longer published to the release queue; may free earlier ones, which takes
    /// a while.
    private func release(_ before: [SourceRows]) {
        let now = lists
        let retired = before.filter { old in !now.contains { $0 === old } }
        guard !retired.isEmpty else { return }
        let rows = [before, now].map { $0.reduce(0) { $0 + $1.rows.count } }
        releaseQueue.add(retired, rows: (before: rows[0], now: rows[1]))
    }

    /// Replaces the runners and their lists with those of another configuration in one publication; publishes
    /// nothing if every runner is kept as it is, in its order.
    ///
    /// Nothing else is published meanwhile, so the result of an attempt cannot be lost between the old state
    /// and the new.
    func reconfigure(
        _ configured: [(any DeploymentSource, CacheWindows)], rules: [OperatorRule],
        storedBy writer: StoreWriter
    ) -> Reconfiguration {
        let before = registry.runners
        let swap = RunnerSwap(from: before, to: configured, rules: rules, now: now)
        let runners = swap.runners()
        // Before any new source has a list, since the writer ignores lists under keys that it does not
        // retain.
        writer.retain(only: Set(runners.map(\.source.storageKey)))
        let known = Set(before.map(\.source.storageKey))
        for runner in runners where !known.contains(runner.source.storageKey) {
            // What it took over is stored under another key, which is being removed.
            if let stored = runner.stored { writer.offer(stored) }
        }
        registry.replace(with: runners)
        if !runners.elementsEqual(before, by: ===) || !swap.result.changed.isEmpty {
            let lists = lists
            sources = runners.map { VisibleSource($0.lists) }
            publish(at: now())
            release(lists)
        }
        return swap.result
    }

    /// Ten random characters of base32: fifty bits.
    private static func randomName() -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        return String((0..<10).compactMap { _ in alphabet.randomElement() })
    }
}

/// The published rows of one kind of record.
private struct PublishedRows {
    private(set) var snapshot: Snapshot
    private let idPrefix: String
    private var count = 0

    /// The first snapshot; ids are the prefix and a number.
    init(_ lists: [SourceRows], idPrefix: String, at now: Timestamp) {
        self.idPrefix = idPrefix
        snapshot = Snapshot(id: "\(idPrefix)0", publishedAt: now, lists: lists)
    }

    /// Makes another snapshot if the lists changed.
    mutating func update(_ lists: [SourceRows], at now: Timestamp) {
        guard !lists.elementsEqual(snapshot.lists, by: ===) else { return }
        count += 1
        snapshot = Snapshot(id: "\(idPrefix)\(count)", publishedAt: now, lists: lists)
    }
}

/// The runners of a new configuration, made from those of the old one.
private struct RunnerSwap {
    private enum Step {
        case keep(SourceRunner)
        /// The same runner under other windows or rules, with its lists under them.
        case adopt(SourceRunner, ServedLists)
        case replace(SourceRunner, ServedLists)
        /// A new runner; `other` is the runner of the same or the former name under another storage key.
        case begin(other: SourceRunner?)
    }

    private let configured: [(any DeploymentSource, CacheWindows)]
    private let rules: [OperatorRule]
    private let now: @Sendable () -> Timestamp
    private let steps: [Step]
    let result: Reconfiguration

    /// Does the work that takes time, while readers still use the old runners.
    init(
        from before: [SourceRunner], to configured: [(any DeploymentSource, CacheWindows)],
        rules: [OperatorRule], now: @escaping @Sendable () -> Timestamp
    ) {
        self.configured = configured
        self.rules = rules
        self.now = now
        let names = Set(configured.map(\.0.description.name))
        var taken: Set<String> = []
        var result = Reconfiguration()
        let beganAt = now()
        steps = configured.map { source, config in
            let name = source.description.name
            let earlier = Self.runner(before, of: source, names: names)
            if let earlier { taken.insert(earlier.name) }
            guard let runner = earlier, runner.hasList(of: source) else {
                result.added.append(name)
                return .begin(other: earlier)
            }
            let lists = runner.lists
            guard runner.isConfigured(as: source) else {
                result.changed.append(name)
                return .replace(
                    runner,
                    ServedLists(continuing: lists, of: source, config: config, rules: rules, now: beganAt))
            }
            let enrichment = lists.enrichment.renewed(by: rules)
            if config == runner.config, enrichment === lists.enrichment {
                result.unchanged.append(name)
                return .keep(runner)
            }
            result.changed.append(name)
            return .adopt(runner, lists.adopting(config, enrichment, at: beganAt))
        }
        result.removed = before.map(\.name).filter { !names.contains($0) && !taken.contains($0) }
        self.result = result
    }

    /// The runner of a source's name; else that of its former name, if no source has that any more.
    private static func runner(
        _ before: [SourceRunner], of source: any DeploymentSource, names: Set<String>
    ) -> SourceRunner? {
        before.first { $0.name == source.description.name }
            ?? before.first { !names.contains($0.name) && source.formerName == $0.name }
    }

    /// Makes the new runners from the state of the old ones, and retires those that are replaced.
    func runners() -> [SourceRunner] {
        zip(configured, steps).map { entry in
            let ((source, config), step) = entry
            switch step {
            case .keep(let runner): return runner
            case .adopt(let runner, let lists):
                runner.adopt(config, lists: lists)
                return runner
            case .replace(let runner, let lists):
                return SourceRunner(source, config: config, replacing: runner, lists: lists, now: now)
            case .begin(let other):
                if let other {
                    // Under another key the lists are different, but the requests that were sent still count.
                    source.budget.takeOver(other.source.budget)
                    source.budget.endPause()
                }
                let state = SourceState(
                    of: source, config: config, rules: rules, restored: nil, now: now())
                return SourceRunner(source, state: state, now: now)
            }
        }
    }
}
