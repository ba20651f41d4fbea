import Synchronization

/// The limit of the bodies of answers in flight, over all sources, in bytes.
///
/// In flight are those that are received, parsed or mapped. What is made of them is bounded by the limit of rows
/// of each list.
/// A request takes the size that its answer probably has before it is sent, in order of arrival. Meanwhile it
/// holds no connection. An answer that turns out larger takes more as it comes, if that is free; else its
/// request is sent again once its largest size is free. So nobody waits who holds a share.
package final class AnswerBudget: Sendable {
    /// The limit if the configuration sets none.
    package static let standardBytes = 256 << 20

    private struct State {
        var used = 0
        var nextID = 0
        var waiting: [Waiter] = []
        var cancelledEarly: Set<Int> = []
    }

    private struct Waiter {
        var id: Int
        var bytes: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private let limit: Int
    private let state = Mutex(State())

    /// Makes a budget; a limit below 1 counts as 1.
    package init(bytes: Int = standardBytes) { limit = max(1, bytes) }

    /// The bytes that are taken now.
    package var used: Int { state.withLock { $0.used } }

    /// The number of requests that wait.
    package var waiting: Int { state.withLock { $0.waiting.count } }

    /// Takes bytes, after a wait until they are free; more than the limit are free once nothing is taken.
    ///
    /// - Throws: `CancellationError` if the task is cancelled first.
    package func share(of bytes: Int) async throws -> AnswerShare {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let verdict: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelledEarly.remove(id) != nil { return .failure(CancellationError()) }
                    if state.waiting.isEmpty, fits(bytes, in: state) {
                        state.used += bytes
                        return .success(())
                    }
                    state.waiting.append(Waiter(id: id, bytes: bytes, continuation: continuation))
                    return nil
                }
                if let verdict { continuation.resume(with: verdict) }
            }
        } onCancel: {
            cancel(id)
        }
        state.withLock { _ = $0.cancelledEarly.remove(id) }
        return AnswerShare(of: bytes, in: self)
    }

    private func cancel(_ id: Int) {
        let (cancelled, admitted) = state.withLock { state -> (Waiter?, [Waiter]) in
            guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                // Not waiting yet, or admitted already; `share(of:)` removes the mark in either case.
                state.cancelledEarly.insert(id)
                return (nil, [])
            }
            // Those behind it may fit.
            return (state.waiting.remove(at: index), admit(&state))
        }
        cancelled?.continuation.resume(throwing: CancellationError())
        for waiter in admitted { waiter.continuation.resume() }
    }

    /// Takes more for an answer that has `held` bytes already; false if that is not free.
    fileprivate func takes(_ bytes: Int, beside held: Int) -> Bool {
        state.withLock { state in
            guard state.used == held || bytes <= limit - state.used else { return false }
            state.used += bytes
            return true
        }
    }

    fileprivate func changeUse(by bytes: Int) {
        let admitted = state.withLock { state in
            state.used += bytes
            return admit(&state)
        }
        for waiter in admitted { waiter.continuation.resume() }
    }

    /// Removes the first waiters that fit, and takes their bytes.
    private func admit(_ state: inout State) -> [Waiter] {
        var admitted: [Waiter] = []
        while let first = state.waiting.first, fits(first.bytes, in: state) {
            state.used += first.bytes
            admitted.append(state.waiting.removeFirst())
        }
        return admitted
    }

    private func fits(_ bytes: Int, in state: State) -> Bool {
        state.used == 0 || bytes <= limit - state.used
    }
}

/// The bytes that one answer has taken of an ``AnswerBudget``; free again with the last reference.
package final class AnswerShare: Sendable {
    private let budget: AnswerBudget
    private let bytes: Mutex<Int>

    fileprivate init(of bytes: Int, in budget: AnswerBudget) {
        self.budget = budget
        self.bytes = Mutex(bytes)
    }

    deinit { budget.changeUse(by: bytes.withLock { -$0 }) }

    /// Takes as much as the answer needs for this size; false if that is not free now.
    package func grows(to size: Int) -> Bool {
        bytes.withLock { bytes in
            guard size > bytes else { return true }
            guard budget.takes(size - bytes, beside: bytes) else { return false }
            bytes = size
            return true
        }
    }

    /// Sets the answer's final size, whether that is free or not.
    package func settle(at size: Int) {
        let change = bytes.withLock { bytes in
            defer { bytes = size }
            return size - bytes
        }
        budget.changeUse(by: change)
    }
}
