package import Deployments
import FoundationEssentials
import GRDB
import GRDBSQLite
import Synchronization
package import Wire

/// Keeps audit records in a SQLite file of their own, each on the disk before the call that records it returns.
///
/// The file is opened by the first call, and again by each later one until that succeeds. Whatever is wrong with it is
/// an error and changes nothing in it: a log that began anew would not know what was sent before.
package final class SQLiteAuditLog: AuditLog {
    private struct State {
        var opened: Opened?
        var opening: Task<Opened, any Error>?
    }

    private struct Opened: Sendable {
        var writer: DatabaseQueue
        var identity: FileIdentity
    }

    private let path: String
    private let lock: StoreLock
    private let state = Mutex(State())

    /// The greatest size of the file, as a multiple of ``AuditRetention/bytes``: only records whose keys stand for them
    /// can need so much.
    private static let roomFactor = 4

    /// Names the file, and the lock of the store beside it; nothing is touched yet.
    package init(path: String, lock: StoreLock) {
        self.path = path
        self.lock = lock
    }

    /// The path of the log that belongs to a store.
    package static func path(besideStore store: String) -> String { store + ".audit" }

    package func begin(_ record: AuditRecord) async throws -> AuditRecord? {
        let stored = StoredAuditRecord(record)
        let since = record.at.advanced(by: .zero - AuditRetention.keyLifetime)
        return try await writing { db in
            let earlier = try Row.fetchOne(
                db,
                sql: """
                    SELECT \(StoredAuditRecord.columns) FROM records
                    WHERE key = ? AND token IS ? AND at > ? ORDER BY number DESC LIMIT 1
                    """,
                arguments: [record.idempotencyKey, record.actor.token, since.microseconds])
            if let earlier {
                guard let read = StoredAuditRecord(earlier) else {
                    throw AuditLogError(
                        "the record of the earlier request with this `Idempotency-Key` is damaged; look at the "
                            + "deployment, then send a new request with a new key")
                }
                return read.record
            }
            try stored.write(to: db)
            return nil
        }
    }

    package func record(_ record: AuditRecord) async throws {
        let stored = StoredAuditRecord(record)
        try await writing { try stored.write(to: $0) }
    }

    package func load() async throws -> AuditContent {
        try await writing { db in
            var content = AuditContent()
            let counts = try Row.fetchOne(db, sql: "SELECT records, until FROM dropped")
            content.dropped = counts?[0] ?? 0
            content.droppedUntil = (counts?[1] as Int64?).map(Timestamp.init(microseconds:))
            let rows = try Row.fetchCursor(
                db, sql: "SELECT \(StoredAuditRecord.columns) FROM records ORDER BY id")
            while let row = try rows.next() {
                if let read = StoredAuditRecord(row) {
                    content.records.append(read.record)
                } else {
                    content.damaged += 1
                }
            }
            return content
        }
    }

    package func trim(to retention: AuditRetention, at now: Timestamp) async throws -> AuditTrimming {
        try await writing { db in
            var trimming = AuditTrimming(ids: [], dropped: 0, droppedUntil: nil)
            let oldest = now.advanced(by: .zero - retention.age)
            let held = now.advanced(by: .zero - AuditRetention.keyLifetime)
            var excess = try (Int.fetchOne(db, sql: "SELECT sum(size) FROM records") ?? 0) - retention.bytes
            var last: Int64?
            let rows = try Row.fetchCursor(
                db, sql: "SELECT id, at, key IS NULL, size FROM records ORDER BY id")
            while let row = try rows.next() {
                let (at, size): (Int64, Int) = (row[1], row[3])
                let isReleased: Bool = row[2] || at <= held.microseconds
                guard at < oldest.microseconds || excess > 0 else { break }
                guard isReleased else { continue }
                trimming.ids.insert(row[0])
                last = max(last ?? at, at)
                excess -= size
            }
            for id in trimming.ids {
                try db.execute(sql: "DELETE FROM records WHERE id = ?", arguments: [id])
            }
            if let last {
                try db.execute(
                    sql: "UPDATE dropped SET records = records + ?, until = max(ifnull(until, ?), ?)",
                    arguments: [trimming.ids.count, last, last])
            }
            let counts = try Row.fetchOne(db, sql: "SELECT records, until FROM dropped")
            trimming.dropped = counts?[0] ?? 0
            trimming.droppedUntil = (counts?[1] as Int64?).map(Timestamp.init(microseconds:))
            return trimming
        }
    }
}

