import Deployments
import Logging
import Synchronization
import Wire

/// Saves lists in the background: a slow disk delays no fetch, and a broken one costs durability only.
///
/// At most one list waits per source, the newest. Lists are offered from any task, while
/// ``run(retaining:clock:)`` saves them from its own; the lock is never held across a call of the store.
final class StoreWriter: Sendable {
    fileprivate struct State {
        var waiting: [String: SourceLists] = [:]
        /// The newest list of each source whose last save failed, until one succeeds.
        var unsaved: [String: SourceLists] = [:]
        var isRetryPlanned = false
        /// The storage keys whose lists are stored; nil until they are told.
        var retained: Set<String>?
        /// True while lists of other storage keys may be in the store; always false without a store.
        var mustRemoveOthers = false
        /// True if the store lost its content, until that content is about to be saved again.
        var isLost = false
        var wake: AsyncStream<Void>.Continuation?
    }

    /// Nil while every list that was offered is stored, or about to be; set from one task at a time.
    let problem = Latest<StoreProblem?>(nil)
    private let state = Mutex(State())
    private let store: (any ListStore)?
    /// Every source's current list, in no order.
    private let everyList: @Sendable () -> [SourceLists]
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    /// The time until the lists that failed are saved again, if no source is listed before.
    static let retryPause = Duration.seconds(30)

    init(
        store: (any ListStore)?, everyList: @escaping @Sendable () -> [SourceLists],
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.store = store
        self.everyList = everyList
        self.now = now
        self.logger = logger
    }

    /// Takes a list to be saved; a newer one of the same source replaces it while it waits.
    func offer(_ list: SourceLists) {
        guard store != nil else { return }
        let wake = state.withLock { state -> AsyncStream<Void>.Continuation? in
            // A source may have been removed while its last list was on its way.
            guard state.retained?.contains(list.source) ?? true else { return nil }
            state.waiting[list.source] = list
            return state.wake
        }
        wake?.yield()
    }

    /// Discards the lists that wait and those whose save failed, since another process stored newer ones.
    func forget() { state.withLock { ($0.waiting, $0.unsaved) = ([:], [:]) } }

    /// Removes the lists of all storage keys but these, and takes no more of others.
    func retain(only keys: Set<String>) {
        let wake = state.withLock { state in
            state.retained = keys
            state.mustRemoveOthers = store != nil
            state.waiting = state.waiting.filter { keys.contains($0.key) }
            state.unsaved = state.unsaved.filter { keys.contains($0.key) }
            return state.wake
        }
        wake?.yield()
    }

    /// Removes the lists of other storage keys, then saves whatever is offered until it is canceled.
    ///
    /// Called once. The keys that ``retain(only:)`` was given before are newer than these.
    func run(retaining keys: Set<String>, clock: some Clock<Duration>) async {
        let (offers, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.withLock { state in
            state.wake = wake
            state.retained = state.retained ?? keys
            state.mustRemoveOthers = store != nil
        }
        wake.yield()
        await withDiscardingTaskGroup { group in
            for await _ in offers {
                await flush()
                guard state.withLock({ $0.planRetry() }) else { continue }
                group.addTask {
                    try? await clock.sleep(for: Self.retryPause)
                    self.state.withLock { $0.isRetryPlanned = false }
                    wake.yield()
                }
            }
            group.cancelAll()
        }
        state.withLock { $0.wake = nil }
    }

    /// Removes the lists that are not retained any more, and saves every list that waits; then, once one
    /// could be saved, those that failed before.
    ///
    /// If the store has lost its content, every list is saved again.
    /// Not called twice at a time.
    func flush() async {
        guard let store else { return }
        await flush(into: store)
        let isLost = state.withLock { state in
            defer { state.isLost = false }
            return state.isLost
        }
        if isLost { await flush(into: store) }
    }

    private func flush(into store: any ListStore) async {
        let retained = state.withLock { state -> Set<String>? in
            defer { state.mustRemoveOthers = false }
            return state.mustRemoveOthers ? state.retained : nil
        }
        if let retained, !(await trying { try await store.removeSources(notIn: retained) }) {
            state.withLock { $0.mustRemoveOthers = true }
        }
        let offered = state.withLock { $0.takeWaiting() }
        var isWorking = true
        for list in offered.values.sorted(by: { $0.source < $1.source }) {
            isWorking = await save(list, in: store)
        }
        let unsaved = state.withLock { $0.unsaved }
        for (name, list) in unsaved.sorted(by: { $0.key < $1.key }) where offered[name] == nil {
            guard isWorking else { return }
            isWorking = await save(list, in: store)
        }
    }

    private func save(_ list: SourceLists, in store: any ListStore) async -> Bool {
        await trying {
            do {
                try await store.save(list)
                state.withLock { $0.unsaved[list.source] = nil }
            } catch {
                state.withLock { $0.noteUnsaved(list) }
                throw error
            }
        }
    }

    /// Runs one call of the store; logs when its calls begin to fail, and when nothing is unsaved any more.
    ///
    /// - Returns: False where it failed.
    @discardableResult
    private func trying(_ call: () async throws -> Void) async -> Bool {
        do {
            try await call()
        } catch {
            if error is StoreContentLost { requireEveryList() }
            // A canceled call is repeated by the last flush, and is no fault of the store.
            if !Task.isCancelled { note(error) }
            return false
        }
        if problem.value != nil, state.withLock({ $0.unsaved.isEmpty && !$0.mustRemoveOthers }) {
            problem.replace(with: nil)
            logger.notice("lists are saved again")
        }
        return true
    }

    /// Notes that no list is stored any more, nor the removal of others.
    private func requireEveryList() {
        let lists = everyList()
        state.withLock { state in
            (state.isLost, state.mustRemoveOthers) = (true, true)
            for list in lists where state.waiting[list.source] == nil { state.noteUnsaved(list) }
        }
    }

    private func note(_ error: any Error) {
        let message = "\(error)"
        if problem.value == nil {
            logger.error(
                "lists cannot be saved; a restart would serve older lists",
                metadata: ["error": "\(message)"])
        }
        problem.replace(with: StoreProblem(since: problem.value?.since ?? now(), message: message))
    }
}

extension StoreWriter.State {
    /// Takes the lists that wait; of a source whose last save failed, the newer list replaces the one that is
    /// unsaved.
    fileprivate mutating func takeWaiting() -> [String: SourceLists] {
        defer { waiting = [:] }
        for (name, list) in waiting where unsaved[name] != nil { unsaved[name] = list }
        return waiting
    }

    /// Notes that a list could not be saved; one of a source that was removed meanwhile is not to be saved again.
    fileprivate mutating func noteUnsaved(_ list: SourceLists) {
        guard retained?.contains(list.source) ?? true else { return }
        unsaved[list.source] = list
    }

    /// Plans a retry if a save or a removal has failed and no retry is planned.
    ///
    /// - Returns: True if it planned one.
    fileprivate mutating func planRetry() -> Bool {
        guard !unsaved.isEmpty || mustRemoveOthers, !isRetryPlanned else { return false }
        isRetryPlanned = true
        return true
    }
}
