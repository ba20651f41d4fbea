import Synchronization

/// An asynchronous semaphore with weights: permits of `width` in all are held at once, and who asks for more waits in
/// order of arrival.
///
/// A single permit may exceed the width, and is given once no other is held.
package final class AsyncSemaphore: Sendable {
    private struct State {
        var width: Int
        var held = 0
        var nextID = 0
        var waiting: [Waiter] = []
        var cancelledEarly: Set<Int> = []

        func fits(_ weight: Int) -> Bool { held == 0 || weight <= width - held }

        /// Removes the first waiters that fit, and gives them their permits.
        mutating func admit() -> [Waiter] {
            var admitted: [Waiter] = []
            while let first = waiting.first, fits(first.weight) {
                held += first.weight
                admitted.append(waiting.removeFirst())
            }
            return admitted
        }
    }

    private struct Waiter {
        var id: Int
        var weight: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private let state: Mutex<State>

    /// A width below 1 counts as 1.
    package init(width: Int) { state = Mutex(State(width: max(1, width))) }

    /// The weight of all permits that are held now.
    package var held: Int { state.withLock { $0.held } }

    /// The number of tasks that wait.
    package var waiting: Int { state.withLock { $0.waiting.count } }

    /// Makes the semaphore as wide; never narrower.
    func widen(to width: Int) { admit { $0.width = max($0.width, width) } }

    /// Runs `body` with a permit of weight 1; throws `CancellationError` if the task is cancelled before it has one.
    package func withPermit<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await body()
    }

    /// Waits for a permit, which ``leave(_:)`` returns.
    ///
    /// - Throws: `CancellationError` if the task is cancelled before it has one.
    func enter(_ weight: Int = 1) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let verdict: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelledEarly.remove(id) != nil { return .failure(CancellationError()) }
                    if state.waiting.isEmpty, state.fits(weight) {
                        state.held += weight
                        return .success(())
                    }
                    state.waiting.append(Waiter(id: id, weight: weight, continuation: continuation))
                    return nil
                }
                if let verdict { continuation.resume(with: verdict) }
            }
        } onCancel: {
            cancel(id)
        }
        state.withLock { _ = $0.cancelledEarly.remove(id) }
    }

    private func cancel(_ id: Int) {
        var cancelled: Waiter?
        // Those behind it may fit.
        admit { state in
            if let index = state.waiting.firstIndex(where: { $0.id == id }) {
                cancelled = state.waiting.remove(at: index)
            } else {
                // Not waiting yet, or admitted already; `enter(_:)` removes the mark in either case.
                state.cancelledEarly.insert(id)
            }
        }
        cancelled?.continuation.resume(throwing: CancellationError())
    }

    /// Adds to a permit of the weight `held`, before those who wait; false if that does not fit now.
    func extend(_ held: Int, by weight: Int) -> Bool {
        state.withLock { state in
            guard state.held == held || weight <= state.width - state.held else { return false }
            state.held += weight
            return true
        }
    }

    /// Returns a permit of ``enter(_:)``, or a part of it; with a weight below 0 it adds to it, whether that fits or
    /// not.
    func leave(_ weight: Int = 1) { admit { $0.held -= weight } }

    /// Changes the state, then admits those who wait and fit.
    private func admit(after change: (inout State) -> Void) {
        let admitted = state.withLock { state in
            change(&state)
            return state.admit()
        }
        for waiter in admitted { waiter.continuation.resume() }
    }
}
