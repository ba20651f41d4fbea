import Deployments
import GRDB
import Synchronization

/// Reads the lists that another process stores, and changes nothing in the file.
final class StoreReader: Sendable {
    private let path: String
    private let state = Mutex(State())

    private struct State {
        var queue: DatabaseQueue?
        var identity: FileIdentity?
        /// SQLite's count of the changes that others made, as of the last ``StoreReader/listsIfChanged()``.
        var version: Int?
    }

    init(path: String) { self.path = path }

    /// Every list that the file holds now.
    ///
    /// - Throws: Where there is no file, or none of this release's.
    func lists() async throws -> [SourceLists] {
        try await opened().writeWithoutTransaction { try Self.lists(in: $0) }
    }

    /// Every list, if the file has changed since the last call of this method; else nil.
    func listsIfChanged() async throws -> [SourceLists]? {
        let queue = try opened()
        let before = state.withLock { $0.version }
        // Outside a transaction, within which the number does not change.
        let (version, lists) = try await queue.writeWithoutTransaction { db in
            let version = try Int.fetchOne(db, sql: "PRAGMA data_version")
            return (version, version == before ? nil : try Self.lists(in: db))
        }
        state.withLock { $0.version = version }
        return lists
    }

    /// Closes the file.
    func close() { state.withLock { $0 = State() } }

    private static func lists(in db: Database) throws -> [SourceLists] {
        guard case .ours = try StoreSchema.identify(db), try StoreSchema.hasItsTables(db) else { return [] }
        var lists: [SourceLists] = []
        try db.inTransaction(.deferred) {
            lists = try LoadedLists(from: db).lists
            return .commit
        }
        return lists
    }

    /// The open file; opened again if another one is at the path by now.
    private func opened() throws -> DatabaseQueue {
        try state.withLock { state in
            if let queue = state.queue, state.identity?.loss == nil { return queue }
            state = State()
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            (state.queue, state.identity) = (queue, FileIdentity(path: path))
            return queue
        }
    }
}
