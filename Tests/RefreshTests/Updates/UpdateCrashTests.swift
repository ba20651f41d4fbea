import Deployments
import Refresh
import Synchronization
import TestSupport
import Testing
import Wire

/// A gateway that ends without warning at any step of an update, and is started again over the same log and platform.
@Suite(.timeLimit(.minutes(10))) struct UpdateCrashTests {
    /// Lets a process live for a number of steps; at the next one it stands still for good.
    final class Mortality: Sendable {
        private let left: Mutex<Int>
        private let end = Latch()

        init(steps: Int) { left = Mutex(steps) }

        var hasEnded: Bool { left.withLock { $0 < 0 } }

        @Sendable func step() async {
            let ends = left.withLock { left in
                left -= 1
                return left < 0
            }
            if ends { await end.pass() }
        }
    }

    /// A log whose calls are steps of a process: each may be the last, before it takes effect or after.
    private struct MortalLog: AuditLog {
        let log: MemoryAuditLog
        let mortality: Mortality

        func begin(_ record: AuditRecord) async throws -> AuditRecord? {
            await mortality.step()
            if mortality.hasEnded { throw AuditLogError("the process has ended") }
            let earlier = try await log.begin(record)
            await mortality.step()
            return earlier
        }

        func record(_ record: AuditRecord) async throws {
            await mortality.step()
            if mortality.hasEnded { throw AuditLogError("the process has ended") }
            try await log.record(record)
            await mortality.step()
        }

        func load() async throws -> AuditContent { try await log.load() }

        func trim(to retention: AuditRetention, at now: Timestamp) async throws -> AuditTrimming {
            try await log.trim(to: retention, at: now)
        }
    }

    /// Runs one process that lives for a number of steps, in which a client sends its request.
    ///
    /// - Returns: The answer; nil if the process ended before it.
    private func process(
        living steps: Int, from start: Duration, over log: MemoryAuditLog,
        _ platform: ChangeableSource.Platform,
        fates: [ChangeableSource.Fate]
    ) async throws -> UpdateAnswer? {
        let mortality = Mortality(steps: steps)
        let updates = UpdateHarness(
            source: { ChangeableSource(at: platform, step: mortality.step, now: $0) }, log: log,
            through: { MortalLog(log: $0, mortality: mortality) })
        if let fate = fates.first { updates.source.meet(fate) }
        let order = try updates.order()
        let answer = Latest<UpdateAnswer?>(nil)
        updates.harness.clock.advance(by: start)
        try await updates.whileRunning {
            // The order's own task is not ended by the client's, so a process that has ended is left standing.
            let request = Task {
                let given = await updates.coordinator.update(order)
                answer.replace(with: given)
            }
            await until { mortality.hasEnded || answer.value != nil }
            request.cancel()
        }
        return mortality.hasEnded ? nil : answer.value
    }

    @Test(arguments: [
        [], [ChangeableSource.Fate.appliedAndLost], [.lost], [.appliedInSilence],
        [.refused(SourceError(.rejected, "HTTP 422"), members: [])],
    ])
    func wherever(itEndsThereIsAtMostOneEffectAndItIsKnown fates: [ChangeableSource.Fate]) async throws {
        var steps = 0
        while true {
            let (log, platform) = (MemoryAuditLog(), ChangeableSource.Platform())
            let first = try await process(living: steps, from: .zero, over: log, platform, fates: fates)
            // The same request with the same key, at a gateway that lives.
            let second = try #require(
                try await process(living: 1000, from: .seconds(3600), over: log, platform, fates: fates),
                "the second process ended after \(steps) steps of the first")
            let (effects, sent) = platform.withLock { ($0.effects.count, $0.sent) }
            #expect(effects <= 1 && sent <= 1, "\(steps) steps: sent \(sent) times")
            // Whatever had an effect is known to the audit.
            let updates = log.records.filter { $0.requestDigest != nil }
            #expect(updates.count == 1, "\(steps) steps")
            let outcome = updates.first?.outcome
            #expect(outcome != .pending, "\(steps) steps")
            if effects == 1 {
                #expect(outcome == .applied || outcome == .unknown, "\(steps) steps: \(outcome as Any)")
            }
            if case .shown = second.form { #expect(effects == 1, "\(steps) steps") }
            if first != nil { break }
            steps += 1
        }
        #expect(steps >= 4)
    }
}
