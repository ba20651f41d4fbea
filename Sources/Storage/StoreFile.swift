import Foundation
import GRDB
import Logging
import Wire

/// The database file: the check of its owner before anything is written to it, and the ways to open it.
struct StoreFile: Sendable {
    let path: String
    /// The maximum size of the file; nil for no limit but the disk's.
    let sizeLimitBytes: Int?
    let now: @Sendable () -> Timestamp
    let logger: Logger

    /// An open file.
    struct Opened {
        var writer: any DatabaseWriter
        /// The files at the path as they were opened.
        var identity: FileIdentity
        /// True once the schema is up to date; false where the disk had no room for that.
        var isMigrated: Bool
    }

    /// Opens or creates the file, or replaces one that cannot be used with a new one.
    ///
    /// A damaged file, or one with a newer schema, is renamed to `<path>.set-aside-<time>` and never written
    /// to. If the disk has no room for the log, the file can still be read; writing to it throws until there
    /// is room. Blocks while SQLite checks the file.
    func open() throws(StoreError) -> Opened {
        switch inspect() {
        case .new, .ours: break
        case .foreign: throw StoreError(code: .foreign, detail: path)
        case .unreadable(let reason): try setAside(because: reason)
        }
        do {
            return try openInspected()
        } catch let error as DatabaseError where isDamage(error) {
            try setAside(because: "it is damaged")
        } catch {
            throw failure(error)
        }
        do { return try openInspected() } catch { throw failure(error) }
    }

    /// Opens the file at the path, which is ours or does not exist.
    private func openInspected() throws -> Opened {
        if !FileManager.default.fileExists(atPath: path) {
            // Readable only by the gateway's own user: SQLite's other files take their permissions from this
            // one. If this fails, opening the file reports the reason.
            _ = FileManager.default.createFile(
                atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            try StoreSchema.migrate(pool)
            makeShrinkable(pool)
            return Opened(writer: pool, identity: FileIdentity(path: path), isMigrated: true)
        } catch let error as DatabaseError where Self.isOutOfSpace(error) {
            return try openOnFullDisk(after: error)
        }
    }

    /// True if only damage explains the error: SQLite refuses what the system allows, as in a file whose
    /// header says that it may not be written.
    private func isDamage(_ error: DatabaseError) -> Bool {
        [.SQLITE_READONLY, .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_ERROR].contains(error.resultCode)
            && systemReason.isEmpty
    }

    /// Opens the file as ``open()`` does, without blocking the caller's thread, once a lost file's
    /// connections are closed.
    ///
    /// Closing removes the log at the path; if that is another's by now, the connections stay open instead.
    func reopen(closing former: Opened?) async throws -> Opened {
        try await onOwnThread {
            if let former {
                if former.identity.isLogOwn {
                    try? former.writer.close()
                } else {
                    _ = Unmanaged.passRetained(former.writer as AnyObject)
                }
            }
            return try open()
        }
    }

    /// Lets a file of an earlier release shrink from now on; where that fails, it only stays as large as it
    /// is.
    private func makeShrinkable(_ writer: any DatabaseWriter) {
        do { try FreeSpace.makeShrinkable(writer) } catch {
            logger.info(
                "the store's file cannot be made to shrink; it works as before",
                metadata: ["store": "\(path)", "error": "\(error)"])
        }
    }

    /// Opens the file in a way that needs no room on the disk, not even for the log's shared memory.
    private func openOnFullDisk(after error: DatabaseError) throws(StoreError) -> Opened {
        var configuration = configuration
        // SQLite then needs no shared memory for the log (https://sqlite.org/wal.html, section 8).
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            if case .foreign = try queue.read({ try StoreSchema.identify($0) }) {
                throw StoreError(code: .foreign, detail: path)
            }
            logger.error(
                "the disk is full: the store is read-only; its lists are served",
                metadata: ["store": "\(path)", "error": "\(error)"])
            return Opened(writer: queue, identity: FileIdentity(path: path), isMigrated: false)
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: any Error) -> StoreError {
        switch error {
        case let error as StoreError: error
        case is StoreSchema.ForeignFile: StoreError(code: .foreign, detail: path)
        default: StoreError(code: .unusable, detail: path, reason: "\(error)" + systemReason)
        }
    }

    /// The system's own reason why the file cannot be written to, in parentheses; empty where it can be.
    private var systemReason: String {
        StoreProbe(path: path).refusal.map { " (\($0))" } ?? ""
    }

    /// True if more room on the disk may help; includes failed writes, as by a quota or a limit on files.
    private static func isOutOfSpace(_ error: DatabaseError) -> Bool {
        [.SQLITE_FULL, .SQLITE_IOERR].contains(error.resultCode)
    }

    private var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "rollcall.store"
        configuration.busyMode = .timeout(5)
        let pages = sizeLimitBytes.map { max(1, $0 / 4096) }
        // Known without SQLite, which would need shared memory to look at the file.
        let isEmpty = FileIdentity(path: path).isEmpty
        configuration.prepareDatabase { db in
            guard !db.configuration.readonly else { return }
            // Only in a new file, since it writes to the file; where it cannot, a later start does the same.
            if isEmpty { try? db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
            // The space that a large transaction took in the log is given back to the disk.
            try db.execute(sql: "PRAGMA journal_size_limit = 16777216")
            if let pages { try db.execute(sql: "PRAGMA max_page_count = \(pages)") }
        }
        return configuration
    }

    /// Inspects the file read-only, since opening it for writing would switch any database to WAL mode.
    private func inspect() -> StoreSchema.Owner {
        guard FileManager.default.fileExists(atPath: path) else { return .new }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do {
            return try DatabaseQueue(path: path, configuration: configuration).read { db in
                let owner = try StoreSchema.identify(db)
                guard case .ours = owner else { return owner }
                // Not `quick_check`: rows are found by an index, and an index that lacks entries would hide
                // rows.
                let check = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)")
                let isSound = try check == "ok" && StoreSchema.hasItsTables(db)
                return isSound ? .ours : .unreadable(reason: "it is damaged")
            }
        } catch let error as DatabaseError
            // `SQLITE_ERROR` is "unsupported file format", as the header states it.
            where [.SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_ERROR].contains(error.resultCode)
        {
            return .unreadable(reason: "it is damaged")
        } catch {
            // Anything else that is wrong (permissions, a lock, a folder) is reported when the file is
            // opened.
            return .ours
        }
    }

