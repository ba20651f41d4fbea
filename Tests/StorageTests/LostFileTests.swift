import Deployments
import GRDB
import Glibc
import Storage
import TestSupport
import Testing
import Wire

/// A file that is deleted, moved or cut while the store is open.
@Suite(.timeLimit(.minutes(10))) struct LostFileTests {
    enum Loss: String, CaseIterable {
        case deleted, deletedWithItsLog, moved, truncated, emptied, replaced, logDeleted

        func happen(to folder: TemporaryFolder) throws {
            let file = folder.file
            switch self {
            case .deleted: unlink(file)
            case .deletedWithItsLog: for suffix in ["", "-wal", "-shm"] { unlink(file + suffix) }
            case .moved: rename(file, file + ".moved")
            case .truncated: truncate(file, 5000)
            case .emptied: truncate(file, 0)
            case .replaced:
                unlink(file)
                folder.write(Array("another file, which is no database at all".utf8))
            case .logDeleted: unlink(file + "-wal")
            }
        }

        var cause: String {
            switch self {
            case .deleted, .deletedWithItsLog, .moved: "it was deleted, moved or unmounted"
            case .truncated, .emptied: "it was truncated"
            case .replaced: "another file was put in its place"
            case .logDeleted: "its log was deleted or moved"
            }
        }
    }

    private func list(_ count: Int, of source: String = "alpha") -> SourceLists {
        let rows: [ModelDeployment] = (0..<count).map { .example("deployment-\($0)", of: source) }
        return SourceLists(source: source, partitions: [.example("", rows: rows)])
    }

    @Test(arguments: Loss.allCases)
    func aLostFileIsNoticedBeforeTheNextSaveAndTheOneAfterBeginsAnother(_ loss: Loss) async throws {
        try await TemporaryFolder.with { folder in
            let store = try folder.store()
            try await store.save(list(40))
            try await store.save(list(3, of: "beta"))
            _ = try await DatabaseQueue(path: folder.file).writeWithoutTransaction {
                try $0.checkpoint(.passive)
            }
            try await store.save(list(41))
            try loss.happen(to: folder)
            let error = await #expect(throws: StoreContentLost.self) { try await store.save(list(42)) }
            #expect(error?.message == "the store \(folder.file) is lost: \(loss.cause)")
            // All that this process has is saved again, as its writer does.
            try await store.removeSources(notIn: ["alpha", "beta"])
            try await store.save(list(42))
            try await store.save(list(4, of: "beta"))
            #expect(
                try await folder.store().load().map(\.sorted) == [
                    list(42).sorted, list(4, of: "beta").sorted,
                ])
            try await store.save(list(43))
            #expect(try await folder.store().load().first?.sorted == list(43).sorted)
        }
    }

    @Test func aFolderThatIsGoneIsAProblemUntilItIsBack() async throws {
        try await TemporaryFolder.with { folder in
            let inner = TemporaryFolder(path: folder.path + "/inner")
            mkdir(inner.path, 0o700)
            let store = try inner.store()
            try await store.save(list(3))
            rename(inner.path, folder.path + "/gone")
            await #expect(throws: StoreContentLost.self) { try await store.save(list(4)) }
            let error = await #expect(throws: StoreError.self) { try await store.save(list(4)) }
            #expect(error?.description.hasSuffix("(ENOENT: No such file or directory)") == true)
            mkdir(inner.path, 0o700)
            try await store.save(list(5))
            #expect(try await inner.store().load().map(\.sorted) == [list(5).sorted])
        }
    }

    @Test func aStoreThatCouldNotBeOpenedIsOpenedByALaterSave() async throws {
        try await TemporaryFolder.with { folder in
            mkdir(folder.file, 0o700)
            let store = SQLiteListStore(
                openingLater: folder.file, now: { .at(0) }, logger: folder.log.logger())
            #expect(try await store.load() == [])
            let error = await #expect(throws: StoreError.self) { try await store.save(list(3)) }
            #expect(error?.description.hasSuffix("(EISDIR: Is a directory)") == true)
            rmdir(folder.file)
            try await store.save(list(3))
            #expect(try await folder.store().load().map(\.sorted) == [list(3).sorted])
        }
    }

    @Test func aProbeSaysWhyAStoreCannotBeWrittenAndLeavesNothing() async throws {
        try await TemporaryFolder.with { folder in
            #expect(StoreProbe(path: folder.file).problem == nil)
            #expect(folder.names == [])
            let problem = StoreProbe(path: folder.file + "/inner/store.sqlite").problem
            #expect(problem?.reason == "ENOENT: No such file or directory")
            folder.write([])
            #expect(StoreProbe(path: folder.file).problem == nil)
            #expect(StoreProbe(path: folder.file + "/x").problem?.reason == "ENOTDIR: Not a directory")
            try await DatabaseQueue(path: folder.file).writeWithoutTransaction {
                try $0.execute(sql: "CREATE TABLE t (x)")
            }
            #expect(StoreProbe(path: folder.file).problem?.code == .foreign)
            #expect(folder.names == ["store.sqlite"])
        }
    }
}
