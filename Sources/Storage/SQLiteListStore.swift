package import Deployments
import GRDB
package import Logging
import Synchronization
package import Wire

/// Keeps lists in one SQLite file, with a write-ahead log: a crash at any moment leaves the last saved lists.
///
/// One process at a time; it holds the records' JSON as clients see them, and nothing of a platform's beside it.
/// Saving writes only what changed since the last save or load: rows are compared by their encoded bytes.
package final class SQLiteListStore: ListStore {
    private let file: StoreFile
    private let writer: any DatabaseWriter
    /// What the file holds, per source; one that is missing here is written whole.
    private let kept = Mutex<[String: [String: KeptPartition]]>([:])
    private let logger: Logger

    /// Opens or creates the file; blocks while SQLite checks it.
    ///
    /// A damaged file, or one that a later release wrote, is renamed to `<path>.set-aside-<time>`, which is
    /// logged, and a new one is begun. A full disk is no reason to throw: what the file holds is loaded, and
    /// saving throws until there is room. `sizeLimitBytes` is the most that it may grow to, nil no limit but
    /// the disk's.
    package init(
        path: String, sizeLimitBytes: Int?, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) throws(StoreError) {
        file = StoreFile(path: path, sizeLimitBytes: sizeLimitBytes, now: now, logger: logger)
        writer = try file.open()
        self.logger = logger
    }

    /// Every list of the file; a row that cannot be read is left out, and their number is logged.
    package func load() async throws -> [SourceLists] {
        let loaded = try await writer.read { db in
            try db.tableExists("partitions") ? LoadedLists(from: db) : LoadedLists()
        }
        kept.withLock { $0 = loaded.kept }
        if loaded.unreadable > 0 {
            logger.warning("stored rows could not be read", metadata: ["rows": "\(loaded.unreadable)"])
        }
        return loaded.lists
    }

    /// Replaces the source's list in one transaction: all of it or, where this throws, nothing.
    package func save(_ list: SourceLists) async throws {
        try await writing { db in
            // The writer's queue makes this read, write and note one step.
            let before = self.kept.withLock { $0[list.source] }
            var after: [String: KeptPartition] = [:]
            try db.inTransaction {
                try self.file.prepare(db)
                after = try ListWriting(db: db, source: list.source).write(list, over: before)
                return .commit
            }
            self.kept.withLock { $0[list.source] = after }
        }
    }

    /// Drops the lists of sources that are configured no more, in one transaction.
    package func removeSources(notIn names: Set<String>) async throws {
        try await writing { db in
            try db.inTransaction {
                try self.file.prepare(db)
                let sources = try String.fetchAll(
                    db, sql: "SELECT source FROM partitions UNION SELECT source FROM requests")
                for source in sources where !names.contains(source) {
                    try db.execute(sql: "DELETE FROM partitions WHERE source = ?", arguments: [source])
                    try db.execute(sql: "DELETE FROM requests WHERE source = ?", arguments: [source])
                }
                return .commit
            }
            self.kept.withLock { kept in kept = kept.filter { names.contains($0.key) } }
        }
    }

    /// Runs on the writer's queue; SQLite's errors come without the statement, of which no reader is the wiser.
    private func writing(_ body: @Sendable @escaping (Database) throws -> Void) async throws {
        do {
            try await writer.writeWithoutTransaction(body)
        } catch let error as DatabaseError {
            throw DatabaseError(resultCode: error.extendedResultCode, message: error.message)
        }
    }
}

/// What the file holds of one partition, as far as the next save must know.
struct KeptPartition: Sendable {
    /// Its row in the table of partitions.
    var id: Int64
    var header: Header
    /// Hashes of each row's encoded bytes, of this process only.
    var digests: [VersionKey: Int]
    var missed: [VersionKey: Int]
    /// Held so that the same array is known by its place in memory.
    var rows: [ModelDeployment]

    struct Header: Sendable, Equatable {
        var position: Int
        var observedAt: Timestamp
        var proven: Bool
        var pages: Int
    }
}

extension KeptPartition.Header {
    init(_ partition: PartitionState, position: Int) {
        self.init(
            position: position, observedAt: partition.observedAt, proven: partition.proven,
            pages: partition.pages)
    }
}
