import Deployments
import Refresh
import Snapshots
import Synchronization
import TestSupport
import Wire

/// A coordinator over one changeable source, on a clock that runs as fast as tasks sleep on it.
struct UpdateHarness {
    let source: ChangeableSource
    let log: MemoryAuditLog
    let harness: RefresherHarness
    let trail: AuditTrail
    let coordinator: UpdateCoordinator<ManualClock>

    init(
        source make: (@escaping @Sendable () -> Timestamp) -> ChangeableSource = {
            ChangeableSource(now: $0)
        },
        log: MemoryAuditLog = MemoryAuditLog(), through: ((MemoryAuditLog) -> any AuditLog)? = nil,
        lease: (any StoreLease)? = nil
    ) {
        // The harness makes its own clock, which the source has to share.
        let shared = Shared()
        source = make { shared.now() }
        self.log = log
        harness = RefresherHarness(
            [source], config: .steady(minInterval: .seconds(2)), lease: lease)
        shared.clock.withLock { [clock = harness.clock] in $0 = clock }
        trail = AuditTrail(
            through?(log) ?? log, now: { shared.now() },
            logger: LogLines().logger())
        coordinator = UpdateCoordinator(
            harness.refresher, publishedAs: harness.published, recordingIn: trail)
    }

    private final class Shared: Sendable {
        let clock = Mutex<ManualClock?>(nil)
        func now() -> Timestamp {
            .epoch.advanced(by: clock.withLock { $0 }?.now.offset ?? .zero)
        }
    }

    /// Runs the refresher and the resolution, with the list fetched once and the clock moving, while `body` runs.
    func whileRunning(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await harness.whileRunning {
            try await withThrowingTaskGroup { group in
                group.addTask { [clock = harness.clock] in
                    while !Task.isCancelled {
                        await clock.sleepers(atLeast: 1)
                        clock.advance(by: .milliseconds(50))
                        await Task.yield()
                    }
                }
                group.addTask { [coordinator] in try await UpdateResolution(coordinator).run() }
                group.addTask { [trail, clock = harness.clock] in await trail.run(on: clock) }
                do {
                    await until { harness.published.value.snapshot.count > 0 }
                    try await body()
                } catch {
                    group.cancelAll()
                    throw error
                }
                group.cancelAll()
                while (try? await group.next()) != nil {}
            }
        }
    }

    /// An order of one client.
    func order(
        _ body: String = #"{"config": "large"}"#, key: String = "key-1", token: String? = "ops",
        revision: String? = nil, isDryRun: Bool = false, uid: String = "alpha/chat"
    ) throws -> UpdateOrder {
        UpdateOrder(
            uid: uid, body: try JSONDocument(parsing: Array(body.utf8)).root,
            actor: AuditRecord.Actor(token: token, address: "192.0.2.7"), idempotencyKey: key,
            revisions: revision.map { [$0] } ?? [], isDryRun: isDryRun, requestID: "request-1")
    }

    /// The revision of the deployment as it is published.
    var revision: String? {
        harness.snapshot.lists.first?.deployments.first.map { ModelDeployment.forms.revision(of: $0) }
    }
}
