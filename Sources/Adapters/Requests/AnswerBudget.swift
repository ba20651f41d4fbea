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

    private let semaphore: AsyncSemaphore

    /// Makes a budget; a limit below 1 counts as 1.
    package init(bytes: Int = standardBytes) { semaphore = AsyncSemaphore(width: bytes) }

    /// The bytes that are taken now.
    package var used: Int { semaphore.held }

    /// The number of requests that wait.
    package var waiting: Int { semaphore.waiting }

    /// Takes bytes, after a wait until they are free; more than the limit are free once nothing is taken.
    ///
    /// - Throws: `CancellationError` if the task is cancelled first.
    package func share(of bytes: Int) async throws -> AnswerShare {
        try await semaphore.enter(bytes)
        return AnswerShare(of: bytes, in: semaphore)
    }
}

/// The bytes that one answer has taken of an ``AnswerBudget``; free again with the last reference.
package final class AnswerShare: Sendable {
    private let semaphore: AsyncSemaphore
    private let bytes: Mutex<Int>

    fileprivate init(of bytes: Int, in semaphore: AsyncSemaphore) {
        self.semaphore = semaphore
        self.bytes = Mutex(bytes)
    }

    deinit { semaphore.leave(bytes.withLock { $0 }) }

    /// Takes as much as the answer needs for this size; false if that is not free now.
    package func grows(to size: Int) -> Bool {
        bytes.withLock { bytes in
            guard size > bytes else { return true }
            guard semaphore.extend(bytes, by: size - bytes) else { return false }
            bytes = size
            return true
        }
    }

    /// Sets the answer's final size, whether that is free or not.
    package func settle(at size: Int) {
        let freed = bytes.withLock { bytes in
            defer { bytes = size }
            return bytes - size
        }
        semaphore.leave(freed)
    }
}
