import CCurl
import Synchronization

/// What callers tell the loop's thread.
enum Message: Sendable {
    case start(Submission)
    case cancel(UInt64)
    case shutDown
}

/// The one thing that callers and the loop's thread share.
///
/// A message posted before the thread has opened the mailbox waits there; one posted after its close is refused.
final class Mailbox: Sendable {
    private struct State {
        var messages: [Message] = []
        /// Where to knock; nil before the thread has a multi handle and after it has given it up.
        var bell: Bell?
        var isClosed = false
    }

    /// The multi handle's address.
    ///
    /// Sendable, because its only use outside the handle's thread is `curl_multi_wakeup`, which libcurl allows from
    /// any thread, and that is under the lock that ``close()`` takes before the handle dies.
    private struct Bell: @unchecked Sendable {
        let multi: UnsafeMutableRawPointer
    }

    private let state = Mutex(State())
    private let lastID = Atomic<UInt64>(0)
    /// Easy handles that exist.
    let liveHandles = Atomic<Int>(0)
    /// Rounds the loop has made.
    let turns = Atomic<Int>(0)

    func nextID() -> UInt64 { lastID.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Leaves a message for the thread and wakes it; false where the mailbox is closed.
    @discardableResult
    func post(_ message: Message) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.messages.append(message)
            // Called under the lock, so that the thread cannot free the handle meanwhile; it writes one byte to a
            // non-blocking pipe and calls nothing back.
            if let bell = state.bell { curl_multi_wakeup(bell.multi) }
            return true
        }
    }

    func open(_ multi: UnsafeMutableRawPointer) {
        let bell = Bell(multi: multi)
        state.withLock { $0.bell = bell }
    }

    func take() -> [Message] {
        state.withLock { state in
            defer { state.messages.removeAll() }
            return state.messages
        }
    }

    /// Ends it, and gives what was still in it.
    func close() -> [Message] {
        state.withLock { state in
            state.bell = nil
            state.isClosed = true
            defer { state.messages.removeAll() }
            return state.messages
        }
    }
}
