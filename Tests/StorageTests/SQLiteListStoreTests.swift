import Deployments
import GRDB
import Glibc
import Storage
import TestSupport
import Testing
import Wire

@Suite(.timeLimit(.minutes(10))) struct SQLiteListStoreTests {
    private let aside = "store.sqlite.set-aside-2026-01-31T083015.000000Z"

    private func list(_ rows: [ModelDeployment], at seconds: Int = 1) -> SourceLists {
        var partition = PartitionState.example("", rows: rows)
        partition.observedAt = .at(seconds)
        return SourceLists(source: "alpha", partitions: [partition])
    }

    private func rows(_ count: Int) -> [ModelDeployment] {
        (0..<count).map { .example("deployment-\($0)") }
    }

    /// Queries the file directly, beside the store.
    private func query(_ folder: TemporaryFolder, _ sql: String) throws -> [String] {
        try DatabaseQueue(path: folder.file).read { try String.fetchAll($0, sql: sql) }
    }

    private func execute(_ folder: TemporaryFolder, _ sql: String) async throws {
        try await DatabaseQueue(path: folder.file).writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    @Test func aListOutlivesItsProcess() async throws {
        try await TemporaryFolder.with { folder in
            try await folder.store().save(.rich)
            #expect(try await folder.store().load().map(\.sorted) == [SourceLists.rich.sorted])
            #expect(folder.log.messages == [])
        }
    }

    @Test func nobodyElseMayReadTheFiles() async throws {
        try await TemporaryFolder.with { folder in
            let store = try folder.store()
            try await store.save(.rich)
            for name in [folder.file, folder.file + "-wal"] {
                var status = stat()
                try #require(stat(name, &status) == 0)
                #expect(status.st_mode & 0o777 == 0o600, "\(name)")
            }
        }
    }

    @Test func aNewTimeAloneRewritesNoRow() async throws {
        try await TemporaryFolder.with { folder in
            let store = try folder.store()
            let rows = rows(3)
            try await store.save(list(rows, at: 1))
            let ids = try query(folder, "SELECT group_concat(id) FROM deployments")
            try await store.save(list(rows, at: 2))
            try await store.save(list(self.rows(3).reversed(), at: 3))
            #expect(try query(folder, "SELECT group_concat(id) FROM deployments") == ids)
            #expect(try query(folder, "SELECT observed_at FROM partitions") == ["3000000"])
        }
    }

    @Test func onlyTheRowsThatChangedAreRewritten() async throws {
        try await TemporaryFolder.with { folder in
            let first = try folder.store()
            try await first.save(list(rows(4)))
            let store = try folder.store()
            _ = try await store.load()
            var changed = rows(4)
            changed[1].status = .failed
            changed[2].native = Array("{}".utf8)
            try await store.save(list(changed))
            let unchanged = try query(folder, "SELECT uid FROM deployments WHERE id <= 4 ORDER BY id")
            #expect(unchanged == ["alpha/deployment-0", "alpha/deployment-3"])
            #expect(try await store.load().map(\.sorted) == [list(changed).sorted])
        }
    }

    @Test(arguments: [
        "not a database at all, but long enough to be looked at as if it were one",
        "SQLite format 3\u{0}", String(repeating: "\u{0}", count: 8192),
    ])
    func aDamagedFileIsSetAsideAndNeverWrittenTo(_ text: String) async throws {
        try await TemporaryFolder.with { folder in
            folder.write(Array(text.utf8))
            let store = try folder.store()
            #expect(try await store.load() == [])
            try await store.save(.rich)
            #expect(folder.read(aside) == Array(text.utf8))
            #expect(
                folder.log.messages == ["the store was set aside and replaced by a new one: it is damaged"])
        }
    }

    @Test func filesThatAreSetAsideInOneMomentAreAllRetainedAndNamed() async throws {
        try await TemporaryFolder.with { folder in
            let bodies = (1...4).map { "damage number \($0), which is no database at all, not even a little" }
            for text in bodies {
                for name in folder.names where name.hasPrefix("store.sqlite") && !name.contains("set-aside") {
                    unlink(folder.path + "/" + name)
                }
                folder.write(Array(text.utf8))
                try await folder.store().save(.rich)
            }
            let names = [aside, aside + "-2", aside + "-3", aside + "-4"]
            #expect(names.map { folder.read($0) } == bodies.map { Array($0.utf8) })
            #expect(
                folder.log.fields
                    == names.map { ["renamed_to=\(folder.path)/\($0)", "store=\(folder.file)"] })
            #expect(try await folder.store().load().map(\.sorted) == [SourceLists.rich.sorted])
        }
    }

    @Test func anIndexThatHidesRowsIsDamage() async throws {
        try await TemporaryFolder.with { folder in
            try await save(rows(50), to: folder)
            // The index is left without its last entries, as a lost write would leave it.
            let change = { (sql: String) in
                """
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = \(sql) WHERE name = 'deployments_by_key';
                PRAGMA writable_schema = RESET;
                """
            }
            for sql in [
                change("sql || ' WHERE uid < ' || quote('alpha/deployment-3')"), "REINDEX deployments_by_key",
                change("substr(sql, 1, instr(sql, ' WHERE') - 1)"),
            ] {
                try await execute(folder, sql)
            }
            #expect(try await folder.store().load() == [])
            #expect(folder.names.contains(aside))
        }
    }

    @Test func aTableOfOtherColumnsIsDamageAndATableBesideOursIsNot() async throws {
        try await TemporaryFolder.with { folder in
            try await save(rows(2), to: folder)
            try await execute(folder, "CREATE TABLE notes (x); CREATE INDEX by_uid ON deployments (uid)")
            #expect(try await folder.store().load().first?.partitions.first?.rows.count == 2)
            try await execute(folder, "ALTER TABLE partitions RENAME COLUMN proven TO qroven")
            #expect(try await folder.store().load() == [])
            #expect(folder.names.contains(aside))
        }
    }

    @Test func aFormatThatSQLiteDoesNotKnowIsSetAside() async throws {
        try await TemporaryFolder.with { folder in
            try await save(rows(2), to: folder)
            var bytes = folder.read("store.sqlite")
            // The schema format number (https://sqlite.org/fileformat.html, section 1.3).
            bytes[47] = 99
            folder.write(bytes)
            #expect(try await folder.store().load() == [])
            #expect(folder.read(aside) == bytes)
        }
    }

    @Test func aPageThatIsDamagedIsFoundWhenTheStoreIsOpened() async throws {
        try await TemporaryFolder.with { folder in
            try await save(rows(500), to: folder)
            var bytes = folder.read("store.sqlite")
            try #require(bytes.count > 40_960)
            for index in 20_480..<24_576 { bytes[index] = 0xA5 }
            folder.write(bytes)
            #expect(try await folder.store().load() == [])
            #expect(folder.read(aside) == bytes)
        }
    }

    @Test func aFileThatWasCutIsSetAside() async throws {
        try await TemporaryFolder.with { folder in
            try await save(rows(500), to: folder)
            folder.write(Array(folder.read("store.sqlite").prefix(30_000)))
            #expect(try await folder.store().load() == [])
            #expect(folder.names.contains(aside))
        }
    }

    /// Whatever is damaged, opening and loading give lists or an error, and never a crash.
    @Test(arguments: 0..<30)
    func randomDamageNeverCrashes(seed: Int) async throws {
        try await TemporaryFolder.with { folder in
            try await save(rows(40), to: folder)
            var bytes = folder.read("store.sqlite")
            var position = seed &* 7919
            for _ in 0..<(1 + seed % 5) {
                position = (position &* 1_103_515_245 &+ 12_345) & 0x7FFF_FFFF
                bytes[position % bytes.count] ^= UInt8(1 + position % 255)
            }
            folder.write(bytes)
            let store = try? folder.store()
            let lists = try? await store?.load()
            #expect((lists ?? []).count <= 1)
            try? await store?.save(.rich)
        }
    }

    @Test func aLaterReleasesFileIsSetAside() async throws {
        try await TemporaryFolder.with { folder in
            try await save(rows(1), to: folder)
            try await execute(folder, "PRAGMA user_version = 99")
            #expect(try await folder.store().load() == [])
            #expect(folder.names.contains(aside))
            #expect(
                folder.log.messages == [
                    "the store was set aside and replaced by a new one: a later release wrote it (schema 99)"
                ])
        }
    }

    @Test func aFileThatWasMarkedAsOursAndNoMoreIsBegun() async throws {
        try await TemporaryFolder.with { folder in
            try await execute(
                folder,
                """
                PRAGMA application_id = 0x526F6C6C;
                CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                """)
            try await folder.store().save(.rich)
            #expect(try await folder.store().load().map(\.sorted) == [SourceLists.rich.sorted])
            #expect(folder.log.messages == [])
        }
    }

    @Test func countsOfATimeToComeAreReplacedAndThoseThatNobodyCountedAreLeftOut() async throws {
        try await TemporaryFolder.with { folder in
            let store = try folder.store()
            func list(_ minutes: Int...) -> SourceLists {
                SourceLists(
                    source: "alpha", partitions: [],
                    sent: minutes.map { SentRequests(minute: .at($0 * 60), count: 1) })
            }
            try await store.save(list(1, 500_000))
            try await store.save(list(1, 2))
            #expect(try await store.load() == [list(1, 2)])
            let rows = "('alpha', 9223372036854775807, 1), ('alpha', -5, 1), ('alpha', 3, 0)"
            try await execute(folder, "INSERT INTO requests (source, minute, count) VALUES \(rows)")
            #expect(try await store.load() == [list(1, 2)])
        }
    }

    @Test func anotherProgramsDatabaseIsRefusedAndLeftAsItIs() async throws {
        try await TemporaryFolder.with { folder in
            try await execute(folder, "CREATE TABLE t (x)")
            let bytes = folder.read("store.sqlite")
            let error = #expect(throws: StoreError.self) { try folder.store() }
            #expect(error?.code == .foreign)
            #expect(folder.read("store.sqlite") == bytes)
            #expect(folder.names == ["store.sqlite"])
        }
    }

    @Test func aPathThatCannotBeOpenedIsAnError() throws {
        let error = #expect(throws: StoreError.self) {
            try SQLiteListStore(
                path: "/nowhere/store.sqlite", sizeLimitBytes: nil, now: { .epoch },
                logger: LogLines().logger())
        }
        #expect(error?.code == .unusable)
        #expect(error?.description.hasPrefix("the store /nowhere/store.sqlite cannot be opened: ") == true)
    }

    @Test func aFullDiskFailsTheSaveAndLosesNothing() async throws {
        try await TemporaryFolder.with { folder in
            let store = try folder.store(sizeLimitBytes: 200_000)
            let small = list(rows(5)).sorted
            try await store.save(small)
            await #expect(throws: DatabaseError.self) { try await store.save(list(rows(1000), at: 2)) }
            #expect(try await store.load().map(\.sorted) == [small])
            let next = list(rows(6), at: 3).sorted
            try await store.save(next)
            #expect(try await folder.store().load().map(\.sorted) == [next])
        }
    }

    @Test func whatAFullDiskSaysHoldsNoRow() async throws {
        try await TemporaryFolder.with { folder in
            let store = try folder.store(sizeLimitBytes: 200_000)
            let error = await #expect(throws: DatabaseError.self) { try await store.save(list(rows(1000))) }
            #expect(error.map { "\($0)" } == "SQLite error 13: database or disk is full")
        }
    }

    @Test func aRowThatIsNoRecordIsLeftOutAndItsPartitionIsNotProven() async throws {
        try await TemporaryFolder.with { folder in
            try await save(rows(3), to: folder)
            try await execute(folder, "UPDATE deployments SET record = '[]' WHERE uid = 'alpha/deployment-1'")
            let store = try folder.store()
            let partition = try await store.load().first?.partitions.first
            #expect(partition?.rows.count == 2 && partition?.proven == false)
            #expect(folder.log.messages == ["stored rows are damaged and are left out"])
            try await store.save(list(rows(3)))
            #expect(try await folder.store().load().map(\.sorted) == [list(rows(3)).sorted])
            #expect(try query(folder, "SELECT count(*) FROM deployments") == ["3"])
        }
    }

    @Test func savingThatIsCancelledLeavesTheListBeforeOrTheOneAfter() async throws {
        try await TemporaryFolder.with { folder in
            let store = try folder.store()
            try await store.save(list(rows(5)))
            await withTaskGroup { group in
                group.addTask { try? await store.save(list(rows(2000), at: 2)) }
                group.cancelAll()
            }
            let count = try await store.load().first?.partitions.first?.rows.count
            #expect(count == 5 || count == 2000)
            try await store.save(list(rows(7), at: 3))
            #expect(try await folder.store().load().first?.partitions.first?.rows.count == 7)
        }
    }

    /// Closes the file before it returns, so that all of it stands in the one file.
    private func save(_ rows: [ModelDeployment], to folder: TemporaryFolder) async throws {
        try await folder.store().save(list(rows))
        try await DatabaseQueue(path: folder.file).writeWithoutTransaction {
            _ = try $0.checkpoint(.truncate)
        }
    }
}
