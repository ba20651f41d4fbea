import Synchronization

/// The deployments with an update in flight: at most one for each.
final class UpdateClaims: Sendable {
    private let claimed = Mutex<Set<String>>([])

    /// Runs `body` as the only update of a deployment; nil, with nothing run, if another one is in flight.
    func whileClaiming<Result: Sendable>(
        _ uid: String, _ body: () async -> Result
    ) async -> Result? {
        guard claimed.withLock({ $0.insert(uid).inserted }) else { return nil }
        defer { claimed.withLock { _ = $0.remove(uid) } }
        return await body()
    }

    /// True while an update of the deployment is in flight.
    func contains(_ uid: String) -> Bool { claimed.withLock { $0.contains(uid) } }
}
