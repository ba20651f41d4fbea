import Deployments
import Logging
import Synchronization

/// Saves lists behind the refresher's back: a slow disk delays no fetch, and a broken one costs durability only.
///
/// At most one list waits per source, the newest.
final class ListKeeper: Sendable {
    fileprivate struct State {
        var waiting: [String: StoredList] = [:]
        /// The sources whose lists are kept; nil until somebody says.
        var kept: Set<String>?
        /// Whether lists of others may still be in the store.
        var forgets = false
        var isFailing = false
        var wake: AsyncStream<Void>.Continuation?
    }

    private let state = Mutex(State())
    private let store: (any ListStore)?
    private let logger: Logger

    init(store: (any ListStore)?, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    func offer(_ list: StoredList) {
        guard store != nil else { return }
        let wake = state.withLock { state -> AsyncStream<Void>.Continuation? in
            // A source may have been removed while its last list was on its way.
            guard state.kept?.contains(list.source) ?? true else { return nil }
            state.waiting[list.source] = list
            return state.wake
        }
        wake?.yield()
    }

    /// Forgets the lists of all sources but these, and takes no more of others.
    func keep(only names: Set<String>) {
        let wake = state.withLock { state in
            state.kept = names
            state.forgets = true
            state.waiting = state.waiting.filter { names.contains($0.key) }
            return state.wake
        }
        wake?.yield()
    }

    /// Forgets other sources' lists, then saves whatever is offered until it is cancelled.
    ///
    /// What ``keep(only:)`` said before is newer than `names`.
    func run(keeping names: Set<String>) async {
        let (offers, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.withLock { state in
            state.wake = wake
            state.kept = state.kept ?? names
            state.forgets = true
        }
        wake.yield()
        for await _ in offers { await flush() }
        state.withLock { $0.wake = nil }
    }

    /// Forgets what is not kept any more, and saves every list that waits.
    func flush() async {
        guard let store else { return }
        let forgotten = state.withLock { state -> Set<String>? in
            defer { state.forgets = false }
            return state.forgets ? state.kept : nil
        }
        if let forgotten, !(await trying { try await store.removeSources(notIn: forgotten) }) {
            state.withLock { $0.forgets = true }
        }
        let lists = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting
        }
        for (name, list) in lists.sorted(by: { $0.key < $1.key }) {
            let saved = await trying { try await store.save(list) }
            // A list that failed is tried again with the source's next one; a cancelled one at the last flush.
            guard !saved, Task.isCancelled else { continue }
            state.withLock { state in
                if state.waiting[name] == nil { state.waiting[name] = list }
            }
        }
    }

    /// Runs one call of the store, and logs when its calls begin to fail and when they work again.
    @discardableResult
    private func trying(_ call: () async throws -> Void) async -> Bool {
        do {
            try await call()
            if state.withLock({ $0.setFailing(false) }) {
                logger.notice("lists are stored again")
            }
            return true
        } catch {
            if !Task.isCancelled, state.withLock({ $0.setFailing(true) }) {
                logger.error(
                    "lists are not stored; a restart will begin with older ones",
                    metadata: ["error": "\(chain(of: error))"])
            }
            return false
        }
    }
}

extension ListKeeper.State {
    /// Whether that is a change.
    fileprivate mutating func setFailing(_ failing: Bool) -> Bool {
        defer { isFailing = failing }
        return isFailing != failing
    }
}
