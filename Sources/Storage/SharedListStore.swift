package import Deployments
package import Logging
import Synchronization
package import Wire

/// A store that another process may be using: this one writes to it only once it has its lock.
///
/// Until then ``load()`` reads what the other has stored, without changing the file, and all calls that write
/// throw. It is then the same as ``SQLiteListStore``.
package final class SharedListStore: ListStore, StoreLease {
    /// An error: the store belongs to another process.
    package struct NotHeld: Error, CustomStringConvertible {
        package var description: String { "another process uses the store" }
    }

    private let path: String
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let lock: StoreLock
    /// The store, once this process has the lock.
    private let store = Mutex<SQLiteListStore?>(nil)
    private let reader: StoreReader

    /// Follows the store at the path until `lock` can be taken; touches nothing yet.
    package init(
        following path: String, lock: StoreLock, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.path = path
        self.lock = lock
        self.now = now
        self.logger = logger
        reader = StoreReader(path: path)
    }

    package func take() async -> LeaseTurn {
        switch lock.take() {
        case .held(let holder):
            return .held(by: holder, lists: (try? await reader.listsIfChanged()) ?? nil)
        case .taken, .impossible:
            reader.close()
            let opened = SQLiteListStore(openingLater: path, lock: lock, now: now, logger: logger)
            var lists: [SourceLists]?
            do {
                try await opened.open()
                lists = try await opened.load()
            } catch {
                logger.error("the store cannot be read", metadata: ["error": "\(error)"])
            }
            store.withLock { $0 = opened }
            return .taken(lists: lists)
        }
    }

    package func load() async throws -> [SourceLists] {
        if let store = store.withLock({ $0 }) { return try await store.load() }
        return try await reader.lists()
    }

    package func save(_ list: SourceLists) async throws { try await held().save(list) }

    package func rename(_ sources: [String: String]) async throws { try await held().rename(sources) }

    package func removeSources(notIn names: Set<String>) async throws {
        try await held().removeSources(notIn: names)
    }

    private func held() throws -> SQLiteListStore {
        guard let store = store.withLock({ $0 }) else { throw NotHeld() }
        return store
    }
}
