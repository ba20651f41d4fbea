package import Deployments
package import Logging
import ServiceLifecycle
package import Snapshots
package import Wire

/// Asks every source, each in its own time, and publishes what is served.
///
/// When that is, each source's ``Schedule`` summary: by its windows, its readers and its budget. A source that fails
/// keeps its last list and says so. Snapshots are immutable and published whole, once for each fetch that ended.
package struct Refresher<C: Clock<Duration>>: Service {
    let registry: SourceRegistry
    let publisher: SnapshotPublisher
    let writer: StoreWriter
    private let clock: C
    let now: @Sendable () -> Timestamp
    private let logger: Logger
    /// Where attempts run that nobody waits for.
    private let background: (any TaskExecutor)?

    /// Publishes the restored lists at once, aged as they are, and every other source as `loading`.
    ///
    /// `restoring` is what the store had at start; lists of sources that are not configured, or were another
    /// adapter's, are not served. `store` is handed each source's list, and what it was sent, after every
    /// attempt that sent anything; nil keeps none.
    /// Attempts that nobody waits for run on `background`; nil is where all else runs.
    /// Source names are unique. Encodes the restored rows, so it takes a while with many.
    package init(
        sources: [(any DeploymentSource, RefreshConfig)], publishingTo published: Latest<Published>,
        restoring: [SourceLists], store: (any ListStore)?, clock: C,
        now: @escaping @Sendable () -> Timestamp, logger: Logger, background: (any TaskExecutor)? = nil
    ) {
        let start = now()
        let states = sources.map { source, config in
            let restored = restoring.first { $0.source == source.storageKey }
            // What was sent was sent, also where the lists are another address's.
            let sent = restoring.filter { $0.isOf(source.description.name) }.flatMap(\.sent)
            source.budget.restore(sent, at: start)
            return SourceState(asking: source, config: config, restored: restored, now: start)
        }
        registry = SourceRegistry(
            zip(sources, states).map { SourceRunner($0.0, config: $0.1, state: $1, now: now) })
        publisher = SnapshotPublisher(states: states, publishingTo: published, now: now)
        writer = StoreWriter(store: store, now: now, logger: logger)
        self.clock = clock
        self.now = now
        self.logger = logger
        self.background = background
    }

    /// Where lists that are no longer published wait for their last reader; to be run beside this.
    package var retired: ReleaseQueue { publisher.retired }

    /// Keeps every source as fresh as its schedule has it, until graceful shutdown or cancellation; then hands the
    /// last lists to the store.
    ///
    /// Called once. A fetch that was under way at the end is thrown away.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    await writer.run(keeping: Set(registry.all.map(\.source.storageKey)), clock: clock)
                }
                for await runner in registry.started() {
                    group.addTask { await keepFresh(runner) }
                }
            }
        }
        await writer.flush()
    }

    /// Asks every source once, all at the same time, and returns when the last has ended.
    ///
    /// `finished` is called for each source as it ends, from any task. Not while ``run()`` runs: attempts of one
    /// source must follow one another.
    package func refreshAllOnce(finished: @escaping @Sendable (SourceStatus) -> Void = { _ in }) async {
        await withDiscardingTaskGroup { group in
            for runner in registry.all {
                group.addTask {
                    guard let state = await attempt(runner) else { return }
                    finished(state.status)
                }
            }
        }
        await writer.flush()
    }

    /// Does what a source's schedule says until the source is retired or the task cancelled.
    private func keepFresh(_ runner: SourceRunner) async {
        while !Task.isCancelled, !runner.isRetired {
            let generation = runner.changed.generation
            runner.noteRotation()
            guard let state = await publisher.state(named: runner.name) else { return }
            if let old = state.nextExpiry, old <= now() { await expire(runner, state) }
            let plan = runner.plan()
            if plan.at <= now() {
                let executor = runner.isAwaited ? nil : background
                _ = await withTaskExecutorPreference(executor) { await attempt(runner) }
                continue
            }
            await publisher.note(plan, of: runner)
            var look = plan.at
            if let old = state.nextExpiry { look = min(look, old) }
            if runner.awaitsRotation { look = min(look, now().advanced(by: SourceRunner.rotationInterval)) }
            // A day at most, so that no sum is too large for a clock.
            let span = min(max(.zero, look.since(now())), .seconds(86_400))
            await pause(until: clock.now.advanced(by: span), orChangeOf: runner, past: generation)
        }
    }

    /// Fetches, merges and publishes one source.
    ///
    /// - Returns: Its new state; nil where the task was cancelled or the source retired meanwhile, and nothing was
    ///   published.
    private func attempt(_ runner: SourceRunner) async -> SourceState? {
        guard !runner.isRetired else { return nil }
        let beganAt = runner.begin()
        guard let fetch = await fetch(runner), !Task.isCancelled,
            let old = await publisher.state(named: runner.name)
        else {
            runner.abandon()
            // What was sent counts, whatever comes of it.
            if !runner.isRetired, let state = await publisher.state(named: runner.name) {
                keep(state, of: runner)
            }
            return nil
        }
        let (taken, events) = await old.taking(SourceState.Attempt(fetch: fetch, beganAt: beganAt))
        guard let state = await publisher.publish(taken, after: fetch, of: runner) else { return nil }
        runner.changed.send()
        for event in events { logger.log(event, of: runner.name) }
        if fetch.calls > 0 { keep(state, of: runner) }
        return state
    }

    private func keep(_ state: SourceState, of runner: SourceRunner) {
        let list = state.list(sent: runner.source.budget.sentInLastDay(at: now()))
        guard !list.partitions.isEmpty || !list.sent.isEmpty else { return }
        writer.offer(list)
    }

    /// Asks a source, and stops when it is retired: its platform is not to be asked any more.
    ///
    /// - Returns: nil where it was retired first.
    private func fetch(_ runner: SourceRunner) async -> SourceFetch? {
        await withTaskGroup(of: SourceFetch?.self) { group in
            group.addTask { await runner.source.fetch() }
            group.addTask {
                await runner.retirement()
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func expire(_ runner: SourceRunner, _ state: SourceState) async {
        guard let left = await state.expiring(at: now()) else { return }
        runner.expire(left)
        await publisher.publish(left, of: runner)
        logger.warning(
            "lists are too old to be served", metadata: ["source": "\(runner.name)"])
    }

    /// Returns at that time, or when the source's schedule has changed since it was looked at.
    private func pause(until deadline: C.Instant, orChangeOf runner: SourceRunner, past generation: Int) async
    {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await runner.changed.wait(past: generation) }
            group.addTask { try? await clock.sleep(until: deadline, tolerance: nil) }
            await group.next()
            group.cancelAll()
        }
    }
}

