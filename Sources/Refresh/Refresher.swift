package import Deployments
package import Logging
import ServiceLifecycle
package import Snapshots
package import Wire

/// Requests the lists of every source, each in its own time, and publishes what is served.
///
/// Each source's ``Schedule`` says when: by its windows, its readers and its budget. A source that fails
/// keeps its last list, and its status says so. Snapshots are immutable and published as one, once for each
/// change that readers can see.
package struct Refresher<C: Clock<Duration>>: Service {
    let registry: SourceRegistry
    let context: RunnerContext<C>

    /// Publishes the restored lists at once, aged as they are, and every other source as `loading`.
    ///
    /// `restoring` is what the store had at start; lists of sources that are not configured, or were another
    /// adapter's, are not served. `store` is handed each source's list, and what it was sent, after every
    /// attempt that sent anything; nil stores none.
    /// Attempts that nobody waits for run on `background`; nil is where all else runs.
    /// Source names are unique. Encodes the restored rows, so it takes a while with many.
    package init(
        sources: [(any DeploymentSource, RefreshConfig)], publishingTo published: Latest<Published>,
        restoring: [SourceLists], store: (any ListStore)?, clock: C,
        now: @escaping @Sendable () -> Timestamp, logger: Logger, background: (any TaskExecutor)? = nil
    ) {
        let start = now()
        let runners = sources.map { source, config in
            let restored = restoring.first { $0.source == source.storageKey }
            // What was sent was sent, also where the lists are another address's.
            let sent = restoring.filter { $0.isOf(source.description.name) }.flatMap(\.sent)
            source.budget.restore(sent, at: start)
            let state = SourceState(of: source, config: config, restored: restored, now: start)
            return SourceRunner(source, config: config, state: state, now: now)
        }
        registry = SourceRegistry(runners)
        context = RunnerContext(
            publisher: SnapshotPublisher(of: registry, publishingTo: published, now: now),
            writer: StoreWriter(store: store, now: now, logger: logger), clock: clock, logger: logger,
            background: background)
    }

    /// The queue in which lists that are no longer published wait for their last reader; to be run beside
    /// this.
    package var releaseQueue: ReleaseQueue { context.publisher.releaseQueue }

    /// The reason why the newest lists are not stored; nil while they are, and where there is no store.
    package var storeProblem: Latest<StoreProblem?> { context.writer.problem }

    /// Keeps every source as fresh as its schedule has it, until graceful shutdown or cancellation; then
    /// hands the last lists to the store.
    ///
    /// Called once. A fetch that was under way at the end is thrown away.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
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
        await context.writer.flush()
    }

    /// Makes one attempt for every source, all at the same time, and returns when the last has ended.
    ///
    /// `finished` is called for each source as it ends, from any task. Not while ``run()`` runs: attempts of
    /// one source must follow one another.
    package func refreshAllOnce(finished: @escaping @Sendable (SourceStatus) -> Void = { _ in }) async {
        await withDiscardingTaskGroup { group in
            for runner in registry.runners {
                group.addTask {
                    guard let status = await runner.attempt(in: context) else { return }
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
        let waiting = runners.compactMap { runner in runner.read(demand).map { (runner: runner, need: $0) } }
        var unmet: [String: UnmetDemand] = [:]
        // One after another: they are all under way, and each has its own deadline.
        let began = context.clock.now
        for (runner, need) in waiting {
            unmet[runner.name] = await runner.wait(for: need, since: began, on: context.clock)
        }
        return unmet
    }

    package func refresh(_ source: String) async -> RefreshOutcome? {
        await registry.runner(named: source)?.refresh(on: context.clock)
    }
}

extension SourceLists {
    /// True if it was stored for the source of this name, read in the same way or another; see
    /// ``DeploymentSource/storageKey``.
    fileprivate func isOf(_ name: String) -> Bool { source == name || source.hasPrefix(name + "#") }
}
