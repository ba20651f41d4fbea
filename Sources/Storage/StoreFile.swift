import Deployments
import FoundationEssentials
import GRDB
import Logging
import Wire

/// The database file: what it is, before anything is written to it, and its schema.
struct StoreFile {
    let path: String
    /// The most that the file may grow to; nil: what the disk has.
    let sizeLimitBytes: Int?
    let now: @Sendable () -> Timestamp
    let logger: Logger

    /// Marks a file as ours in SQLite's header: "Roll" in ASCII.
    private static let applicationID = 0x526F_6C6C
    /// Kept in `user_version`; a file that says more was written by a later release.
    private static var schemaVersion: Int { schema.count }

    private enum Verdict {
        case new, ours, foreign
        case unreadable(why: String)
    }

    /// Opens the file, creates it, or begins a new one beside a file that cannot be used.
    ///
    /// A damaged file, or one with a newer schema, is renamed to `<path>.set-aside-<time>` and never written
    /// to. Where the disk has no room for the log, what the file holds can be read all the same; writing to it
    /// throws until there is room. Blocks while SQLite checks the file.
    func open() throws(StoreError) -> any DatabaseWriter {
        switch inspect() {
        case .new, .ours: break
        case .foreign: throw StoreError(code: .foreign, detail: path)
        case .unreadable(let why): try setAside(because: why)
        }
        if !FileManager.default.fileExists(atPath: path) {
            // For the gateway's own user: SQLite's other files take their rights from this one. Where it fails,
            // opening it tells why.
            _ = FileManager.default.createFile(
                atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            try pool.write { try prepare($0) }
            return pool
        } catch let error as DatabaseError where Self.isForWantOfRoom(error) {
            return try openWithoutRoom(after: error)
        } catch {
            throw failure(error)
        }
    }

    /// Creates the schema in a file that has none, or brings an earlier release's up to date.
    ///
    /// - Throws: ``StoreError`` where the file is not ours to write to, else SQLite's error.
    func prepare(_ db: Database) throws {
        switch try Self.identify(db) {
        case .new, .ours: try Self.createSchema(db)
        case .foreign, .unreadable: throw StoreError(code: .foreign, detail: path)
        }
    }

    /// Opens the file in a way that needs no room on the disk, not even for the log's shared memory.
    private func openWithoutRoom(after error: DatabaseError) throws(StoreError) -> any DatabaseWriter {
        var configuration = configuration
        // SQLite then keeps that memory to itself (https://sqlite.org/wal.html, section 8).
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            if case .foreign = try queue.read({ try Self.identify($0) }) {
                throw StoreError(code: .foreign, detail: path)
            }
            logger.error(
                "the store has no room to be written to; what it holds is served",
                metadata: ["store": "\(path)", "error": "\(error)"])
            return queue
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: any Error) -> StoreError {
        error as? StoreError ?? StoreError(code: .unusable, detail: path, cause: error)
    }

    /// Whether more room on the disk would mend it; a failed write (a quota, a limit on files) counts.
    private static func isForWantOfRoom(_ error: DatabaseError) -> Bool {
        [.SQLITE_FULL, .SQLITE_IOERR].contains(error.resultCode)
    }

    private var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "rollcall.store"
        configuration.busyMode = .timeout(5)
        let pages = sizeLimitBytes.map { max(1, $0 / 4096) }
        configuration.prepareDatabase { db in
            guard !db.configuration.readonly else { return }
            // What a large transaction left in the log is given back to the disk.
            try db.execute(sql: "PRAGMA journal_size_limit = 16777216")
            if let pages { try db.execute(sql: "PRAGMA max_page_count = \(pages)") }
        }
        return configuration
    }

