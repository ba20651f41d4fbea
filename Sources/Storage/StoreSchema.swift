import GRDB

/// The store's tables: the migration steps that create them, and the marks in the file that identify its
/// owner and version.
///
/// A file records its steps twice: in `user_version`, the number of the last one, by which an older release
/// recognizes a newer file; and in GRDB's table `grdb_migrations`, by name. Release 0.1.0 wrote only
/// `user_version`.
enum StoreSchema {
    /// Marks a file as ours in SQLite's header: "Roll" in ASCII.
    private static let applicationID = 0x526F_6C6C

    /// A file's owner, according to its header.
    enum Owner {
        /// Nothing was written to it yet.
        case new
        case ours
        /// The file is another program's.
        case foreign
        /// The file is ours, but damaged or of a later release; `reason` is for the log.
        case unreadable(reason: String)
    }

    /// An error: the file to be written to is another program's, or cannot be read.
    struct ForeignFile: Error, CustomStringConvertible {
        let description = "the store's file is another program's database"
    }

    /// Determines a file's owner by the header and the names of the tables.
    static func identify(_ db: Database) throws -> Owner {
        let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master")
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try userVersion(of: db)
        if tables.isEmpty, application == 0 { return version == 0 ? .new : .foreign }
        guard application == applicationID else {
            // Nobody else has these tables: the mark itself is damaged.
            let isOurs = steps.indices.contains(version - 1) && (try? hasItsTables(db)) == true
            return isOurs ? .unreadable(reason: "it is damaged") : .foreign
        }
        guard version <= steps.count else {
            return .unreadable(reason: "a later release wrote it (schema \(version))")
        }
        guard version >= 0 else { return .unreadable(reason: "it is damaged") }
        if version > 0 { return .ours }
        // The process ended before the first step.
        return tables.allSatisfy { $0.contains(migrationsTable) }
            ? .new : .unreadable(reason: "it is damaged")
    }

    /// True if every table and index of the steps taken has exactly its own definition, and `user_version`
    /// counts the same steps as GRDB's table; other tables may exist.
    static func hasItsTables(_ db: Database) throws -> Bool {
        let query = "SELECT name || ': ' || sql FROM sqlite_master WHERE sql IS NOT NULL"
        let taken = try steps.prefix(userVersion(of: db))
        if try db.tableExists(migrationsTable) {
            let entered = try String.fetchSet(db, sql: "SELECT identifier FROM \(migrationsTable)")
            guard entered.isEmpty || entered == Set(taken.map(\.name)) else { return false }
        }
        let expected = try DatabaseQueue().write { db in
            for step in taken { try db.execute(sql: step.sql) }
            return try Set(String.fetchAll(db, sql: query))
        }
        return try expected.isSubset(of: String.fetchAll(db, sql: query))
    }

    /// Creates the tables in a file that has none, or brings an earlier release's up to date; blocks.
    ///
    /// - Throws: ``ForeignFile`` where the file is not ours to write to, else SQLite's error.
    static func migrate(_ writer: any DatabaseWriter) throws {
        try writer.write { try adopt($0) }
        try migrator.migrate(writer)
    }

