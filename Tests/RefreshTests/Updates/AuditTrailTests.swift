import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

@testable import Refresh

/// The audit log in memory.
@Suite struct AuditTrailTests {
    private let lines = LogLines()

    private func time(_ seconds: Int) -> Timestamp { Timestamp.epoch.advanced(by: .seconds(seconds)) }

    private func attempt(
        _ number: Int, key: String? = nil, of source: String = "alpha",
        outcome: AuditRecord.Outcome = .pending
    ) -> AuditRecord {
        var record = AuditRecord(
            id: "\(number)", at: time(number), actor: AuditRecord.Actor(token: "ops"), action: .update,
            deployment: "\(source)/chat",
            origin: SharedSource(SourceDescription(name: source, platform: "", adapter: "")),
            outcome: outcome, requestID: "r")
        record.idempotencyKey = key
        record.requestDigest = key
        return record
    }

    private func trail(_ log: (any AuditLog)?, at seconds: Int = 100) -> AuditTrail {
        AuditTrail(log, now: { time(seconds) }, logger: lines.logger())
    }

    /// Runs the trail's own work once.
    private func keepInOrder(_ trail: AuditTrail) async {
        let clock = ManualClock()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await trail.run(on: clock) }
            group.addTask { await clock.sleepers(atLeast: 1) }
            await group.next()
            group.cancelAll()
        }
    }

    private func ids(_ trail: AuditTrail) throws -> [String] {
        try trail.view().list.snapshot.lists.flatMap { $0.auditRecords.map(\.id) }
    }

    @Test func whatWasInFlightWhenAProcessEndedHasNoKnownOutcome() async throws {
        let log = MemoryAuditLog([attempt(1, key: "k"), attempt(2, outcome: .applied)])
        let trail = trail(log)
        let earlier = try #require(try await trail.earlier(withKey: "k", of: "ops", at: time(50)))
        #expect(earlier.outcome == .unknown && earlier.problem == .endedWithProcess)
        #expect(log.records.map(\.outcome) == [.pending, .applied])
        await keepInOrder(trail)
        #expect(log.records.map(\.outcome) == [.unknown, .applied])
        #expect(await trail.open(at: time(50)).map(\.id) == ["1", "2"])
    }

    @Test func anOutcomeThatCannotBeRecordedIsKnownAndRecordedLater() async throws {
        let log = MemoryAuditLog()
        let trail = trail(log)
        var record = attempt(1, key: "k")
        #expect(try await trail.begin(record) == nil)
        log.fail(with: AuditLogError("the disk is full"))
        record.outcome = .applied
        await #expect(throws: AuditLogError("the disk is full")) { try await trail.record(record) }
        #expect(try await trail.earlier(withKey: "k", of: "ops", at: time(50)) == record)
        #expect(log.records.map(\.outcome) == [.pending])
        log.fail(with: nil)
        await keepInOrder(trail)
        #expect(log.records == [record])
    }

    @Test func aKeyIsFreeWhereTheLogDoesNotKnowThatNothingWasSent() async throws {
        let log = MemoryAuditLog()
        let trail = trail(log)
        var record = attempt(1, key: "k")
        #expect(try await trail.begin(record) == nil)
        log.fail(with: AuditLogError("the disk is full"))
        record.outcome = .notApplied
        await #expect(throws: AuditLogError.self) { try await trail.record(record) }
        log.fail(with: nil)
        #expect(try await trail.begin(attempt(2, key: "k")) == nil)
    }

    @Test func aViewIsMadeOncePerChange() async throws {
        let trail = trail(MemoryAuditLog([attempt(2), attempt(5, of: "beta")]))
        try await trail.load()
        let first = try trail.view().list.snapshot
        #expect(try trail.view().list.snapshot.id == first.id)
        try await trail.record(attempt(3, outcome: .refused))
        #expect(try trail.view().list.snapshot.id != first.id)
        #expect(try ids(trail) == ["2", "3", "5"])
        // Other lists are not made again.
        #expect(try trail.view().list.snapshot.lists.last === first.lists.last)
    }

    @Test func whatTheLogDropsIsNotShownAnyMore() async throws {
        let old = attempt(1, outcome: .refused)
        let log = MemoryAuditLog([old, attempt(80 * 86_400, outcome: .refused)])
        let trail = trail(log, at: 100 * 86_400)
        await keepInOrder(trail)
        #expect(try ids(trail) == ["\(80 * 86_400)"])
        #expect(try trail.view().dropped == 1 && trail.view().droppedUntil == time(1))
    }

    @Test func aLogThatCannotBeReadIsReadLater() async throws {
        let log = MemoryAuditLog([attempt(1, outcome: .applied)])
        log.fail(with: AuditLogError("it is locked"))
        let trail = trail(log)
        await keepInOrder(trail)
        #expect(throws: AuditLogError("it is locked")) { try trail.view() }
        #expect(lines.messages == ["the audit log cannot be used; updates are refused meanwhile"])
        await #expect(throws: AuditLogError.self) { try await trail.begin(attempt(2, key: "k")) }
        log.fail(with: nil)
        try await trail.load()
        #expect(try ids(trail) == ["1"])
    }

    @Test func withoutALogNothingCanBeRecorded() async throws {
        let trail = trail(nil)
        await trail.run(on: ManualClock())
        #expect(lines.messages == [])
        await #expect(throws: AuditLogError.self) { try await trail.begin(attempt(1, key: "k")) }
        #expect(throws: AuditLogError.self) { try trail.view() }
    }
}

/// The limit of waits for the log.
@Suite(.timeLimit(.minutes(10))) struct BoundedAuditLogTests {
    /// A log whose `begin` ends when it is told to.
    private struct HangingLog: AuditLog {
        let log = MemoryAuditLog()
        let isFree = Latch()
        let isCalled = Latch()
        let isRecorded = Latch()

        func begin(_ record: AuditRecord) async throws -> AuditRecord? {
            isCalled.set(isOpen: true)
            await isFree.pass()
            return try await log.begin(record)
        }

        func record(_ record: AuditRecord) async throws {
            try await log.record(record)
            isRecorded.set(isOpen: true)
        }

        func load() async throws -> AuditContent { try await log.load() }

        func trim(to retention: AuditRetention, at now: Timestamp) async throws -> AuditTrimming {
            try await log.trim(to: retention, at: now)
        }
    }

    @Test func aDiskThatHangsIsTooLateAndNothingIsSentForIt() async throws {
        let (hanging, clock) = (HangingLog(), ManualClock())
        let log = BoundedAuditLog(hanging, clock: clock)
        let origin = SharedSource(SourceDescription(name: "alpha", platform: "", adapter: ""))
        var record = AuditRecord(
            id: "1", at: .epoch, actor: AuditRecord.Actor(), action: .update, deployment: "alpha/chat",
            origin: origin, outcome: .pending, requestID: "r")
        (record.idempotencyKey, record.requestDigest) = ("k", "d")
        let error = AuditLogError("the disk of the audit log has not answered in 5 s")
        let call = Task { [record] in try await log.begin(record) }
        await hanging.isCalled.pass()
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(5))
        await #expect(throws: error) { try await call.value }
        // Nobody else waits for it.
        await #expect(throws: error) { try await log.load() }
        hanging.isFree.set(isOpen: true)
        await hanging.isRecorded.pass()
        #expect(hanging.log.records.map(\.outcome) == [.notApplied])
        while (try? await log.load()) == nil { await Task.yield() }
    }
}
