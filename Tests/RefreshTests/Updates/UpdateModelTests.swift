import Deployments
import Refresh
import TestSupport
import Testing
import Wire

/// Clients that change one deployment at once, with repeated keys, over a platform that fails at random.
@Suite(.timeLimit(.minutes(10))) struct UpdateModelTests {
    /// One request of a client with its answer.
    private struct Attempt: Sendable {
        var key: String
        var config: String
        var answer: UpdateAnswer
    }

    private func fate(_ random: inout SeededGenerator) -> ChangeableSource.Fate {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .appliedAndLost
        case 1: .lost
        case 2: .appliedInSilence
        case 3: .notSent(SourceError(.unreachable, "refused"))
        case 4: .refused(SourceError(.rejected, "HTTP 409"), members: [])
        default: .applied
        }
    }

    /// The requests of one client, one after another.
    private func attempts(of updates: UpdateHarness, seed: UInt64) async throws -> [Attempt] {
        var random = SeededGenerator(seed: seed)
        var attempts: [Attempt] = []
        for _ in 0..<12 {
            // All clients share the keys; every fifth request uses one for something else.
            let key = "key-\(Int.random(in: 0..<8, using: &random))"
            let config = "\(key)/\(Int.random(in: 0..<5, using: &random) == 0 ? "other" : "own")"
            let revision = Int.random(in: 0..<4, using: &random) == 0 ? updates.revision : nil
            if Int.random(in: 0..<6, using: &random) == 0 {
                updates.source.lag(by: Int.random(in: 0...3, using: &random))
            }
            let order = try updates.order(
                #"{"config": "\#(config)"}"#, key: key, revision: revision)
            attempts.append(
                Attempt(key: key, config: config, answer: await updates.coordinator.update(order)))
        }
        return attempts
    }

    @Test(arguments: 0..<40) func noKeyHasTwoEffectsAndTheAuditKnowsEachOne(seed: Int) async throws {
        let updates = UpdateHarness()
        var random = SeededGenerator(seed: UInt64(seed))
        updates.source.meet((0..<60).map { _ in fate(&random) })
        let all = Latest<[Attempt]>([])
        try await updates.whileRunning {
            try await withThrowingTaskGroup { group in
                for client in 0..<4 {
                    group.addTask { try await self.attempts(of: updates, seed: UInt64(seed * 10 + client)) }
                }
                for try await part in group { all.replace(with: all.value + part) }
            }
        }
        let begun = updates.log.records.filter { $0.requestDigest != nil && $0.action == .update }
        #expect(updates.source.sent == begun.count)
        for (config, effects) in Dictionary(grouping: updates.source.effects, by: \.self) {
            let records = begun.filter { $0.patch?["config"] == .text(config) }
            let effective = records.filter { $0.outcome == .applied || $0.outcome == .unknown }
            #expect(effects.count == 1 && effective.count == 1, "\(config)")
        }
        let keys = Dictionary(grouping: updates.source.effects) { $0.prefix { $0 != "/" } }
        #expect(keys.values.allSatisfy { $0.count == 1 }, "\(keys)")
        for record in begun where record.outcome == .refused || record.outcome == .notApplied {
            guard case .text(let config)? = record.patch?["config"] else { continue }
            let others = begun.filter { $0.patch == record.patch && $0.id != record.id }
            #expect(!others.isEmpty || !updates.source.effects.contains(config))
        }
        for attempt in all.value {
            switch attempt.answer.form {
            case .shown, .accepted: #expect(updates.source.effects.contains(attempt.config))
            case .planned: Issue.record("nobody asked for a plan")
            case .problem(let problem):
                #expect(problem.kind != .internal && problem.kind != .storeUnavailable)
            }
        }
    }
}
