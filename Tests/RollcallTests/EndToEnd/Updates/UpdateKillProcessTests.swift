import Foundation
import Glibc
import Sandbox
import TestSupport
import Testing
import Upstream
import Wire

@testable import rollcall

/// A gateway that is killed at any moment of an update, and started again.
///
/// `UPDATE_KILLS` is the number of kills, `UPDATE_KILLS_SEED` the beginning of their random moments.
@Suite(.timeLimit(.minutes(60)), .serialized) struct UpdateKillProcessTests {
    private static let configs = ["embed-cpu", "llama-8b-1gpu", "qwen-vllm-2gpu", "llama-70b-4gpu"]

    /// One update before the kill.
    private struct Attempt {
        var key: String
        var body: String
        var effectsBefore: Int
        /// The audit record that the client was told of; nil if the kill came first.
        var told: (status: Int, id: String?)?
    }

    private func setting(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init)
    }

    @Test func aKillAtAnyMomentLeavesOneEffectAtMostAndItsOutcomeKnown() async throws {
        let kills = setting("UPDATE_KILLS") ?? 12
        var random = SeededGenerator(seed: UInt64(setting("UPDATE_KILLS_SEED") ?? 1))
        try await withRunningSandbox { base, fleet in
            try await Program.inFolder { program in
                let name = try program.configuration([
                    "store: sqlite:store.sqlite", "cache: {ttl: 1h, min_interval: 100ms}",
                    "auth: {tokens: [{name: tests, token: {env: CLIENT_TOKEN}, may: [read, write, audit]}]}",
                    "sources:",
                    "  - {name: research, adapter: nemo, base_url: \"\(base)/nemo\", writes: true, "
                        + "secrets: {token: {env: TOKEN}}}",
                ])
                let client = CurlTransport()
                defer { client.shutDown() }
                var attempt: Attempt?
                var row: Changeable?
                for number in 0...kills {
                    let run = try program.start(
                        ["serve", "--config", name], environment: WritingClient.environment)
                    defer { kill(run.id, SIGKILL) }
                    let writing = WritingClient(
                        gateway: RunningGateway(
                            fleet: fleet, base: try await run.servedURL(), sandboxBase: base, client: client))
                    let changeable: Changeable
                    if let row {
                        changeable = row
                    } else {
                        changeable = try await Changeable.first(of: .nemo, at: writing)
                        row = changeable
                    }
                    if let attempt { try await check(attempt, of: changeable, at: writing) }
                    guard number < kills else { break }
                    var next = Attempt(
                        key: "key-\(number)", body: #"{"config":"\#(Self.configs[number % 4])"}"#,
                        effectsBefore: fleet.effects.account(.nemo, changeable.key).done)
                    let (uid, key, body) = (changeable.uid, next.key, next.body)
                    let sending = Task { try? await writing.patch(uid, body, key: key) }
                    let delay = Int.random(in: 0..<(number % 3 == 0 ? 20_000 : 120_000), using: &random)
                    try await Task.sleep(for: .microseconds(delay))
                    kill(run.id, SIGKILL)
                    if let answer = await sending.value {
                        next.told = (answer.response.status, answer.response.header("rollcall-audit"))
                    }
                    attempt = next
                }
            }
        }
    }

    /// Sends the same request with the same key again, and compares all that is known of it.
    private func check(_ attempt: Attempt, of row: Changeable, at client: WritingClient) async throws {
        let effects = { client.gateway.fleet.effects.account(.nemo, row.key).done - attempt.effectsBefore }
        var again = try await client.patch(row.uid, attempt.body, key: attempt.key)
        // The list may still be on its way.
        try await poll(until: "\(attempt.key) has an outcome, not \(again.summary)") {
            guard ![409, 503].contains(again.response.status) else {
                again = try await client.patch(row.uid, attempt.body, key: attempt.key)
                return false
            }
            return true
        }
        #expect([200, 202, 504].contains(again.response.status), "\(attempt.key): \(again.summary)")
        #expect(effects() <= 1, "\(attempt.key) was done \(effects()) times")
        if effects() == 0 { #expect(again.response.status == 504, "\(attempt.key): \(again.summary)") }
        if let told = attempt.told, told.status == 200 || told.status == 202 {
            #expect(effects() == 1, "\(attempt.key): \(told)")
            #expect(told.id == again.response.header("rollcall-audit"), "\(attempt.key)")
        }
        let records = try await client.audit("&idempotency_key=\(attempt.key)")
        #expect(records.count == 1, "\(attempt.key): \(records.count) records")
        let outcome = records.first?["outcome"]?.string
        if effects() == 1 {
            // What was done is known to be, or to be found out.
            if outcome != "applied" { #expect(outcome == "unknown", "\(attempt.key)") }
        } else {
            #expect(outcome == "unknown", "\(attempt.key): \(outcome ?? "none")")
        }
    }
}
