package import Deployments
package import Logging
import ServiceLifecycle
package import Snapshots
package import Wire

/// Fetches the lists of every source by its own schedule, and publishes the lists that are served.
///
/// Each source's ``Schedule`` decides when it is fetched, from its windows, its readers and its budget. A
/// source that fails keeps its last list, and its status shows the failure. Snapshots are immutable. Each
/// change that readers can see is published once, as one value.
package struct Refresher<C: Clock<Duration>>: Service {
    let registry: SourceRegistry
    let context: RunnerContext<C>
    /// The way to the right to write to the store; nil where nothing has to be waited for.
    private let lease: (any StoreLease)?

    /// Publishes the restored lists at once with their true ages, and every other source as `loading`.
    ///
    /// `restoring` has the lists that the store held at start. A list of a source that is not configured, or
    /// that another adapter read, is not served. After every attempt that sent a request, `store` receives
    /// the source's list and its request counts; nil stores nothing. With a `lease` nothing is requested or
    /// stored until that is taken; the lists that the store holds are served meanwhile. Attempts that nobody
    /// waits for run on `background`, or on the default executor if it is nil. The `rules` are applied to every
    /// list that is served, in their order, and never stored. Source names must be unique.
    /// The restored rows are encoded here, so many rows take a while.
    package init(
        sources: [(any DeploymentSource, CacheWindows)], rules: [OperatorRule] = [],
        publishingTo published: Latest<Published>, restoring: [SourceLists], store: (any ListStore)?,
        lease: (any StoreLease)? = nil, clock: C,
        now: @escaping @Sendable () -> Timestamp, logger: Logger, background: (any TaskExecutor)? = nil
    ) {
        let start = now()
        let runners = sources.map { source, config in
            let restored = restoring.first { $0.source == source.storageKey }
            // Requests that were sent count, even if the lists belong to another address; where another
            // process still sends some, they count once it has ended.
            if lease == nil { source.budget.restore(restoring.sent(for: source), at: start) }
            let state = SourceState(
                of: source, config: config, rules: rules, restored: restored, now: start)
            return SourceRunner(source, state: state, now: now)
        }
        let registry = SourceRegistry(runners)
        (self.registry, self.lease) = (registry, lease)
        context = RunnerContext(
            publisher: SnapshotPublisher(of: registry, publishingTo: published, now: now),
            writer: StoreWriter(
                store: store, everyList: { registry.runners.compactMap { $0.stored } }, now: now,
                logger: logger),
            clock: clock, now: now, logger: logger, isFollowing: Latest(lease != nil),
            background: background)
    }

    /// The queue of lists that are no longer published but may still have readers; the caller runs it.
    package var releaseQueue: ReleaseQueue { context.publisher.releaseQueue }

    /// The reason that the newest lists are not stored; nil while they are, and without a store.
    package var storeProblem: Latest<StoreProblem?> { context.writer.problem }

    /// Refreshes every source by its schedule until graceful shutdown or cancellation, then saves the last
    /// lists.
    ///
    /// Called once. The result of a fetch that is in progress at the end is discarded.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            if let lease { await follow(lease) }
            guard !isFollowing else { return }
            await withDiscardingTaskGroup { group in
                group.addTask {
                    let keys = registry.runners.map(\.source.storageKey)
                    await context.writer.run(retaining: Set(keys), clock: context.clock)
                }
                for await runner in registry.started() {
                    group.addTask { await runner.run(in: context) }
                }
            }
        }
        if !isFollowing { await context.writer.flush() }
    }

    /// Makes one attempt for every source, all at the same time, and returns when the last one has ended.
    ///
    /// `finished` is called when a source's attempt and its lookups have ended, from any task. Must not be called while ``run()``
    /// runs, since attempts of one source must not overlap.
    package func refreshAllOnce(finished: @escaping @Sendable (SourceStatus) -> Void = { _ in }) async {
        await withDiscardingTaskGroup { group in
            for runner in registry.runners {
                group.addTask {
                    guard let status = await runner.attempt(in: context) else { return }
                    await runner.lookUpAll(in: context)
                    finished(status)
                }
            }
        }
        await context.writer.flush()
    }
}

extension Refresher: Freshness {
    package func read(_ sources: [String], demand: Demand) async -> [String: UnmetDemand] {
        let names = Set(sources)
        let runners = registry.runners.filter { names.contains($0.name) }
        if demand.onlyIfCached {
            let unmet = runners.filter { !$0.isMet(demand) }
            return Dictionary(uniqueKeysWithValues: unmet.map { ($0.name, .timeout) })
        }
        if isFollowing {
            for runner in runners { _ = runner.read(demand) }
            let unmet = runners.filter { !$0.isMet(demand) }
            return Dictionary(uniqueKeysWithValues: unmet.map { ($0.name, .locked) })
        }
        let waiting = runners.compactMap { runner in runner.read(demand).map { (runner: runner, need: $0) } }
        var unmet: [String: UnmetDemand] = [:]
        // Waiting one after another suffices: the attempts run concurrently, and each wait has its own
        // deadline.
        let began = context.clock.now
        for (runner, need) in waiting {
            unmet[runner.name] = await runner.wait(for: need, since: began, on: context.clock)
        }
        return unmet
    }

    package func refresh(_ source: String) async -> RefreshOutcome? {
        guard let runner = registry.runner(named: source) else { return nil }
        if isFollowing { return .refused(.locked, retryAfter: Self.followingInterval) }
        return await runner.refresh(on: context.clock)
    }
}