    /// Migrates as ``migrate(_:)`` does, on the writer's queue and without blocking.
    static func migrate(on writer: any DatabaseWriter) async throws {
        try await writer.write { try adopt($0) }
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            migrator.asyncMigrate(writer) { done.resume(with: $0.map { _ in }) }
        }
    }

    /// Marks the file as ours, and records in GRDB's table the steps that `user_version` counts.
    private static func adopt(_ db: Database) throws {
        switch try identify(db) {
        case .new: try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        case .ours: break
        case .foreign, .unreadable: throw ForeignFile()
        }
        let taken = try steps.prefix(userVersion(of: db)).map(\.name)
        try db.execute(
            sql: "CREATE TABLE IF NOT EXISTS \(migrationsTable) (identifier TEXT NOT NULL PRIMARY KEY)")
        let entered = try String.fetchSet(db, sql: "SELECT identifier FROM \(migrationsTable)")
        guard entered != Set(taken) else { return }
        try db.execute(sql: "DELETE FROM \(migrationsTable)")
        for name in taken {
            try db.execute(sql: "INSERT INTO \(migrationsTable) VALUES (?)", arguments: [name])
        }
    }

    private static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        for (index, step) in steps.enumerated() {
            migrator.registerMigration(step.name) { db in
                try db.execute(sql: step.sql)
                try step.fill?(db)
                try db.execute(sql: "PRAGMA user_version = \(index + 1)")
            }
        }
        return migrator
    }()

    /// The name of GRDB's own table; it is created with the definition that GRDB gives it.
    private static let migrationsTable = "grdb_migrations"

    private static func userVersion(of db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    }

    /// The tables of a further kind of record; the same columns as those of deployments, so that the same code writes
    /// both.
    ///
    /// Like the steps, its text is never changed.
    private static func listTables(partitions: String, rows: String) -> String {
        """
        CREATE TABLE \(partitions) (
            id INTEGER PRIMARY KEY,
            source TEXT NOT NULL,
            partition TEXT NOT NULL,
            position INTEGER NOT NULL,
            observed_at INTEGER NOT NULL, -- microseconds since 1970
            proven INTEGER NOT NULL,
            pages INTEGER NOT NULL,
            row_count INTEGER NOT NULL,
            checksum INTEGER NOT NULL DEFAULT 0,
            UNIQUE (source, partition)
        ) STRICT;
        CREATE TABLE \(rows) (
            id INTEGER PRIMARY KEY,
            partition INTEGER NOT NULL REFERENCES \(partitions) ON DELETE CASCADE,
            uid TEXT NOT NULL,
            version INTEGER,
            missed INTEGER NOT NULL,
            record TEXT NOT NULL, -- the record's JSON form; these three are JSON
            history TEXT,
            native TEXT,
            checksum INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX \(rows)_by_key ON \(rows) (partition, uid, version);
        CREATE UNIQUE INDEX \(rows)_by_uid ON \(rows) (partition, uid) WHERE version IS NULL;
        """
    }

    /// The migration steps in order; the first one leads to version 1.
    ///
    /// No step is ever changed, since its exact text distinguishes a sound file from a damaged one.
    private static let steps = [
        Step(
            name: "1 lists",
            sql: """
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
                """),
        Step(
            name: "2 requests",
            sql: """
                CREATE TABLE requests (
                    source TEXT NOT NULL,
                    minute INTEGER NOT NULL, -- since 1970
                    count INTEGER NOT NULL,
                    PRIMARY KEY (source, minute)
                ) STRICT, WITHOUT ROWID;
                """),
        // Rows may share a key only where a delete met no row: then the newest is the one that was saved. In
        // the first index rows without a version would all differ.
        Step(
            name: "3 checksums",
            sql: """
                UPDATE partitions SET proven = 0 WHERE id IN (
                    SELECT partition FROM deployments GROUP BY partition, uid, version HAVING count(*) > 1);
                DELETE FROM deployments WHERE id NOT IN (
                    SELECT max(id) FROM deployments GROUP BY partition, uid, version);
                DROP INDEX deployments_by_key;
                CREATE UNIQUE INDEX deployments_by_key ON deployments (partition, uid, version);
                CREATE UNIQUE INDEX deployments_by_uid ON deployments (partition, uid) WHERE version IS NULL;
                ALTER TABLE partitions ADD COLUMN row_count INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE partitions ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE deployments ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE requests ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
                """,
            fill: { try StoredChecksums.write(to: $0) }),
        Step(
            name: "4 accounts",
            sql: """
                CREATE TABLE accounts (
                    source TEXT PRIMARY KEY,
                    credentials TEXT NOT NULL, -- the digest of those that the source's lists were fetched with
                    checksum INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                """),
        Step(name: "5 providers", sql: listTables(partitions: "provider_partitions", rows: "providers")),
        Step(name: "6 lookups", sql: listTables(partitions: "lookup_partitions", rows: "lookups")),
        // The lookups among the requests; where there are none, the checksum stays as it is.
        Step(
            name: "7 looked up",
            sql: "ALTER TABLE requests ADD COLUMN lookups INTEGER NOT NULL DEFAULT 0;"),
    ]

    /// A migration step; `fill` follows the statements, and is not a part of the schema.
    private struct Step {
        var name: String
        var sql: String
        var fill: (@Sendable (Database) throws -> Void)?
    }
}
