package import Deployments
import GRDB
import GRDBSQLite
package import Logging
import Synchronization
package import Wire

/// Stores lists in one SQLite file with a write-ahead log: a crash at any moment leaves the last saved lists.
///
/// Only one process may write to the file at a time. It holds the records' JSON as clients see it, and no
/// other data of a platform. Saving writes only the changes since the last save or load: rows are compared by
/// a hash of their encoded bytes. If the file is not the one at its path any more, the next call throws
/// ``StoreContentLost``, and the one after that opens or creates the file at the path.
package final class SQLiteListStore: ListStore {
    private let file: StoreFile
    private let state: Mutex<State>
    private let logger: Logger
    /// Held as long as the store, where there is one.
    private let lock: StoreLock?

    private struct State {
        /// nil where the file could not be opened yet, or was lost.
        var opened: StoreFile.Opened?
        /// The opening that is in progress.
        var opening: Task<StoreFile.Opened, any Error>?
        /// A lost file's connections, which are closed before the next file is opened.
        var former: StoreFile.Opened?
        /// The file's content per source; a source that is missing here is written in full.
        var stored: [String: StoredSource] = [:]
    }

    /// Opens or creates the file; blocks while SQLite checks it.
    ///
    /// A damaged file, or one that a later release wrote, is renamed to `<path>.set-aside-<time>` and
    /// replaced by a new one; this is logged. A full disk is no error: the file's content can be loaded, and
    /// saving throws until there is room. `sizeLimitBytes` is the maximum size of the file; nil for no limit
    /// but the disk's.
    package convenience init(
        path: String, sizeLimitBytes: Int?, lock: StoreLock? = nil,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) throws(StoreError) {
        let file = StoreFile(path: path, sizeLimitBytes: sizeLimitBytes, now: now, logger: logger)
        self.init(file, lock: lock, opened: try file.open())
    }

    /// Makes a store whose file is opened by the first call that writes, and by each later one until that
    /// succeeds; ``load()`` finds nothing meanwhile.
    package convenience init(
        openingLater path: String, lock: StoreLock? = nil, now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.init(
            StoreFile(path: path, sizeLimitBytes: nil, now: now, logger: logger), lock: lock, opened: nil)
    }

    private init(_ file: StoreFile, lock: StoreLock?, opened: StoreFile.Opened?) {
        self.file = file
        self.lock = lock
        logger = file.logger
        state = Mutex(State(opened: opened))
    }

    /// Opens the file of a store that was to be opened later; does nothing if it is open.
    func open() async throws { _ = try await openedFile() }

    /// Every list in the file; what is damaged is left out, and its extent is logged.
    package func load() async throws -> [SourceLists] {
        guard let opened = state.withLock({ $0.opened }) else { return [] }
        let loaded = try await opened.writer.read { db in
            try db.tableExists("partitions") ? LoadedLists(from: db) : LoadedLists()
        }
        state.withLock { $0.stored = loaded.stored }
        if loaded.damage != LoadedLists.Damage() {
            logger.warning(
                "stored rows are damaged and are left out",
                metadata: [
                    "rows": "\(loaded.damage.rows)", "lists": "\(loaded.damage.partitions)",
                    "request_counts": "\(loaded.damage.counts)",
                    "accounts": "\(loaded.damage.accounts)",
                ])
        }
        return loaded.lists
    }

    /// Replaces the source's list in one transaction: all of it or, where this throws, nothing.
    package func save(_ list: SourceLists) async throws {
        try await writing { db in
            do {
                try self.save(list, in: db)
            } catch is OtherContent {
                self.state.withLock { $0.stored[list.source] = nil }
                self.logger.warning(
                    "the store did not hold what was saved; the list is written in full",
                    metadata: ["source": "\(list.source)"])
                try self.save(list, in: db)
            }
        }
    }

    /// The writer's queue makes three steps one: read the known content, write, record the new content.
    private func save(_ list: SourceLists, in db: Database) throws {
        let before = state.withLock { $0.stored[list.source] }
        var after = StoredSource()
        try db.inTransaction {
            after = try SourceWriting(db: db, source: list.source).write(list, over: before)
            return .commit
        }
        state.withLock { $0.stored[list.source] = after }
    }

    /// Moves lists to other keys in one transaction; no list may exist under the new keys.
    package func rename(_ sources: [String: String]) async throws {
        try await writing { db in
            try db.inTransaction {
                for (old, new) in sources { try StoredChecksums.rename(old, to: new, in: db) }
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
                    db,
                    sql: StoredTables.ofSources.map { "SELECT source FROM \($0)" }
                        .joined(separator: " UNION "))
                for source in sources where !names.contains(source) {
                    for table in StoredTables.ofSources {
                        try db.execute(sql: "DELETE FROM \(table) WHERE source = ?", arguments: [source])
                    }
                }
                return .commit
            }
            self.state.withLock { state in state.stored = state.stored.filter { names.contains($0.key) } }
        }
    }
}

