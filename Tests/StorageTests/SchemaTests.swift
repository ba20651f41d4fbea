import Deployments
import GRDB
import Storage
import TestSupport
import Testing
import Wire

/// Files of earlier releases, and the room that a file takes.
@Suite(.timeLimit(.minutes(10))) struct SchemaTests {
    /// The tables as the steps of release 0.1.0, and those until its successor, made them.
    private static let tables = """
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
        """
    private static let requests = """
        CREATE TABLE requests (
            source TEXT NOT NULL,
            minute INTEGER NOT NULL, -- since 1970
            count INTEGER NOT NULL,
            PRIMARY KEY (source, minute)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO requests VALUES ('alpha', 1, 5);
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('1 lists'), ('2 requests');
        """
    private static let names = [
        "1 lists", "2 requests", "3 checksums", "4 accounts", "5 providers", "6 lookups",
        "7 looked up",
    ]
    private static let steps = "SELECT identifier FROM grdb_migrations ORDER BY identifier"

    private func list(_ count: Int) -> SourceLists {
        let rows: [ModelDeployment] = (0..<count).map { .example("deployment-\($0)") }
        return SourceLists(source: "alpha", partitions: [.example("", rows: rows)])
    }

    private func query(_ folder: TemporaryFolder, _ sql: String) throws -> [String] {
        try DatabaseQueue(path: folder.file).read { try String.fetchAll($0, sql: sql) }
    }

    /// Writes a file as an earlier release left it: two rows, the second of them twice.
    private func write(version: Int, to folder: TemporaryFolder, twins: Bool = false) async throws {
        let names = ["deployment-0", "deployment-1"] + (twins ? ["deployment-1"] : [])
        try await DatabaseQueue(path: folder.file).writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA application_id = 0x526F6C6C; PRAGMA user_version = \(version)")
            try db.execute(sql: Self.tables + (version > 1 ? Self.requests : ""))
            try db.execute(sql: "INSERT INTO partitions VALUES (1, 'alpha', '', 0, 1000000, 1, 1)")
            for (index, name) in names.enumerated() {
                var row = ModelDeployment.example(name)
                if index == 2 { row.status = .failed }
                try db.execute(
                    sql: "INSERT INTO deployments VALUES (?, 1, ?, NULL, 0, ?, NULL, NULL)",
                    arguments: [index + 1, row.uid, String(decoding: row.encoded(), as: UTF8.self)])
            }
        }
    }

    @Test(arguments: [1, 2])
    func anEarlierReleasesFileIsBroughtUpToDateWithAllItHolds(_ version: Int) async throws {
        try await TemporaryFolder.with { folder in
            try await write(version: version, to: folder)
            let store = try folder.store()
            var lists = try await store.load()
            #expect(lists.map(\.partitions) == [list(2).partitions])
            #expect(lists[0].sent == (version == 1 ? [] : [SentRequests(minute: .at(60), count: 5)]))
            #expect(try query(folder, "PRAGMA user_version") == ["7"])
            #expect(try query(folder, Self.steps) == Self.names)
            #expect(try query(folder, "PRAGMA auto_vacuum") == ["2"])
            lists[0].sent = [.init(minute: .at(60), count: 7)]
            try await store.save(lists[0])
            #expect(try await folder.store().load() == lists)
            #expect(folder.names.filter { $0.contains("set-aside") } == [])
            #expect(folder.log.messages == [])
        }
    }

    @Test func ofTwoRowsWithOneKeyTheNewerStaysAndTheListIsNotProven() async throws {
        try await TemporaryFolder.with { folder in
            try await write(version: 2, to: folder, twins: true)
            let partition = try #require(try await folder.store().load().first?.partitions.first)
            #expect(partition.rows.map(\.name) == ["deployment-0", "deployment-1"])
            #expect(partition.rows.map(\.status) == [.ready, .failed] && !partition.proven)
            #expect(folder.log.messages == [])
        }
    }

    @Test func aFreshFileHasTakenEveryStep() async throws {
        try await TemporaryFolder.with { folder in
            let store = try folder.store()
            #expect(try query(folder, Self.steps) == Self.names)
            #expect(try query(folder, "PRAGMA user_version") == ["7"])
            #expect(try query(folder, "PRAGMA auto_vacuum") == ["2"])
            try await store.save(.rich)
        }
    }

    /// Release 0.1.0 counted its steps in `user_version` only.
    @Test func theStepsOfAFileWithoutTheMigratorsTableAreItsUserVersions() async throws {
        try await TemporaryFolder.with { folder in
            try await folder.store().save(list(3))
            try await DatabaseQueue(path: folder.file).writeWithoutTransaction {
                try $0.execute(sql: "DROP TABLE grdb_migrations")
            }
            let store = try folder.store()
            #expect(try await store.load().first?.partitions.first?.rows.count == 3)
            #expect(try query(folder, Self.steps) == Self.names)
            #expect(try query(folder, "PRAGMA user_version") == ["7"])
            #expect(folder.log.messages == [])
        }
    }

    @Test func aFileShrinksWithItsList() async throws {
        try await TemporaryFolder.with { folder in
            let store = try folder.store()
            try await store.save(list(4000))
            let large = folder.size
            #expect(large > 2_000_000)
            try await store.save(list(4))
            #expect(folder.size < large / 8)
            #expect(try await folder.store().load().map(\.sorted) == [list(4).sorted])
        }
    }
}
