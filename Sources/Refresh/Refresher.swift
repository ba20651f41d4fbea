package import Deployments
package import Logging
import ServiceLifecycle

/// Asks every source, each in its own time, and publishes what is served.
///
/// All sources are asked at once and then every `ttl`; a source that fails keeps its last list and says so.
/// Snapshots are immutable and published whole, once for each fetch that ended.
package struct Refresher<C: Clock<Duration>>: Service {
    private let sources: [any DeploymentSource]
    private let board: Board
    let keeper: ListKeeper
    private let clock: C
    private let now: @Sendable () -> Moment
    private let logger: Logger

    /// Publishes the restored lists at once, aged as they are, and every other source as `loading`.
    ///
    /// `restoring` is what the store had at start; lists of sources that are not configured, or were another
    /// adapter's, are not served. `store` is handed each list whose source was listed again; nil keeps none.
    /// Source names are unique. Encodes the restored rows, so it takes a while with many.
    package init(
        sources: [(any DeploymentSource, RefreshConfig)], publishingTo published: Latest<Published>,
        restoring: [StoredList], store: (any ListStore)?, clock: C,
        now: @escaping @Sendable () -> Moment, logger: Logger
    ) {
        let start = now()
        let tracks = sources.map { source, config in
            SourceTrack(
                asking: source, config: config,
                restored: restoring.first { $0.source == source.storageKey }, now: start)
        }
        self.sources = sources.map(\.0)
        board = Board(tracks: tracks, publishingTo: published, now: start)
        keeper = ListKeeper(store: store, now: now, logger: logger)
        self.clock = clock
        self.now = now
        self.logger = logger
    }

    /// Keeps every source fresh until graceful shutdown or cancellation; then hands the last lists to the store.
    ///
    /// Called once. A fetch that was under way at the end is thrown away.
    package func run() async throws {
        let names = Set(sources.map(\.storageKey))
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for index in sources.indices { group.addTask { await keepFresh(index) } }
                group.addTask { await keeper.run(keeping: names, clock: clock) }
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
            for index in sources.indices {
                group.addTask {
                    guard let track = await attempt(index) else { return }
                    finished(track.status)
                }
            }
        }
        await keeper.flush()
    }

    private func keepFresh(_ index: Int) async {
        while !Task.isCancelled {
            let began = clock.now
            guard let track = await attempt(index) else { return }
            let next = began.advanced(by: track.pause)
            guard (try? await clock.sleep(until: next, tolerance: nil)) != nil else { return }
        }
    }

    /// Fetches, merges and publishes one source.
    ///
    /// - Returns: Its new state; nil where the task was cancelled meanwhile, and nothing was published.
    private func attempt(_ index: Int) async -> SourceTrack? {
        let (began, beganAt) = (clock.now, now())
        let fetch = await sources[index].fetch()
        guard !Task.isCancelled else { return nil }
        let ended = clock.now
        let attempt = SourceTrack.Attempt(
            fetch: fetch, beganAt: beganAt, duration: began.duration(to: ended))
        let (track, events) = await board.track(at: index).taking(attempt)
        await board.publish(track, at: index, now: now())
        for event in events { logger.log(event, of: track.source.name) }
        if fetch.hasListing { keeper.offer(track.list) }
        return track
    }
}

extension SourceFetch {
    /// Whether any partition was listed, so that there is something to keep.
    fileprivate var hasListing: Bool {
        partitions.contains { if case .success = $0.result { true } else { false } }
    }
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
            info("deployments are gone", metadata: ["source": "\(source)", "rows": "\(rows)"])
        }
    }
}
