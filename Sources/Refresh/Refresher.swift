package import Deployments
package import Logging
import ServiceLifecycle

/// Asks every source, each in its own time, and publishes what is served.
///
/// When that is, each source's ``Schedule`` says: by its windows, its readers and its budget. A source that fails
/// keeps its last list and says so. Snapshots are immutable and published whole, once for each fetch that ended.
package struct Refresher<C: Clock<Duration>>: Service {
    let lanes: Lanes
    let board: Board
    let keeper: ListKeeper
    private let clock: C
    let now: @Sendable () -> Moment
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
        restoring: [StoredList], store: (any ListStore)?, clock: C,
        now: @escaping @Sendable () -> Moment, logger: Logger, background: (any TaskExecutor)? = nil
    ) {
        let start = now()
        let tracks = sources.map { source, config in
            let restored = restoring.first { $0.source == source.storageKey }
            // What was sent was sent, also where the lists are another address's.
            let sent = restoring.filter { $0.isOf(source.description.name) }.flatMap(\.sent)
            source.budget.restore(sent, at: start)
            return SourceTrack(asking: source, config: config, restored: restored, now: start)
        }
        lanes = Lanes(zip(sources, tracks).map { Lane($0.0, config: $0.1, track: $1, now: now) })
        board = Board(tracks: tracks, publishingTo: published, now: now)
        keeper = ListKeeper(store: store, now: now, logger: logger)
        self.clock = clock
        self.now = now
        self.logger = logger
        self.background = background
    }

    /// Where lists that are no longer published wait for their last reader; to be run beside this.
    package var retired: RetiredRows { board.retired }

    /// Keeps every source as fresh as its schedule has it, until graceful shutdown or cancellation; then hands the
    /// last lists to the store.
    ///
    /// Called once. A fetch that was under way at the end is thrown away.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    await keeper.run(keeping: Set(lanes.all.map(\.source.storageKey)), clock: clock)
                }
                for await lane in lanes.started() {
                    group.addTask { await keepFresh(lane) }
                }
            }
        }
        await keeper.flush()
    }

    /// Asks every source once, all at the same time, and returns when the last has ended.
    ///
    /// `finished` is called for each source as it ends, from any task. Not while ``run()`` runs: attempts of one
    /// source must follow one another.
    package func refreshAllOnce(finished: @escaping @Sendable (SourceStatus) -> Void = { _ in }) async {
        await withDiscardingTaskGroup { group in
            for lane in lanes.all {
                group.addTask {
                    guard let track = await attempt(lane) else { return }
                    finished(track.status)
                }
            }
        }
        await keeper.flush()
    }

    /// Does what a source's schedule says until the source is retired or the task cancelled.
    private func keepFresh(_ lane: Lane) async {
        while !Task.isCancelled, !lane.isRetired {
            let generation = lane.changed.generation
            lane.noteRotation()
            guard let track = await board.track(named: lane.name) else { return }
            if let old = track.nextGivingUp, old <= now() { await giveUp(lane, track) }
            let plan = lane.plan()
            if plan.at <= now() {
                let executor = lane.isAwaited ? nil : background
                _ = await withTaskExecutorPreference(executor) { await attempt(lane) }
                continue
            }
            await board.note(plan, of: lane)
            var look = plan.at
            if let old = track.nextGivingUp { look = min(look, old) }
            if lane.awaitsRotation { look = min(look, now().advanced(by: Lane.rotationInterval)) }
            // A day at most, so that no sum is too large for a clock.
            let span = min(max(.zero, look.since(now())), .seconds(86_400))
            await pause(until: clock.now.advanced(by: span), orChangeOf: lane, past: generation)
        }
    }

    /// Fetches, merges and publishes one source.
    ///
    /// - Returns: Its new state; nil where the task was cancelled or the source retired meanwhile, and nothing was
    ///   published.
    private func attempt(_ lane: Lane) async -> SourceTrack? {
        guard !lane.isRetired else { return nil }
        let beganAt = lane.begin()
        guard let fetch = await fetch(lane), !Task.isCancelled,
            let old = await board.track(named: lane.name)
        else {
            lane.abandon()
            // What was sent counts, whatever comes of it.
            if !lane.isRetired, let track = await board.track(named: lane.name) { keep(track, of: lane) }
            return nil
        }
        let (taken, events) = await old.taking(SourceTrack.Attempt(fetch: fetch, beganAt: beganAt))
        guard let track = await board.publish(taken, after: fetch, of: lane) else { return nil }
        lane.changed.send()
        for event in events { logger.log(event, of: lane.name) }
        if fetch.calls > 0 { keep(track, of: lane) }
        return track
    }

    private func keep(_ track: SourceTrack, of lane: Lane) {
        let list = track.list(sent: lane.source.budget.sentInLastDay(at: now()))
        guard !list.partitions.isEmpty || !list.sent.isEmpty else { return }
        keeper.offer(list)
    }

    /// Asks a source, and stops when it is retired: its platform is not to be asked any more.
    ///
    /// - Returns: nil where it was retired first.
    private func fetch(_ lane: Lane) async -> SourceFetch? {
        await withTaskGroup(of: SourceFetch?.self) { group in
            group.addTask { await lane.source.fetch() }
            group.addTask {
                await lane.retirement()
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func giveUp(_ lane: Lane, _ track: SourceTrack) async {
        guard let left = await track.givingUp(at: now()) else { return }
        lane.giveUp(left)
        await board.publish(left, of: lane)
        logger.warning(
            "lists are too old to be served", metadata: ["source": "\(lane.name)"])
    }

    /// Returns at that time, or when the source's schedule has changed since it was looked at.
    private func pause(until deadline: C.Instant, orChangeOf lane: Lane, past generation: Int) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await lane.changed.wait(past: generation) }
            group.addTask { try? await clock.sleep(until: deadline, tolerance: nil) }
            await group.next()
            group.cancelAll()
        }
    }
}

