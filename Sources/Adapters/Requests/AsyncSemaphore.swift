import Synchronization

/// An asynchronous semaphore: `width` tasks hold a permit at once, the others wait in order of arrival.
package final class AsyncSemaphore: Sendable {
    private struct State {
        var width: Int
        var free: Int
        var nextID = 0
        var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        var cancelledEarly: Set<Int> = []
    }

    private let state: Mutex<State>

    /// A width below 1 counts as 1.
    package init(width: Int) { state = Mutex(State(width: max(1, width), free: max(1, width))) }

    /// Adds permits until there are as many; never removes any.
    func widen(to width: Int) {
        let added = state.withLock { state in
            let added = max(0, width - state.width)
            state.width += added
            return added
        }
        for _ in 0..<added { leave() }
    }

    /// Runs `body` with a permit; throws `CancellationError` if the task is cancelled before it has one.
    package func withPermit<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await body()
    }

    /// Waits for a permit, which ``leave()`` returns.
    ///
    /// - Throws: `CancellationError` if the task is cancelled before it has one.
    func enter() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let verdict: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelledEarly.remove(id) != nil { return .failure(CancellationError()) }
                    if state.free > 0 {
                        state.free -= 1
                        return .success(())
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let verdict { continuation.resume(with: verdict) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                if let index = state.waiting.firstIndex(where: { $0.id == id }) {
                    return state.waiting.remove(at: index).continuation
                }
                // Not waiting yet, or admitted already; `enter()` removes the mark in either case.
                state.cancelledEarly.insert(id)
                return nil
            }
            waiter?.resume(throwing: CancellationError())
        }
        state.withLock { _ = $0.cancelledEarly.remove(id) }
    }

    /// Returns a permit of ``enter()``.
    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
