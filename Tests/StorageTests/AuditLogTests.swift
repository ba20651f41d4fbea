import Deployments
import Foundation
import GRDB
import TestSupport
import Testing
import Wire

@testable import Storage

/// The audit log's file.
@Suite struct AuditLogTests {
    private func time(_ seconds: Int) -> Timestamp { .at(1_769_848_215 + seconds) }

    private func attempt(
        _ number: Int, key: String? = nil, token: String? = "ops", at seconds: Int = 0,
        outcome: AuditRecord.Outcome = .pending
    ) -> AuditRecord {
        let origin = SharedSource(SourceDescription(name: "research", platform: "", adapter: ""))
        var record = AuditRecord(
            id: String(repeating: "0", count: 32 - "\(number)".count) + "\(number)", at: time(seconds),
            actor: AuditRecord.Actor(token: token, address: "192.0.2.1"), action: .update,
            deployment: "research/ml/chat", origin: origin, outcome: outcome, requestID: "r-\(number)")
        record.idempotencyKey = key
        record.requestDigest = key.map { "digest of \($0)" }
        record.patch = UpdatePatch([
            .init("config", .text("large")), .init("config_version", .number(2)), .init("is", .bool(true)),
        ])
        record.before = Array(#"{"uid":"research/ml/chat"}"#.utf8)
        return record
    }

    private func log(_ folder: TemporaryFolder, _ lock: StoreLock? = nil) -> SQLiteAuditLog {
        SQLiteAuditLog(path: folder.path + "/audit", lock: lock ?? StoreLock(storePath: folder.file))
    }

    /// The bytes that the file counts for a record.
    private func size(of record: AuditRecord) -> Int {
        record.encoded().count + (record.patch?.encoded().count ?? 0)
            + (record.requestDigest?.utf8.count ?? 0)
    }

    private func message(of call: () async throws -> Void) async -> String? {
        do { try await call() } catch { return (error as? AuditLogError)?.message ?? "not an AuditLogError" }
        return nil
    }

    @Test func whatWasRecordedIsReadBackEqual() async throws {
        try await TemporaryFolder.with { folder in
            var record = attempt(1, key: "k")
            record.problem = UpdateProblem(
                .upstreamRefused, "refused", mistakes: [UpdateMistake("config", "was refused")],
                errorClass: .rejected)
            do {
                let log = log(folder)
                #expect(try await log.begin(record) == nil)
                try await log.record(attempt(2, outcome: .refused))
                (record.outcome, record.shownAt) = (.applied, time(9))
                record.after = Array(#"{"uid":"research/ml/chat","config":"large"}"#.utf8)
                try await log.record(record)
            }
            let content = try await log(folder).load()
            #expect(content.records == [record, attempt(2, outcome: .refused)])
            #expect(content.dropped == 0 && content.droppedUntil == nil && content.damaged == 0)
        }
    }

    @Test func commitsAreOnTheDiskAndTheFileIsTheOwnersAlone() async throws {
        try await TemporaryFolder.with { folder in
            let log = log(folder)
            try await log.record(attempt(1))
            let settings = try await log.reading { db in
                (
                    try Int.fetchOne(db, sql: "PRAGMA synchronous"),
                    try String.fetchOne(db, sql: "PRAGMA journal_mode")
                )
            }
            #expect(settings.0 == 2 && settings.1 == "wal")
            #expect(folder.permissions(of: "audit") == 0o600)
        }
    }

    @Test(
        arguments: [
            (AuditRecord.Outcome.pending, true), (.applied, true), (.refused, true), (.unknown, true),
            (.notApplied, false),
        ])
    func aKeyStandsForItsRequestUnlessNothingWasSent(
        _ outcome: AuditRecord.Outcome, _ holds: Bool
    ) async throws {
        try await TemporaryFolder.with { folder in
            let log = log(folder)
            var first = attempt(1, key: "k")
            #expect(try await log.begin(first) == nil)
            first.outcome = outcome
            try await log.record(first)
            #expect(try await log.begin(attempt(2, key: "k", token: "other")) == nil)
            #expect(try await log.begin(attempt(3, key: "k", token: nil)) == nil)
            #expect(try await log.begin(attempt(4, key: "k", at: 86_399)) == (holds ? first : nil))
            // A day later the key is free.
            #expect((try await log.begin(attempt(5, key: "k", at: 86_400)) == nil) == holds)
        }
    }

    @Test func oldRecordsGoAndTheirNumberStays() async throws {
        try await TemporaryFolder.with { folder in
            let lock = StoreLock(storePath: folder.file)
            let log = log(folder, lock)
            for number in 1...3 { try await log.record(attempt(number, key: "\(number)", at: number * 1000)) }
            var retention = AuditRetention()
            let now = time(90 * 86_400 + 2500)
            let trimming = try await log.trim(to: retention, at: now)
            #expect(trimming.ids == [attempt(1).id, attempt(2).id])
            #expect(trimming.dropped == 2 && trimming.droppedUntil == time(2000))
            retention.bytes = 0
            _ = try await log.trim(to: retention, at: now)
            let content = try await self.log(folder, lock).load()
            #expect(content.records.isEmpty && content.dropped == 3 && content.droppedUntil == time(3000))
        }
    }

    @Test func theOldestGoForRoomButNoneWhoseKeyStandsForIt() async throws {
        try await TemporaryFolder.with { folder in
            let log = log(folder)
            let attempts = [
                attempt(1, at: 1), attempt(2, key: "held", at: 2), attempt(3, at: 3, outcome: .refused),
                attempt(4, at: 4, outcome: .refused),
            ]
            for attempt in attempts { try await log.record(attempt) }
            var retention = AuditRetention()
            retention.bytes = attempts.map(size).reduce(0, +)
            #expect(try await log.trim(to: retention, at: time(5)).ids == [])
            retention.bytes -= 1
            #expect(try await log.trim(to: retention, at: time(5)).ids == [attempt(1).id])
            retention.bytes = 0
            #expect(try await log.trim(to: retention, at: time(5)).ids == [attempt(3).id, attempt(4).id])
            #expect(try await log.load().records.map(\.id) == [attempt(2).id])
        }
    }

    @Test func theSameCallsLeaveTheSameRecordsAsInMemory() async throws {
        for seed in 0..<20 as Range<UInt64> {
            try await TemporaryFolder.with { folder in
                var random = SeededGenerator(seed: seed)
                let plain = MemoryAuditLog()
                let lock = StoreLock(storePath: folder.file)
                var log = log(folder, lock)
                var clock = 0
                for number in 0..<60 {
                    clock += Int.random(in: 0..<10_000, using: &random)
                    let key = Bool.random(using: &random) ? "k\(Int.random(in: 0..<4, using: &random))" : nil
                    var record = attempt(number + 100, key: key, at: clock)
                    switch Int.random(in: 0..<6, using: &random) {
                    case 0...2:
                        #expect(try await log.begin(record) == plain.begin(record))
                    case 3:
                        guard let known = plain.records.randomElement(using: &random) else { continue }
                        record = known
                        record.outcome =
                            AuditRecord.Outcome.allCases.randomElement(using: &random) ?? .unknown
                        try await log.record(record)
                        try await plain.record(record)
                    case 4:
                        var retention = AuditRetention()
                        retention.bytes = Int.random(in: 0..<40_000, using: &random)
                        let trimmed = try await log.trim(to: retention, at: time(clock))
                        let expected = try await plain.trim(to: retention, at: time(clock))
                        #expect(trimmed.ids == expected.ids && trimmed.dropped == expected.dropped)
                        #expect(trimmed.droppedUntil == expected.droppedUntil)
                    default: log = self.log(folder, lock)
                    }
                }
                #expect(try await log.load().records == plain.records, "seed \(seed)")
            }
        }
    }

    @Test func aLogThatCannotBeUsedIsToldAndLeftAsItIs() async throws {
        let rubbish = Array("this is no database, but something long enough to be read as one".utf8)
        try await TemporaryFolder.with { folder in
            folder.write(rubbish + rubbish, to: "audit")
            let message = await message { try await log(folder).record(attempt(1)) }
            #expect(
                message
                    == "the audit log \(folder.path)/audit cannot be used: it is damaged; move it away to begin a new "
                    + "one, which does not know the requests of the last day")
            #expect(folder.read("audit") == rubbish + rubbish)
        }
        try await TemporaryFolder.with { folder in
            try await DatabaseQueue(path: folder.path + "/audit").write {
                try $0.execute(sql: "CREATE TABLE another (id)")
            }
            let message = await message { _ = try await log(folder).load() }
            #expect(message?.hasSuffix("it is another program's database; name another `store`") == true)
        }
        try await TemporaryFolder.with { folder in
            try await log(folder).record(attempt(1))
            try await DatabaseQueue(path: folder.path + "/audit").write {
                try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 later')")
            }
            let message = await message { _ = try await log(folder).load() }
            #expect(message?.contains("a later release wrote it") == true)
        }
    }

    @Test func anotherProcessKeepsItsOwnLog() async throws {
        try await TemporaryFolder.with { folder in
            let other = StoreLock(storePath: folder.file)
            #expect(other.take() == .taken)
            let log = log(folder)
            let message = await message { _ = try await log.begin(attempt(1, key: "k")) }
            #expect(message?.contains("\(folder.file).lock") == true, "\(message ?? "nothing")")
            #expect(!folder.names.contains("audit"))
        }
    }

    @Test(arguments: [true, false])
    func aFileThatIsGoneIsALossUntilARestart(isReplaced: Bool) async throws {
        try await TemporaryFolder.with { folder in
            let lock = StoreLock(storePath: folder.file)
            let log = log(folder, lock)
            try await log.record(attempt(1))
            for name in folder.names where name.hasPrefix("audit") { folder.remove(name) }
            if isReplaced { try await self.log(folder, lock).record(attempt(9)) }
            let message = await message { _ = try await log.begin(attempt(2, key: "k")) }
            #expect(message?.contains("is lost") == true, "\(message ?? "nothing")")
        }
    }

    @Test func aDamagedRecordIsLeftOutAndItsKeyStillHeld() async throws {
        try await TemporaryFolder.with { folder in
            try await log(folder).record(attempt(1, key: "k"))
            try await log(folder).record(attempt(2))
            try await DatabaseQueue(path: folder.path + "/audit").write {
                try $0.execute(
                    sql: "UPDATE records SET record = replace(record, 'chat', 'cjat') WHERE key = 'k'")
            }
            let log = log(folder)
            let content = try await log.load()
            #expect(content.records == [attempt(2)] && content.damaged == 1)
            let message = await message { _ = try await log.begin(attempt(3, key: "k")) }
            #expect(message?.contains("is damaged") == true)
        }
    }
}

extension TemporaryFolder {
    fileprivate func permissions(of name: String) -> Int? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + name)
        return (attributes?[.posixPermissions] as? NSNumber)?.intValue
    }

    fileprivate func write(_ bytes: [UInt8], to name: String) {
        _ = FileManager.default.createFile(atPath: path + "/" + name, contents: Data(bytes))
    }
}