/// The file behind the log.
extension SQLiteAuditLog {
    /// Runs one transaction on the writer's queue; every error is an ``AuditLogError`` without a statement, which may
    /// hold a record.
    private func writing<Value: Sendable>(
        _ body: @Sendable @escaping (Database) throws -> Value
    ) async throws -> Value {
        do {
            let opened = try await openedFile()
            return try await opened.writer.write { db in
                if let loss = opened.identity.loss {
                    throw AuditLogError(
                        "the audit log \(self.path) is lost: \(loss); put it back, or restart the gateway to begin a "
                            + "new one")
                }
                return try body(db)
            }
        } catch let error as AuditLogError {
            throw error
        } catch let error as DatabaseError {
            throw AuditLogError(
                "the audit log \(path) cannot be used: \(error.message ?? "failed") (\(error.extendedResultCode))"
            )
        } catch {
            throw AuditLogError("the audit log \(path) cannot be used: \(error)")
        }
    }

    /// Reads from the connection that writes.
    func reading<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws
        -> Value
    {
        try await openedFile().writer.read(body)
    }

    private func openedFile() async throws -> Opened {
        let opening = state.withLock { state -> Task<Opened, any Error> in
            if let opened = state.opened { return Task { opened } }
            if let opening = state.opening { return opening }
            let opening = Task {
                do {
                    let opened = try await onOwnThread { try self.open() }
                    self.state.withLock { ($0.opened, $0.opening) = (opened, nil) }
                    return opened
                } catch {
                    self.state.withLock { $0.opening = nil }
                    throw error
                }
            }
            state.opening = opening
            return opening
        }
        return try await opening.value
    }

    /// Opens or creates the file; blocks while SQLite checks it.
    private func open() throws -> Opened {
        if case .held(let holder) = lock.take() { throw AuditLogError(holder.message) }
        do {
            let isNew = !FileManager.default.fileExists(atPath: path)
            // Readable only by the gateway's own user.
            if isNew {
                _ = FileManager.default.createFile(
                    atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
            } else {
                var readOnly = configuration
                readOnly.readonly = true
                try DatabaseQueue(path: path, configuration: readOnly).read { try AuditSchema.inspect($0) }
            }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.inDatabase { db in
                // What is committed is on the disk: GRDB's own choice for this mode is NORMAL.
                try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            }
            try AuditSchema.migrate(queue)
            return Opened(writer: queue, identity: FileIdentity(path: path))
        } catch let refusal as AuditSchema.Refusal {
            throw AuditLogError("the audit log \(path) cannot be used: \(refusal.reason)")
        } catch let error as DatabaseError
            where [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode)
        {
            throw AuditLogError("the audit log \(path) cannot be used: \(AuditSchema.Refusal.damage.reason)")
        } catch let error as DatabaseError {
            let reason = StoreProbe(path: path).refusal.map { " (\($0))" } ?? ""
            throw AuditLogError(
                "the audit log \(path) cannot be used: \(error.message ?? "failed")\(reason)")
        }
    }

    private var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "rollcall.audit"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            guard !db.configuration.readonly else { return }
            let pages = AuditRetention().bytes / 4096 * Self.roomFactor
            try db.execute(sql: "PRAGMA max_page_count = \(pages); PRAGMA journal_size_limit = 16777216")
        }
        return configuration
    }
}
