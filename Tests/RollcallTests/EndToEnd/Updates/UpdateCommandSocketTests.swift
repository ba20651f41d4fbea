import Deployments
import Sandbox
import Testing
import Wire

@testable import rollcall

/// `rollcall update` and `rollcall audit` with a gateway over the sandbox.
@Suite(.timeLimit(.minutes(10)), .serialized) struct UpdateCommandSocketTests {
    @Test(arguments: [Dialect.nemo, .dashscope])
    func aDryRunShowsTheRequestAndSendsNothing(_ dialect: Dialect) async throws {
        try await withWritingGateway { client in
            let target = try await Changeable.first(of: dialect, at: client)
            let run = try await client.update(target.uid, target.term, "--dry-run")
            #expect(run.failure == nil)
            #expect(run.errors.isEmpty)
            #expect(run.output.hasPrefix("\(target.uid)\n\nMEMBER "))
            #expect(
                run.output.contains(
                    "\n\nThe platform would get:\n\(dialect == .nemo ? "POST" : "PUT") \(client.gateway.sandboxBase)/"
                ))
            #expect(run.output.hasSuffix("\n\nNothing was sent: this was a dry run.\n"))
            #expect(client.effects(of: target).received == 0)
            let records = try await client.get("/v1/audit").json?["data"]?.elements ?? []
            #expect(records.map { $0["action"]?.string } == ["dry_run"])
            #expect(records.map { $0["outcome"]?.string } == ["not_applied"])
        }
    }

    @Test(arguments: [Dialect.nemo, .dashscope])
    func anUpdateIsDoneOnceAndShown(_ dialect: Dialect) async throws {
        try await withWritingGateway { client in
            let target = try await Changeable.first(of: dialect, at: client)
            let run = try await client.update(target.uid, target.term, "--yes")
            #expect(run.failure == nil)
            #expect(run.output.contains("\n\nUpdated.\n\nMEMBER "))
            let (field, value) = target.change
            let shown = run.output.split(separator: "\n").last { $0.hasPrefix("\(field) ") }
            #expect(shown?.hasSuffix(" \(value)") == true)
            #expect(client.effects(of: target).received == 1)
            #expect(client.effects(of: target).done == 1)
            #expect(try await client.audit().map { $0["outcome"]?.string } == ["applied"])
        }
    }

    @Test func aRefusalOfThePlatformIsOneOfTheUpdate() async throws {
        try await withWritingGateway { client in
            let target = try await Changeable.first(of: .nemo, at: client)
            let run = try await client.update(target.uid, "config=nobody", "--yes")
            #expect(
                run.failure == CommandFailure(.no, "not updated: the platform refused the update: HTTP 400"))
            #expect(client.effects(of: target).received == 1)
            #expect(client.effects(of: target).done == 0)
            #expect(try await client.audit().map { $0["outcome"]?.string } == ["refused"])
        }
    }

    @Test func aRefusalOfTheGatewayReachesNoPlatform() async throws {
        try await withWritingGateway { client in
            let target = try await Changeable.first(of: .dashscope, at: client)
            let run = try await client.update(target.uid, "capacity.desired=0", "--yes")
            #expect(run.failure == CommandFailure(.no, "capacity.desired: must be at least 1"))
            let stale = try await client.update(
                target.uid, target.term, "--yes", "--if-match", "0123456789abcdef")
            #expect(stale.failure?.code == .no)
            #expect(stale.failure?.message.hasPrefix("the deployment has changed: ") == true)
            #expect(stale.failure?.message.contains("\nLook again with --dry-run; ") == true)
            #expect(client.effects(of: target).received == 0)
        }
    }

    @Test func theAuditRecordTellsWhatBecameOfAnUnknownOutcome() async throws {
        try await withWritingGateway { client in
            let faults = client.gateway.fleet.faults
            let target = try await Changeable.first(of: .dashscope, at: client)
            faults.set(.resetAfterWrite, on: .dashscope)
            faults.set(.lateInLists, on: .dashscope, FaultSetting(requests: 1_000_000))
            let run = try await client.update(target.uid, target.term, "--yes", "--wait", "1s")
            #expect(run.failure?.code == .no)
            #expect(
                run.failure?.message.hasPrefix("it is not known whether the update was applied: ") == true)
            let id = try #require(run.auditID)
            #expect(try await client.auditCommand(id).output.contains("\noutcome   unknown\n"))
            faults.clearAll()
            try await poll(until: "the record says what became of it") {
                try await client.auditCommand(id).output.contains("\noutcome   applied\n")
            }
            #expect(client.effects(of: target).received == 1)
            #expect(client.effects(of: target).done == 1)
        }
    }

    @Test func aKeyIsReplayedForTheSameRequestOnly() async throws {
        try await withWritingGateway { client in
            let target = try await Changeable.first(of: .nemo, at: client)
            let arguments = ["--yes", "--idempotency-key", "release-7", "--if-match", "*"]
            func update(_ term: String) async throws -> CommandOutcome {
                try await client.update([target.uid, term] + arguments)
            }
            let first = try await update(target.term)
            #expect(first.failure == nil)
            #expect(first.errors == "Idempotency-Key: release-7\n")
            let replay = try await update(target.term)
            #expect(replay.failure == nil)
            #expect(
                replay.errors == """
                    Idempotency-Key: release-7
                    An earlier request had this key; nothing was sent again, and this is what became of it:

                    """)
            let other = try await update("config=llama-8b-1gpu")
            #expect(
                other.failure?.message.hasPrefix(
                    "not updated: this `Idempotency-Key` was used for another request") == true)
            #expect(client.effects(of: target).received == 1)
        }
    }

    @Test func theAuditIsListedInEachFormat() async throws {
        try await withWritingGateway { client in
            let target = try await Changeable.first(of: .nemo, at: client)
            _ = try await client.update(target.uid, target.term, "--yes")
            let table = try await client.auditCommand("action=update")
            #expect(table.failure == nil)
            #expect(table.output.hasPrefix("AT "))
            #expect(table.output.contains("  tests  update  \(target.uid)  applied  "))
            #expect(table.output.hasSuffix("\n\n1 audit record\n"))
            let ndjson = try await client.auditCommand("action=update", "-o", "ndjson").output
            let record = try JSONDocument(parsing: Array(ndjson.utf8)).root
            let id = try #require(record["id"]?.string)
            #expect(record["outcome"]?.string == "applied")
            #expect(record["after"]?["config"]?.string == "embed-cpu")
            let json = try await client.auditCommand("sort=at", "-o", "json").output
            let rows = try JSONDocument(parsing: Array(json.utf8)).root["data"]?.elements ?? []
            #expect(rows.map { $0["action"]?.string } == ["dry_run", "update"])
            let csv = try await client.auditCommand("action=update", "-o", "csv").output
            #expect(csv.hasPrefix("id,source,at,actor.token,"))
            #expect(csv.split(separator: "\r\n").last?.hasPrefix("\(id),research,") == true)
            let one = try await client.auditCommand(id).output
            #expect(one.hasPrefix("id        \(id)\n"))
            #expect(one.contains("\n\nMEMBER "))
            #expect(one.contains("\nconfig "))
        }
    }
}

extension Changeable {
    /// The field that ``body`` changes, and its new value.
    fileprivate var change: (field: String, value: String) {
        guard dialect == .dashscope else { return ("config", "embed-cpu") }
        return ("capacity.desired", String(body.filter(\.isNumber)))
    }

    /// The change as an argument of `rollcall update`.
    fileprivate var term: String { "\(change.field)=\(change.value)" }
}

extension WritingClient {
    /// What a deployment's platform received and did.
    fileprivate func effects(of target: Changeable) -> Effects.Account {
        gateway.fleet.effects.account(target.dialect, target.key)
    }
}
