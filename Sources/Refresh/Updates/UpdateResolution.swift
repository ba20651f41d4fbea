import Deployments
import Logging
import ServiceLifecycle
import Snapshots
import Wire

/// Finds out by the lists what became of updates whose outcome, or whose effect, is not known yet.
///
/// Their sources are fetched for it, at growing intervals.
package struct UpdateResolution<C: Clock<Duration>>: Service {
    private let coordinator: UpdateCoordinator<C>

    package init(_ coordinator: UpdateCoordinator<C>) { self.coordinator = coordinator }

    /// The interval at which published lists are looked through.
    static var interval: Duration { .seconds(2) }

    /// Runs until graceful shutdown or cancellation.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            repeat {
                await coordinator.resolveOpen()
            } while (try? await coordinator.clock.sleep(for: Self.interval)) != nil
        }
    }
}

extension UpdateCoordinator {
    /// Looks for the effects of every open update in the published lists, and has the source of one fetched if that is
    /// due.
    func resolveOpen() async {
        guard !refresher.isFollowing else { return }
        let now = now()
        var fetched: Set<String> = []
        for record in await trail.open(at: now) where !claims.contains(record.deployment) {
            let name = record.origin.description.name
            guard let runner = refresher.registry.runner(named: name), let planned = record.planned else {
                continue
            }
            if let row = shownRow(planned, runner, sentAt: record.at), !trail.isRepeated(record) {
                var record = record
                record.show(row, at: now)
                _ = await note(record)
            } else if record.isFetchDue(at: now, lastFetch: runner.lists.status.lastAttemptAt),
                fetched.insert(name).inserted
            {
                _ = await runner.refresh(on: clock)
            }
        }
    }
}

extension AuditRecord {
    /// The update, as far as its effect can be looked for; nil if it cannot.
    fileprivate var planned: PlannedUpdate? {
        guard let patch, let before = before.flatMap({ ModelDeployment(encoded: $0) }) else { return nil }
        return PlannedUpdate(
            before: before, patch: patch, request: ShownRequest(method: "", url: "", body: []))
    }

    /// True if the source should be fetched for this record: after as long again as the record is old.
    fileprivate func isFetchDue(at now: Timestamp, lastFetch: Timestamp?) -> Bool {
        guard let lastFetch, lastFetch > at else { return true }
        return now.since(lastFetch) >= max(.seconds(5), lastFetch.since(at))
    }
}