/// The file behind the store.
extension SQLiteListStore {
    /// Runs on the writer's queue; SQLite's errors are rethrown without their statement, which may hold rows.
    private func writing(_ body: @Sendable @escaping (Database) throws -> Void) async throws {
        let opened = try await openedFile()
        do {
            if !opened.isMigrated { try await migrate(opened) }
            try await opened.writer.writeWithoutTransaction { db in
                if let loss = self.state.withLock({ $0.opened })?.identity.loss {
                    throw FileLost(reason: loss)
                }
                defer {
                    let identity = FileIdentity(path: self.file.path)
                    self.state.withLock { $0.opened?.identity = identity }
                }
                do {
                    try body(db)
                    try FreeSpace.giveBack(by: db)
                } catch let error as DatabaseError {
                    throw error.withoutStatement(systemError: sqlite3_system_errno(db.sqliteConnection))
                }
            }
        } catch let error as FileLost {
            state.withLock { state in
                if let lost = state.opened { state.former = lost }
                (state.opened, state.stored) = (nil, [:])
            }
            throw StoreContentLost(message: "the store \(file.path) is lost: \(error.reason)")
        } catch let error as DatabaseError {
            throw error.withoutStatement(systemError: 0)
        }
    }

    /// An error: the file at the path is not the one that is open.
    private struct FileLost: Error {
        var reason: String
    }

    private func migrate(_ opened: StoreFile.Opened) async throws {
        try await StoreSchema.migrate(on: opened.writer)
        state.withLock { $0.opened?.isMigrated = true }
    }

    /// The open file, which is opened here if it is not.
    private func openedFile() async throws -> StoreFile.Opened {
        let opening = state.withLock { state -> Task<StoreFile.Opened, any Error> in
            if let opened = state.opened { return Task { opened } }
            if let opening = state.opening { return opening }
            let opening = Task { try await self.reopen() }
            state.opening = opening
            return opening
        }
        return try await opening.value
    }

    private func reopen() async throws -> StoreFile.Opened {
        do {
            // The lock's file may have gone the same way as the store's.
            if let lock, case .held(let holder) = lock.take() {
                throw StoreError(code: .unusable, detail: file.path, reason: holder.message)
            }
            let former = state.withLock { state in
                defer { state.former = nil }
                return state.former
            }
            let opened = try await file.reopen(closing: former)
            state.withLock { ($0.opened, $0.opening) = (opened, nil) }
            return opened
        } catch {
            state.withLock { $0.opening = nil }
            throw error
        }
    }
}

extension DatabaseError {
    /// The error without its statement, which may hold rows; with the system's error where that says more.
    fileprivate func withoutStatement(systemError: Int32) -> DatabaseError {
        guard systemError != 0, [.SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY].contains(resultCode)
        else { return DatabaseError(resultCode: extendedResultCode, message: message) }
        return DatabaseError(
            resultCode: extendedResultCode,
            message: "\(message ?? "failed") (\(describeSystemError(systemError)))")
    }
}
