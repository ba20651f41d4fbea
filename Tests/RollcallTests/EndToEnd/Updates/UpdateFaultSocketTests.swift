import Deployments
import Sandbox
import Testing
import Upstream
import Wire

@testable import rollcall

/// Updates of platforms that fail while they are changed, with what was done counted at the platform.
@Suite(.timeLimit(.minutes(10)), .serialized) struct UpdateFaultSocketTests {
    /// A fault that strikes the update, and what must be known of it.
    struct Case: Sendable {
        var fault: Fault?
        /// True if the list stays behind until the first answer was given.
        var isLate = false
        /// The status of the first answer.
        var status: Int
        /// The number of times that the platform did it.
        var effects: Int
        /// The outcome in the end.
        var outcome: String

        var testDescription: String { "\(fault.map { "\($0)" } ?? "none")\(isLate ? ", late" : "")" }
    }

    static let cases = [
        Case(fault: nil, status: 200, effects: 1, outcome: "applied"),
        Case(fault: nil, isLate: true, status: 202, effects: 1, outcome: "applied"),
        Case(fault: .resetBeforeWrite, status: 504, effects: 0, outcome: "unknown"),
        Case(fault: .hangBeforeWrite, status: 504, effects: 0, outcome: "unknown"),
        Case(fault: .resetAfterWrite, status: 200, effects: 1, outcome: "applied"),
        Case(fault: .resetAfterWrite, isLate: true, status: 504, effects: 1, outcome: "applied"),
        Case(fault: .hangAfterWrite, status: 200, effects: 1, outcome: "applied"),
        Case(fault: .hangAfterWrite, isLate: true, status: 504, effects: 1, outcome: "applied"),
        Case(fault: .status500AfterWrite, status: 200, effects: 1, outcome: "applied"),
        Case(fault: .status500AfterWrite, isLate: true, status: 504, effects: 1, outcome: "applied"),
        Case(fault: .endlessHead, status: 200, effects: 1, outcome: "applied"),
        Case(fault: .reset, status: 200, effects: 1, outcome: "applied"),
        Case(fault: .status401, status: 502, effects: 0, outcome: "refused"),
        Case(fault: .status404, status: 502, effects: 0, outcome: "refused"),
    ]

    /// Each case has a gateway and a sandbox of its own; together they take as long as the slowest one.
    @Test func whatTheNetworkDoesIsDoneOnceAndKnown() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for dialect in [Dialect.nemo, .dashscope] {
                for fault in Self.cases { group.addTask { try await self.check(dialect, fault) } }
            }
            try await group.waitForAll()
        }
    }

    private func check(_ dialect: Dialect, _ fault: Case) async throws {
        let name = "\(dialect), \(fault.testDescription)"
        let hangs = [.hangBeforeWrite, .hangAfterWrite, .endlessHead].contains(fault.fault)
        try await withWritingGateway(timeout: hangs ? .seconds(3) : .seconds(600)) { client in
            let row = try await Changeable.first(of: dialect, at: client)
            let fleet = client.gateway.fleet
            if fault.isLate {
                fleet.faults.set(.lateInLists, on: dialect, FaultSetting(requests: 1_000_000))
            }
            if let name = fault.fault {
                fleet.faults.set(name, on: dialect, FaultSetting(count: 1, path: row.path))
            }
            let first = try await client.patch(row.uid, row.body, key: "one")
            #expect(first.response.status == fault.status, "\(name): \(first.summary)")
            #expect(first.response.header("idempotency-key") == "one", "\(name)")
            let id = try #require(first.response.header("rollcall-audit"), "\(name)")
            if fault.status == 202 || fault.status == 504 {
                #expect(first.response.header("location") == "/v1/audit/\(id)", "\(name)")
            }

            // What the list does not show yet is found out once it does.
            fleet.faults.clearAll()
            let record = try await client.get("/v1/audit/\(id)") { answer in
                let data = answer.json?["data"]
                return data?["outcome"]?.string == fault.outcome
                    && (fault.outcome != "applied" || data?["shown_at"]?.string != nil)
            }
            #expect(record.json?["data"]?["actor"]?["token"]?.string == "tests", "\(name)")

            let again = try await client.patch(row.uid, row.body, key: "one")
            let settled = fault.outcome == "applied" ? 200 : fault.status
            #expect(again.response.status == settled, "\(name): \(again.summary)")
            #expect(again.response.header("rollcall-audit") == id, "\(name)")
            #expect(again.response.header("idempotency-replayed") == "true", "\(name)")

            let account = fleet.effects.account(dialect, row.key)
            #expect(account.done == fault.effects && account.received <= 1, "\(name): \(account)")
            #expect(try await client.audit().map { $0["id"]?.string } == [id], "\(name)")
        }
    }

    @Test func anotherBodyWithTheSameKeyIsRefusedAndRecorded() async throws {
        try await withWritingGateway { client in
            let row = try await Changeable.first(of: .nemo, at: client)
            _ = try await client.patch(row.uid, row.body, key: "one")
            let other = try await client.patch(row.uid, #"{"config":"llama-8b-1gpu"}"#, key: "one")
            #expect(other.response.status == 422)
            #expect(other.json?["type"]?.string == "urn:rollcall:problem:key-reused")
            #expect(client.gateway.fleet.effects.account(.nemo, row.key).done == 1)
            #expect(try await client.audit().map { $0["outcome"]?.string } == ["refused", "applied"])
        }
    }

    @Test func ofTwoClientsWithOneRevisionOneChangesTheDeployment() async throws {
        try await withWritingGateway { client in
            let row = try await Changeable.first(of: .nemo, at: client)
            let known = try await client.get("/v1/deployments/\(row.uid)")
            let revision = try #require(known.json?["data"]?["revision"]?.string)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<2 {
                    group.addTask {
                        try await client.patch(
                            row.uid, row.body, key: "client-\(number)", revision: revision
                        ).response.status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }.sorted()
            }
            // The other one is told of the conflict, or of the new revision.
            #expect(statuses == [200, 409] || statuses == [200, 412])
            #expect(client.gateway.fleet.effects.account(.nemo, row.key).done == 1)
        }
    }

    @Test func whereNothingCanBeStoredNothingIsSent() async throws {
        try await withWritingGateway(isStored: false) { client in
            let row = try await Changeable.first(of: .nemo, at: client)
            let answer = try await client.patch(row.uid, row.body, key: "one")
            #expect(answer.response.status == 503)
            #expect(answer.json?["type"]?.string == "urn:rollcall:problem:store-unavailable")
            #expect(client.gateway.fleet.effects.account(.nemo, row.key).received == 0)
            #expect(try await client.get("/v1/audit").response.status == 503)
        }
    }
}
