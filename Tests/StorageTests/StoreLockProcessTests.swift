import Deployments
import Glibc
import Storage
import TestSupport
import Testing

/// Two processes and one store.
@Suite(.timeLimit(.minutes(10)), .serialized) struct StoreLockProcessTests {
    private func list(_ count: Int) -> SourceLists {
        let rows: [ModelDeployment] = (0..<count).map { .example("deployment-\($0)") }
        return SourceLists(source: "alpha", partitions: [.example("", rows: rows)])
    }

    @Test func aLockIsHeldForThisProcessUntilItIsGivenUp() async throws {
        try await TemporaryFolder.with { folder in
            var first: StoreLock? = StoreLock(storePath: folder.file)
            let second = StoreLock(storePath: folder.file)
            #expect(first?.take() == .taken)
            #expect(first?.take() == .taken)
            let holder = StoreHolder(processID: Int(getpid()), lockPath: folder.file + ".lock")
            #expect(second.take() == .held(holder))
            #expect(
                holder.message.hasPrefix("process \(getpid()) uses this store (lock \(folder.file).lock)"))
            first = nil
            #expect(second.take() == .taken)
            #expect(
                StoreLock(storePath: folder.path + "/none/store").take()
                    == .impossible("ENOENT: No such file or directory"))
        }
    }

    @Test func aLockWhoseFileIsGoneIsTakenAnewUnlessAnotherWasFaster() async throws {
        try await TemporaryFolder.with { folder in
            let (first, second) = (StoreLock(storePath: folder.file), StoreLock(storePath: folder.file))
            #expect(first.take() == .taken)
            folder.remove("store.sqlite.lock")
            #expect(first.take() == .taken)
            #expect(second.take() != .taken)
            folder.remove("store.sqlite.lock")
            #expect(second.take() == .taken)
            #expect(first.take() != .taken)
        }
    }

    @Test func theLockOfAProcessThatWasKilledIsFree() async throws {
        try await TemporaryFolder.with { folder in
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
                #expect(StoreLock(storePath: TemporaryFolder(path: path).file).take() == .taken)
                kill(getpid(), SIGKILL)
            }
            #expect(folder.names == ["store.sqlite.lock"])
            #expect(StoreLock(storePath: folder.file).take() == .taken)
        }
    }

    @Test func aFollowerReadsWhatTheOtherStoresAndTakesOver() async throws {
        try await TemporaryFolder.with { folder in
            var lock: StoreLock? = StoreLock(storePath: folder.file)
            #expect(lock?.take() == .taken)
            let follower = SharedListStore(
                following: folder.file, lock: StoreLock(storePath: folder.file), now: { .at(0) },
                logger: folder.log.logger())
            await #expect(throws: (any Error).self) { try await follower.load() }
            #expect(await lists(follower) == nil)
            let store = try folder.store()
            try await store.save(list(2))
            #expect(await lists(follower)?.map(\.sorted) == [list(2).sorted])
            #expect(await lists(follower) == nil)
            try await store.save(list(3))
            #expect(await lists(follower)?.map(\.sorted) == [list(3).sorted])
            #expect(try await follower.load().map(\.sorted) == [list(3).sorted])
            await #expect(throws: SharedListStore.NotHeld.self) { try await follower.save(list(9)) }

            lock = nil
            guard case .taken(let taken) = await follower.take() else {
                Issue.record("the lock is free")
                return
            }
            #expect(taken?.map(\.sorted) == [list(3).sorted])
            try await follower.save(list(4))
            #expect(try await follower.load().map(\.sorted) == [list(4).sorted])
            #expect(StoreLock(storePath: folder.file).take() != .taken)
        }
    }

    /// The lists that the other process has changed since the last call.
    private func lists(_ follower: SharedListStore) async -> [SourceLists]? {
        guard case .held(_, let lists) = await follower.take() else { return nil }
        return lists
    }
}
