import Synchronization

/// Notifies tasks of a change.
///
/// Any number of tasks may wait. A task that reads ``generation`` before it checks the state misses no change
/// between the check and the wait.
final class ChangeNotifier: Sendable {
    private struct State {
        var generation = 0
        var nextID = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// The number of changes so far; read before the state is checked, and passed to ``wait(past:)`` after
    /// it.
    var generation: Int { state.withLock { $0.generation } }

    func send() {
        let waiting = state.withLock { state in
            state.generation += 1
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume() }
    }

    /// Returns once there have been more than `generation` changes, or the task is canceled.
    func wait(past generation: Int) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // Checked under the lock, so that a later cancellation finds the continuation.
                    guard state.generation == generation, !Task.isCancelled else { return true }
                    state.waiting[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
    }

    /// Returns as ``wait(past:)`` does, but at the deadline at the latest.
    func wait<C: Clock<Duration>>(past generation: Int, until deadline: C.Instant, on clock: C) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(past: generation) }
            group.addTask { try? await clock.sleep(until: deadline, tolerance: nil) }
            await group.next()
            group.cancelAll()
        }
    }
}
