package import Deployments
import GRDB
package import Logging
import Synchronization
package import Wire

/// Stores lists in one SQLite file with a write-ahead log: a crash at any moment leaves the last saved lists.
///
/// Only one process may use the file at a time. It holds the records' JSON as clients see it, and no other
/// data of a platform. Saving writes only the changes since the last save or load: rows are compared by a
/// hash of their encoded bytes.
package final class SQLiteListStore: ListStore {
    private let writer: any DatabaseWriter
    private let state: Mutex<State>
    private let logger: Logger

    private struct State {
        /// The file's content per source; a source that is missing here is written in full.
        var stored: [String: [String: StoredPartition]] = [:]
        /// False while the schema is not up to date, because the disk was full when the file was opened.
        var isMigrated: Bool
    }

    /// Opens or creates the file; blocks while SQLite checks it.
    ///
    /// A damaged file, or one that a later release wrote, is renamed to `<path>.set-aside-<time>` and
    /// replaced by a new one; this is logged. A full disk is no error: the file's content can be loaded, and
    /// saving throws until there is room. `sizeLimitBytes` is the maximum size of the file; nil for no limit
    /// but the disk's.
    package init(
        path: String, sizeLimitBytes: Int?, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) throws(StoreError) {
        let file = StoreFile(path: path, sizeLimitBytes: sizeLimitBytes, now: now, logger: logger)
        let opened = try file.open()
        writer = opened.writer
        state = Mutex(State(isMigrated: opened.isMigrated))
        self.logger = logger
    }

    /// Every list in the file; rows that cannot be read are left out, and their number is logged.
    package func load() async throws -> [SourceLists] {
        let loaded = try await writer.read { db in
            try db.tableExists("partitions") ? LoadedLists(from: db) : LoadedLists()
        }
        state.withLock { $0.stored = loaded.stored }
        if loaded.unreadable > 0 {
            logger.warning(
                "stored rows cannot be read and are left out", metadata: ["rows": "\(loaded.unreadable)"])
        }
        return loaded.lists
    }

    /// Replaces the source's list in one transaction: all of it or, where this throws, nothing.
    package func save(_ list: SourceLists) async throws {
        try await writing { db in
            // The writer's queue makes three steps one: read the known content, write, record the new
            // content.
            let before = self.state.withLock { $0.stored[list.source] }
            var after: [String: StoredPartition] = [:]
            try db.inTransaction {
                after = try ListWriting(db: db, source: list.source).write(list, over: before)
                return .commit
            }
            self.state.withLock { $0.stored[list.source] = after }
        }
    }

    /// Moves lists to other keys in one transaction; no list may exist under the new keys.
    package func rename(_ sources: [String: String]) async throws {
        try await writing { db in
            try db.inTransaction {
                for (old, new) in sources {
                    for table in ["partitions", "requests"] {
                        try db.execute(
                            sql: "UPDATE \(table) SET source = ? WHERE source = ?", arguments: [new, old])
                    }
                }
                return .commit
            }
            self.state.withLock { state in
                for (old, new) in sources { state.stored[new] = state.stored.removeValue(forKey: old) }
            }
        }
    }

    /// Removes the lists of sources that are no longer configured, in one transaction.
    package func removeSources(notIn names: Set<String>) async throws {
        try await writing { db in
            try db.inTransaction {
                let sources = try String.fetchAll(
                    db, sql: "SELECT source FROM partitions UNION SELECT source FROM requests")
                for source in sources where !names.contains(source) {
                    try db.execute(sql: "DELETE FROM partitions WHERE source = ?", arguments: [source])
                    try db.execute(sql: "DELETE FROM requests WHERE source = ?", arguments: [source])
                }
                return .commit
            }
            self.state.withLock { state in state.stored = state.stored.filter { names.contains($0.key) } }
        }
    }

    /// Runs on the writer's queue; SQLite's errors are rethrown without their statement, which may hold rows.
    private func writing(_ body: @Sendable @escaping (Database) throws -> Void) async throws {
        do {
            if !state.withLock({ $0.isMigrated }) {
                try await StoreSchema.migrate(on: writer)
                state.withLock { $0.isMigrated = true }
            }
            try await writer.writeWithoutTransaction(body)
        } catch let error as DatabaseError {
            throw DatabaseError(resultCode: error.extendedResultCode, message: error.message)
        }
    }
}

/// The file's content for one partition, as far as the next save needs it.
struct StoredPartition: Sendable {
    /// The id of its row in the table of partitions.
    var id: Int64
    var header: Header
    /// Hashes of each row's encoded bytes; valid in this process only.
    var digests: [VersionKey: Int]
    var missed: [VersionKey: Int]
    /// The rows themselves, so that the same array is recognized by its address in memory.
    var rows: [ModelDeployment]

    struct Header: Sendable, Equatable {
        var position: Int
        var observedAt: Timestamp
        var proven: Bool
        var pages: Int
    }
}

extension StoredPartition.Header {
    init(_ partition: PartitionState, position: Int) {
        self.init(
            position: position, observedAt: partition.observedAt, proven: partition.proven,
            pages: partition.pages)
    }
}