    /// Renames the file together with its log, which SQLite finds by the file's name.
    private func setAside(because reason: String) throws(StoreError) {
        let target = freePath
        for suffix in Self.suffixes where FileManager.default.fileExists(atPath: path + suffix) {
            do {
                try FileManager.default.moveItem(atPath: path + suffix, toPath: target + suffix)
            } catch {
                throw StoreError(code: .immovable, detail: path, reason: "\(error)")
            }
        }
        logger.error(
            "the store was set aside and replaced by a new one: \(reason)",
            metadata: ["store": "\(path)", "renamed_to": "\(target)"])
    }

    /// The suffixes of the file itself, its log, and the log's shared memory.
    private static let suffixes = ["", "-wal", "-shm"]

    /// A path that no file set aside before has, not even one of the same time.
    private var freePath: String {
        let timestamp = "\(now())".filter { $0 != ":" }
        let first = "\(path).set-aside-\(timestamp)"
        let others = (2...1000).lazy.map { "\(first)-\($0)" }
        return ([first] + others).first { target in
            Self.suffixes.allSatisfy { !FileManager.default.fileExists(atPath: target + $0) }
        } ?? first
    }
}

/// Runs what blocks on a thread of its own, without blocking the caller's.
func onOwnThread<Value>(_ body: @escaping @Sendable () throws -> sending Value) async throws -> sending Value
{
    try await withCheckedThrowingContinuation { done in
        Thread.detachNewThread { done.resume(with: Result { try body() }) }
    }
}
