import CCurl
import Synchronization

/// A message from a caller to the loop's thread.
enum Message: Sendable {
    case start(Submission)
    case cancel(UInt64)
    case shutDown
}

/// The only state that callers and the loop's thread share.
///
/// A message posted before the thread opens the mailbox waits there; one posted after its close is refused.
final class Mailbox: Sendable {
    private struct State {
        var messages: [Message] = []
        /// The handle to wake; nil before the thread has one and after it has released it.
        var wakeable: WakeableHandle?
        var isClosed = false
    }

    /// The multi handle's address.
    ///
    /// Sendable, because its only use outside the handle's thread is `curl_multi_wakeup`, which libcurl
    /// allows from any thread, and that is under the lock that ``close()`` takes before the handle dies.
    private struct WakeableHandle: @unchecked Sendable {
        let multi: UnsafeMutableRawPointer
    }

    private let state = Mutex(State())
    private let lastID = Atomic<UInt64>(0)
    /// The number of easy handles that exist.
    let liveHandles = Atomic<Int>(0)
    /// The number of times that the thread has woken.
    let wakeups = Atomic<Int>(0)

    func nextID() -> UInt64 { lastID.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Adds a message for the thread and wakes it; returns false if the mailbox is closed.
    @discardableResult
    func post(_ message: Message) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.messages.append(message)
            // Called under the lock, so that the thread cannot free the handle meanwhile; it writes one byte
            // to a non-blocking pipe and calls nothing back.
            if let wakeable = state.wakeable { curl_multi_wakeup(wakeable.multi) }
            return true
        }
    }

    /// Lets later messages wake a multi handle.
    func open(_ multi: UnsafeMutableRawPointer) {
        let wakeable = WakeableHandle(multi: multi)
        state.withLock { $0.wakeable = wakeable }
    }

    /// Removes and returns all messages.
    func take() -> [Message] {
        state.withLock { state in
            defer { state.messages.removeAll() }
            return state.messages
        }
    }

    /// Closes the mailbox and returns the messages that were still in it.
    func close() -> [Message] {
        state.withLock { state in
            state.wakeable = nil
            state.isClosed = true
            defer { state.messages.removeAll() }
            return state.messages
        }
    }
}
