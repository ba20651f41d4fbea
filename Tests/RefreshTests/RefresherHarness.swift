import Deployments
import Refresh
import Snapshots
import TestSupport
import Wire

/// A refresher over scripted sources, with a clock that stands still and a log that is recorded.
struct RefresherHarness: Sendable {
    let clock = ManualClock()
    let published = Latest(Published(snapshot: Snapshot(id: "", publishedAt: .epoch, lists: []), sources: []))
    let log = LogLines()
    let refresher: Refresher<ManualClock>

    init(
        _ sources: [any DeploymentSource], config: CacheWindows = CacheWindows.steady(),
        rules: [OperatorRule] = [], restoring: [SourceLists] = [], store: (any ListStore)? = nil,
        lease: (any StoreLease)? = nil
    ) {
        let clock = clock
        refresher = Refresher(
            sources: sources.map { ($0, config) }, rules: rules, publishingTo: published,
            restoring: restoring, store: store, lease: lease,
            clock: clock, now: { .epoch.advanced(by: clock.now.offset) }, logger: log.logger())
    }

    var snapshot: Snapshot { published.value.snapshot }

    /// The names of the rows that are served, source by source, in the order of uids.
    var names: [[String]] {
        snapshot.lists.map { $0.deployments.compactMap(\.name) }
    }

    func status(_ index: Int = 0) -> SourceStatus { published.value.sources[index] }

    func state(_ index: Int = 0) -> SourceStatus.State {
        status(index).state(at: .epoch.advanced(by: clock.now.offset))
    }

    /// Returns once `holds` is true; yields to other tasks meanwhile.
    func until(_ holds: () -> Bool) async {
        while !holds(), !Task.isCancelled { await Task.yield() }
    }

    /// Runs the refresher while `body` runs, and cancels it then.
    func whileRunning(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await refresher.run() }
            do { try await body() } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

/// Returns once `holds` is true, which other tasks bring about.
func until(_ holds: () -> Bool) async {
    while !holds(), !Task.isCancelled { await Task.yield() }
}

/// A source whose first fetch ends only when it is cancelled.
struct HangingSource: DeploymentSource {
    let budget = RequestBudget()
    let description = SourceDescription.example("hanging")
    private let clock = ManualClock()
    private let end = AsyncStream<Void>.makeStream()

    var partitionKeys: [String]? { nil }
    var storageKey: String { description.name }

    func fetch() async -> SourceFetch {
        try? await clock.sleep(until: clock.now.advanced(by: .seconds(1)), tolerance: nil)
        end.continuation.finish()
        return .failure(SourceError(.timeout, "cancelled"))
    }

    /// Returns once a fetch is under way.
    func fetching() async { await clock.sleepers(atLeast: 1) }

    /// Returns once its fetch has ended.
    func ended() async { for await _ in end.stream {} }
}

extension SourceFetch {
    /// The answers of several partitions: a list of names, or an error.
    static func partitions(
        _ answers: [(String, Result<[String], SourceError>)], at seconds: Int = 0
    ) -> SourceFetch {
        SourceFetch(
            partitions: answers.map { key, answer in
                PartitionFetch(
                    partition: key, sentAt: .at(seconds),
                    result: answer.map { PartitionListing(rows: $0.map { .example($0) }) })
            }, calls: answers.count)
    }
}
