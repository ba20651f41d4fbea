import Deployments
import GRDB
import Storage
import TestSupport
import Testing
import Wire

/// Damage that SQLite itself does not see: a byte within a stored value.
@Suite(.timeLimit(.minutes(10))) struct DamageTests {
    private static let aside = "store.sqlite.set-aside-2026-01-31T083015.000000Z"

    private func rows(_ count: Int) -> [ModelDeployment] {
        (0..<count).map { .example("deployment-\($0)") }
    }

    private func list(_ rows: [ModelDeployment], of source: String = "alpha") -> SourceLists {
        SourceLists(
            source: source, partitions: [.example("", rows: rows)],
            sent: [SentRequests(minute: .at(60), count: 5)])
    }

    private func save(_ lists: SourceLists..., to folder: TemporaryFolder) async throws {
        let store = try folder.store()
        for list in lists { try await store.save(list) }
        try await DatabaseQueue(path: folder.file).writeWithoutTransaction {
            _ = try $0.checkpoint(.truncate)
        }
    }

    private func execute(_ folder: TemporaryFolder, _ sql: String) async throws {
        try await DatabaseQueue(path: folder.file).writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    @Test func aByteChangedWithinAStoredTextIsNotServed() async throws {
        try await TemporaryFolder.with { folder in
            try await save(list(rows(3)), list(rows(2), of: "beta"), to: folder)
            var bytes = folder.read("store.sqlite")
            let name = try #require(bytes.firstRange(of: Array(#""name":"deployment-2""#.utf8)))
            bytes[name.upperBound - 2] = UInt8(ascii: "9")
            folder.write(bytes)
            let store = try folder.store()
            let lists = try await store.load()
            #expect(lists.map(\.source) == ["alpha", "beta"])
            #expect(lists[0].partitions[0].rows.map(\.name) == ["deployment-0", "deployment-1"])
            #expect(!lists[0].partitions[0].proven)
            #expect(lists[1] == list(rows(2), of: "beta"))
            #expect(
                folder.log.lines == [
                    "warning stored rows are damaged and are left out accounts=0 lists=0 request_counts=0 rows=1"
                ])
            // What is saved next is whole again.
            try await store.save(list(rows(3)))
            #expect(try await folder.store().load().first?.sorted == list(rows(3)).sorted)
        }
    }

    @Test(arguments: [
        "observed_at = observed_at + 1", "proven = 0", "pages = 7", "position = 3",
        "row_count = 2, checksum = 5", "checksum = 0",
    ])
    func aListWhoseHeaderIsDamagedIsNotServedAndTheOthersAre(_ change: String) async throws {
        try await TemporaryFolder.with { folder in
            try await save(list(rows(3)), list(rows(2), of: "beta"), to: folder)
            try await execute(folder, "UPDATE partitions SET \(change) WHERE source = 'alpha'")
            let store = try folder.store()
            let lists = try await store.load()
            #expect(lists.first { $0.source == "alpha" }?.partitions ?? [] == [])
            #expect(lists.first { $0.source == "beta" } == list(rows(2), of: "beta"))
            try await store.save(list(rows(3)))
            #expect(try await folder.store().load().first?.sorted == list(rows(3)).sorted)
        }
    }

    @Test func aRowThatIsGoneFromTheFileMakesItsListIncomplete() async throws {
        try await TemporaryFolder.with { folder in
            try await save(list(rows(3)), to: folder)
            try await execute(folder, "DELETE FROM deployments WHERE uid = 'alpha/deployment-1'")
            let partition = try await folder.store().load().first?.partitions.first
            #expect(partition?.rows.count == 2 && partition?.proven == false)
            #expect(folder.log.messages == ["stored rows are damaged and are left out"])
        }
    }

    @Test(arguments: ["missed = 1", "version = 4", "history = '[]'"])
    func aRowsOtherColumnsAreCheckedToo(_ change: String) async throws {
        try await TemporaryFolder.with { folder in
            try await save(list(rows(2)), to: folder)
            try await execute(
                folder, "UPDATE deployments SET \(change) WHERE uid = 'alpha/deployment-0'")
            let partition = try await folder.store().load().first?.partitions.first
            #expect(partition?.rows.map(\.name) == ["deployment-1"] && partition?.missed == [:])
            #expect(partition?.proven == false)
        }
    }

    @Test func aRequestCountThatIsDamagedIsLeftOut() async throws {
        try await TemporaryFolder.with { folder in
            try await save(list(rows(1)), to: folder)
            try await execute(folder, "UPDATE requests SET count = 1")
            #expect(try await folder.store().load().map(\.sent) == [[]])
            #expect(folder.log.fields == [["accounts=0", "lists=0", "request_counts=1", "rows=0"]])
        }
    }

    @Test func noTwoRowsShareAKey() async throws {
        try await TemporaryFolder.with { folder in
            try await save(
                list([.example("a"), .example("a", version: 1)]), to: folder)
            for version in ["NULL", "1"] {
                await #expect(throws: DatabaseError.self) {
                    try await execute(
                        folder,
                        """
                        INSERT INTO deployments (partition, uid, version, missed, record)
                        VALUES (1, 'alpha/a', \(version), 0, '{}')
                        """)
                }
            }
        }
    }

    @Test func aFileThatDoesNotHoldWhatWasSavedIsWrittenInFull() async throws {
        try await TemporaryFolder.with { folder in
            let store = try folder.store()
            try await store.save(list(rows(3)))
            try await execute(folder, "DELETE FROM deployments WHERE uid = 'alpha/deployment-1'")
            var changed = rows(3)
            changed[1].status = .failed
            try await store.save(list(changed))
            #expect(try await folder.store().load().map(\.sorted) == [list(changed).sorted])
            #expect(
                folder.log.lines == [
                    "warning the store did not hold what was saved; the list is written in full source=alpha"
                ])
        }
    }

    /// Wherever one byte is changed: the start goes on, what is served was saved, and a list that lacks some of
    /// it does not say that it is complete.
    @Test(arguments: ["credentials = 'AA==.AQ=='", "checksum = 7", "credentials = '', checksum = 1"])
    func aListWithADamagedDigestBelongsToNoCredentials(_ change: String) async throws {
        try await TemporaryFolder.with { folder in
            var saved = list(rows(1))
            saved.credentialDigest = CredentialDigest(key: .init(), bytes: [1])
            try await save(saved, to: folder)
            try await execute(folder, "UPDATE accounts SET \(change)")
            let store = try folder.store()
            let loaded = try #require(try await store.load().first)
            #expect(loaded.partitions == saved.partitions && loaded.credentialDigest?.bytes == [])
            #expect(folder.log.fields == [["accounts=1", "lists=0", "request_counts=0", "rows=0"]])
            // Moved as it is: no key makes it sound.
            try await store.rename(["alpha": "beta"])
            #expect(try await folder.store().load().first?.credentialDigest?.bytes == [])
        }
    }

    @Test(arguments: 0..<16)
    func oneByteChangedAnywhereServesNothingThatWasNotSaved(part: Int) async throws {
        try await TemporaryFolder.with { folder in
            let saved = [list(rows(30)), list(rows(3), of: "beta")]
            try await save(saved[0], saved[1], to: folder)
            let bytes = folder.read("store.sqlite")
            // Every byte of SQLite's own header, and every 97th of the rest.
            let places = Array(0..<100) + Array(stride(from: 100, to: bytes.count, by: 97))
            for place in places where place % 16 == part {
                for name in folder.names where name != "saved" { folder.remove(name) }
                var damaged = bytes
                damaged[place] ^= UInt8(1 << (place / 16 % 8))
                folder.write(damaged)
                let loaded = try await folder.store().load()
                for list in loaded {
                    let original = try #require(saved.first { $0.source == list.source }, "byte \(place)")
                    for partition in list.partitions {
                        let full = try #require(original.partitions.first, "byte \(place)")
                        let isSubset = partition.rows.allSatisfy { full.rows.contains($0) }
                        #expect(isSubset, "byte \(place)")
                        #expect(
                            !partition.proven || partition.rows.count == full.rows.count, "byte \(place)")
                        #expect(partition.observedAt == full.observedAt, "byte \(place)")
                    }
                }
            }
        }
    }
}
