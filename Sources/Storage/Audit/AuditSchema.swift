import GRDB

/// The tables of an audit log's file, and the mark by which the file is known.
enum AuditSchema {
    /// Marks a file as an audit log in SQLite's header: "RolA" in ASCII.
    private static let applicationID = 0x526F_6C41

    /// Checks whose file it is, and that it is sound, before anything is written to it.
    ///
    /// - Throws: ``Refusal``, or SQLite's error.
    static func inspect(_ db: Database) throws {
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        guard application == applicationID else {
            let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
            if application == 0, isEmpty { return }
            throw Refusal(reason: "it is another program's database; name another `store`")
        }
        guard try !migrator.hasBeenSuperseded(db) else {
            throw Refusal(
                reason: "a later release wrote it; use that, or move the file away to begin a new one")
        }
        guard try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") == "ok" else { throw Refusal.damage }
    }

    /// Creates what the file lacks.
    static func migrate(_ writer: any DatabaseWriter) throws {
        try writer.write { try $0.execute(sql: "PRAGMA application_id = \(applicationID)") }
        try migrator.migrate(writer)
    }

    /// A reason for which the file cannot be used, with what to do.
    struct Refusal: Error {
        var reason: String

        static let damage = Refusal(
            reason:
                "it is damaged; move it away to begin a new one, which does not know the requests of the last "
                + "day")
    }

    /// `token` and `key` are null in a record whose key does not stand for it.
    private static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 records") { db in
            try db.execute(
                sql: """
                    CREATE TABLE records (
                        number INTEGER PRIMARY KEY,
                        id TEXT NOT NULL UNIQUE,
                        at INTEGER NOT NULL, -- microseconds since 1970
                        token TEXT,
                        key TEXT,
                        record TEXT NOT NULL, -- the record's JSON form
                        digest TEXT,
                        patch TEXT, -- JSON
                        size INTEGER NOT NULL,
                        checksum INTEGER NOT NULL
                    ) STRICT;
                    CREATE INDEX records_by_key ON records (key, at) WHERE key IS NOT NULL;
                    CREATE INDEX records_by_time ON records (at);
                    CREATE TABLE dropped (
                        records INTEGER NOT NULL,
                        until INTEGER -- microseconds since 1970
                    ) STRICT;
                    INSERT INTO dropped VALUES (0, NULL);
                    """)
        }
        return migrator
    }()
}
