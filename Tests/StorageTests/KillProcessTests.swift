import Deployments
import Dispatch
import Glibc
import Snapshots
import Storage
import TestSupport
import Testing
import Wire

/// A process that is killed while it saves: the file holds lists that were saved, complete, and none older
/// than the last whose save had returned.
@Suite(.timeLimit(.minutes(10)), .serialized) struct KillProcessTests {
    /// The number of the last save that a killed process reported; 0 for none.
    private func lastSaved(_ folder: TemporaryFolder) -> Int {
        let lines = String(decoding: folder.read("saved"), as: UTF8.self).split(separator: "\n")
        return lines.last.flatMap { Int($0) } ?? 0
    }

    /// The newest save whose list the file holds; every list must be one that was saved, complete.
    ///
    /// `delays` are those of the folder's kills in milliseconds, for the report.
    private func check(_ folder: TemporaryFolder, _ delays: [Int]) async throws -> Int {
        let last = lastSaved(folder)
        let lists = try await folder.store().load()
        #expect(folder.log.messages == [])
        #expect(!folder.names.contains { $0.contains("set-aside") })
        for list in lists {
            let number = list.number
            try #require(
                list.sorted == SourceLists.numbered(number).sorted, "save \(number) of \(last), \(delays) ms")
            let newest = last - (SourceLists.numbered(last).source == list.source ? 0 : 1)
            try #require(
                number >= newest && number <= last + 1,
                "\(list.source) \(number), told \(last), \(delays) ms")
        }
        try #require(lists.count >= min(last, 2), "\(delays) ms")
        return max(last, lists.map(\.number).max() ?? 0)
    }

    @Test func aKillAtAnyMomentLeavesListsThatWereSaved() async throws {
        var (round, reached) = (0, 0)
        // On a busy machine processes need longer before their first save: they get more rounds with longer
        // delays.
        while round < 5 || reached <= 10 {
            try Task.checkCancellation()
            try await TemporaryFolder.with { folder in
                // The first kill of a folder may come before its file is complete.
                let delays: [Int] = [round * 5, 20 + round * 31, 60 + round * 47, .random(in: 0...150)]
                for delay in delays {
                    let before = try await check(folder, delays)
                    await #expect(processExitsWith: .signal(SIGKILL)) {
                        [path = folder.path as String, before = before as Int, delay = delay as Int] in
                        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(delay)) {
                            kill(getpid(), SIGKILL)
                        }
                        let saved = open(path + "/saved", O_WRONLY | O_CREAT | O_APPEND, 0o600)
                        let store = try TemporaryFolder(path: path).store()
                        _ = try await store.load()
                        for number in (before + 1)... {
                            try await store.save(.numbered(number))
                            let line = Array("\(number)\n".utf8)
                            _ = write(saved, line, line.count)
                        }
                    }
                    reached = max(reached, lastSaved(folder))
                }
                _ = try await check(folder, delays)
            }
            round += 1
        }
    }

    /// As on a disk without a byte left: a limit on the size of files makes every write fail.
    @Test func aStoreOnAFullDiskIsReadAndWrittenToOnceThereIsRoom() async throws {
        try await TemporaryFolder.with { folder in
            try await folder.store().save(.rich)
            await #expect(processExitsWith: .success) { [path = folder.path as String] in
                signal(SIGXFSZ, SIG_IGN)
                setFileSizeLimit(0)
                let folder = TemporaryFolder(path: path)
                let store = try folder.store()
                #expect(
                    folder.log.messages == [
                        "the disk is full: the store is read-only; its lists are served"
                    ])
                #expect(try await store.load().map(\.sorted) == [SourceLists.rich.sorted])
                await #expect(throws: (any Error).self) { try await store.save(.numbered(2)) }
                await #expect(throws: (any Error).self) { try await store.removeSources(notIn: []) }
                #expect(try await store.load().map(\.sorted) == [SourceLists.rich.sorted])
                setFileSizeLimit(.max)
                try await store.save(.numbered(2))
                #expect(try await store.load().count == 2)
            }
            let stored = try await folder.store().load()
            #expect(stored.map(\.sorted).contains(SourceLists.numbered(2).sorted))
            #expect(stored.map(\.sorted).contains(SourceLists.rich.sorted))
        }
    }

    @Test func aNewStoreOnAFullDiskIsBegunOnceThereIsRoom() async throws {
        try await TemporaryFolder.with { folder in
            await #expect(processExitsWith: .success) { [path = folder.path as String] in
                signal(SIGXFSZ, SIG_IGN)
                setFileSizeLimit(0)
                let store = try TemporaryFolder(path: path).store()
                #expect(try await store.load() == [])
                await #expect(throws: (any Error).self) { try await store.save(.rich) }
                #expect(try await store.load() == [])
                setFileSizeLimit(.max)
                try await store.save(.rich)
            }
            let stored = try await folder.store().load()
            #expect(stored.map(\.sorted) == [SourceLists.rich.sorted])
        }
    }
}

/// Limits the size to which this process can write files, in bytes.
private func setFileSizeLimit(_ bytes: rlim_t) {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    limit.rlim_cur = min(bytes, limit.rlim_max)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
}

extension SourceLists {
    /// The list that save number n writes: two sources take turns, and every list differs from its
    /// neighbours.
    fileprivate static func numbered(_ number: Int) -> SourceLists {
        let source = number.isMultiple(of: 2) ? "even" : "odd"
        let rows = (0..<(number * 7 % 60)).map { index in
            var row = ModelDeployment.example(
                "\(index)", of: source, status: index.isMultiple(of: 5) ? .failed : .ready)
            // Some rows change with each save, some now and then.
            row.statusSince = .at(index.isMultiple(of: 3) ? number : number / 10)
            return row
        }
        let (first, second) = (rows.prefix(rows.count / 3), rows.dropFirst(rows.count / 3))
        let missed = first.prefix(number % 3).map { (VersionKey($0), 1 + number % 2) }
        return SourceLists(
            source: source,
            partitions: [("p", Array(first)), ("q", Array(second))].map { name, rows in
                PartitionState(
                    partition: name, observedAt: .at(number), proven: !number.isMultiple(of: 4),
                    pages: 1 + number % 3, rows: rows,
                    missed: name == "p" ? Dictionary(uniqueKeysWithValues: missed) : [:])
            })
    }

    /// The number of the save that wrote it, from its first partition.
    fileprivate var number: Int {
        partitions.first.map { Int($0.observedAt.since(.epoch).microseconds / 1_000_000) } ?? 0
    }
}