extension Refresher: Freshness {
    package func read(_ sources: [String], demand: Demand) async -> [String: UnmetDemand] {
        let names = Set(sources)
        let read = lanes.all.filter { names.contains($0.name) }
        if demand.onlyIfCached {
            let unmet = read.filter { !$0.isMet(demand) }
            return Dictionary(uniqueKeysWithValues: unmet.map { ($0.name, .timeout) })
        }
        let waiting = read.compactMap { lane in lane.read(demand).map { (lane: lane, need: $0) } }
        var unmet: [String: UnmetDemand] = [:]
        // One after another: they are all under way, and each has its own deadline.
        let began = clock.now
        for (lane, need) in waiting {
            // By the clock that only goes on: the other may be set back while somebody waits.
            let end = began.advanced(by: need.wait)
            while !Task.isCancelled, clock.now < end {
                let generation = lane.changed.generation
                if lane.isRetired || lane.isSettled(need) { break }
                await pause(until: end, orChangeOf: lane, past: generation)
            }
            unmet[lane.name] = lane.unmet(need)
        }
        return unmet
    }

    package func refresh(_ source: String) async -> RefreshOutcome? {
        guard let lane = lanes.all.first(where: { $0.name == source }) else { return nil }
        let (start, refusal) = lane.demandAttempt()
        if let (reason, pause) = refusal { return .refused(reason, retryAfter: pause) }
        let end = clock.now.advanced(by: lane.config.demandWait)
        while !Task.isCancelled {
            let generation = lane.changed.generation
            if lane.hasEnded(since: start) { return .done }
            if lane.isRetired || clock.now >= end { break }
            await pause(until: end, orChangeOf: lane, past: generation)
        }
        return .underWay
    }
}

extension StoredList {
    /// Whether it was kept for the source of this name, read in the same way or another; see
    /// ``DeploymentSource/storageKey``.
    fileprivate func isOf(_ name: String) -> Bool { source == name || source.hasPrefix(name + "#") }
}

extension Logger {
    /// One line for a change; the values that drifted are not in it, since they are the platform's.
    fileprivate func log(_ event: SourceTrack.Event, of source: String) {
        switch event {
        case .failed(let error):
            warning("source failed", metadata: ["source": "\(source)", "error": "\(chain(of: error))"])
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