extension Refresher: Freshness {
    package func read(_ sources: [String], demand: Demand) async -> [String: UnmetDemand] {
        let names = Set(sources)
        let read = registry.all.filter { names.contains($0.name) }
        if demand.onlyIfCached {
            let unmet = read.filter { !$0.isMet(demand) }
            return Dictionary(uniqueKeysWithValues: unmet.map { ($0.name, .timeout) })
        }
        let waiting = read.compactMap { runner in runner.read(demand).map { (runner: runner, need: $0) } }
        var unmet: [String: UnmetDemand] = [:]
        // One after another: they are all under way, and each has its own deadline.
        let began = clock.now
        for (runner, need) in waiting {
            // By the clock that only goes on: the other may be set back while somebody waits.
            let end = began.advanced(by: need.wait)
            while !Task.isCancelled, clock.now < end {
                let generation = runner.changed.generation
                if runner.isRetired || runner.isSettled(need) { break }
                await pause(until: end, orChangeOf: runner, past: generation)
            }
            unmet[runner.name] = runner.unmet(need)
        }
        return unmet
    }

    package func refresh(_ source: String) async -> RefreshOutcome? {
        guard let runner = registry.all.first(where: { $0.name == source }) else { return nil }
        let (start, refusal) = runner.demandAttempt()
        if let (reason, pause) = refusal { return .refused(reason, retryAfter: pause) }
        let end = clock.now.advanced(by: runner.config.demandWait)
        while !Task.isCancelled {
            let generation = runner.changed.generation
            if runner.hasEnded(since: start) { return .done }
            if runner.isRetired || clock.now >= end { break }
            await pause(until: end, orChangeOf: runner, past: generation)
        }
        return .underWay
    }
}

extension SourceLists {
    /// Whether it was kept for the source of this name, read in the same way or another; see
    /// ``DeploymentSource/storageKey``.
    fileprivate func isOf(_ name: String) -> Bool { source == name || source.hasPrefix(name + "#") }
}

extension Logger {
    /// One line for a change; the values that drifted are not in it, since they are the platform's.
    fileprivate func log(_ event: SourceState.Event, of source: String) {
        switch event {
        case .failed(let error):
            var metadata: Logger.Metadata = ["source": "\(source)", "error": "\(error)"]
            // Clients do not see it.
            if let detail = error.logDetail { metadata["detail"] = "\(detail)" }
            warning("source failed", metadata: metadata)
        case .recovered:
            notice("source recovered", metadata: ["source": "\(source)"])
        case .drifted(let field, let rows):
            warning(
                "values do not fit a field",
                metadata: ["source": "\(source)", "field": "\(field)", "rows": "\(rows)"])
        case .dropped(let rows):
            info("rows are gone", metadata: ["source": "\(source)", "rows": "\(rows)"])
        case .heldBack(let rows):
            warning(
                "more rows are missing than max_drop lets go at once: they stay until missed again",
                metadata: ["source": "\(source)", "rows": "\(rows)"])
        }
    }
}