    /// Looks at the file read-only: opening it for writing would turn any database into one with a WAL.
    private func inspect() -> Verdict {
        guard FileManager.default.fileExists(atPath: path) else { return .new }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do {
            return try DatabaseQueue(path: path, configuration: configuration).read { db in
                let verdict = try Self.identify(db)
                guard case .ours = verdict else { return verdict }
                // Not `quick_check`: rows are found by their index, and one that lacks some would hide them.
                let check = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)")
                let isWhole = try check == "ok" && Self.hasItsTables(db)
                return isWhole ? .ours : .unreadable(why: "it is damaged")
            }
        } catch let error as DatabaseError
            // The plain error: "unsupported file format", by its header.
            where [.SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_ERROR].contains(error.resultCode)
        {
            return .unreadable(why: "it is damaged")
        } catch {
            // Whatever else is wrong (permissions, a lock, a folder) will be said when it is opened.
            return .ours
        }
    }

    /// Tells by the header alone whose file it is.
    private static func identify(_ db: Database) throws -> Verdict {
        let objects = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try userVersion(of: db)
        if objects == 0, application == 0 { return .new }
        guard application == applicationID else { return .foreign }
        guard version <= schemaVersion else {
            return .unreadable(why: "a later release wrote it (schema \(version))")
        }
        return version > 0 ? .ours : .unreadable(why: "it is damaged")
    }

    /// Whether every table and index is there in the words that made it, whatever stands beside them.
    private static func hasItsTables(_ db: Database) throws -> Bool {
        let query = "SELECT name || ': ' || sql FROM sqlite_master WHERE sql IS NOT NULL"
        let version = try userVersion(of: db)
        let expected = try DatabaseQueue().write { db in
            try createSchema(db, upTo: version)
            return try Set(String.fetchAll(db, sql: query))
        }
        return try expected.isSubset(of: String.fetchAll(db, sql: query))
    }

    /// Renames the file and its log, which SQLite finds by their names.
    private func setAside(because why: String) throws(StoreError) {
        let target = freePath
        for suffix in Self.suffixes where FileManager.default.fileExists(atPath: path + suffix) {
            do {
                try FileManager.default.moveItem(atPath: path + suffix, toPath: target + suffix)
            } catch {
                throw StoreError(code: .immovable, detail: path, cause: error)
            }
        }
        logger.error(
            "the store was set aside, and a new one is begun: \(why)",
            metadata: ["store": "\(path)", "kept_as": "\(target)"])
    }

    /// Of the file itself, its log, and the log's shared memory.
    private static let suffixes = ["", "-wal", "-shm"]

    /// A path at which nothing was set aside before, not even in the same moment.
    private var freePath: String {
        let stamp = "\(now())".filter { $0 != ":" }
        let first = "\(path).set-aside-\(stamp)"
        let others = (2...1000).lazy.map { "\(first)-\($0)" }
        return ([first] + others).first { target in
            Self.suffixes.allSatisfy { !FileManager.default.fileExists(atPath: target + $0) }
        } ?? first
    }

    private static func userVersion(of db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    }

    /// Takes the steps to a version of the schema that the file has not taken yet.
    private static func createSchema(_ db: Database, upTo version: Int = schemaVersion) throws {
        let taken = try userVersion(of: db)
        guard taken < version else { return }
        for step in schema[taken..<version] { try db.execute(sql: step) }
        try db.execute(
            sql: """
                PRAGMA application_id = \(applicationID);
                PRAGMA user_version = \(version);
                """)
    }

    /// Each step leads to the next version.
    ///
    /// None is ever changed: its wording tells a whole file from a damaged one.
    private static let schema = [
        """
        CREATE TABLE partitions (
            id INTEGER PRIMARY KEY,
            source TEXT NOT NULL,
            partition TEXT NOT NULL,
            position INTEGER NOT NULL,
            observed_at INTEGER NOT NULL, -- microseconds since 1970
            proven INTEGER NOT NULL,
            pages INTEGER NOT NULL,
            UNIQUE (source, partition)
        ) STRICT;
        CREATE TABLE deployments (
            id INTEGER PRIMARY KEY,
            partition INTEGER NOT NULL REFERENCES partitions ON DELETE CASCADE,
            uid TEXT NOT NULL,
            version INTEGER,
            missed INTEGER NOT NULL,
            record TEXT NOT NULL, -- the record's JSON form; these three are JSON
            history TEXT,
            native TEXT
        ) STRICT;
        CREATE INDEX deployments_by_key ON deployments (partition, uid, version);
        """,
        """
        CREATE TABLE requests (
            source TEXT NOT NULL,
            minute INTEGER NOT NULL, -- since 1970
            count INTEGER NOT NULL,
            PRIMARY KEY (source, minute)
        ) STRICT, WITHOUT ROWID;
        """,
    ]
}
