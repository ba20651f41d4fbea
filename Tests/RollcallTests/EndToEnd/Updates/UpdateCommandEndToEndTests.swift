import Deployments
import Sandbox
import Testing
import Wire

@testable import rollcall

/// `rollcall update` and `rollcall audit` with a gateway over the sandbox, all on real sockets.
@Suite(.timeLimit(.minutes(10)), .serialized) struct UpdateCommandEndToEndTests {
    /// A deployment of each platform, and a change that it takes.
    struct Change: Sendable, CustomTestStringConvertible {
        var dialect: Dialect
        var query: String
        var field: String
        /// The value as a user types it, made from the row.
        var value: @Sendable (JSONValue) -> String
        var testDescription: String { dialect.rawValue }

        static let nemo = Change(
            dialect: .nemo, query: "source=research&status=READY&config.ne=embed-cpu&sort=uid",
            field: "config",
            value: { _ in "embed-cpu" })
        static let dashscope = Change(
            dialect: .dashscope, query: "source=ali&kind=mu&status=READY&sort=uid", field: "capacity.desired",
            value: { row in
                let (now, base) = (row["capacity"]?["desired"]?.double, row["capacity"]?["base"]?.double)
                return "\(Int((now ?? 0) + (base ?? 0)))"
            })
    }

    /// The uid of a row that a change is for, its key at the sandbox, and the change as an argument.
    private func target(
        of change: Change, _ updating: UpdatingGateway
    ) async throws -> (uid: String, key: String, argument: String) {
        let row = try await updating.row(change.query)
        let uid = try #require(row["uid"]?.string)
        return (
            uid, String(uid.drop { $0 != "/" }.dropFirst()), "\(change.field)=\(change.value(row))"
        )
    }

    @Test(arguments: [Change.nemo, .dashscope])
    func aDryRunShowsTheRequestAndSendsNothing(_ change: Change) async throws {
        try await withUpdatingGateway { updating in
            let (uid, key, argument) = try await target(of: change, updating)
            let run = try await updating.update(uid, argument, "--dry-run")
            #expect(run.failure == nil)
            #expect(run.errors.isEmpty)
            #expect(run.output.hasPrefix("\(uid)\n\nMEMBER "))
            #expect(run.output.contains("\n\nThe platform would get:\nP"))
            #expect(run.output.contains(updating.gateway.sandboxBase + "/\(change.dialect.rawValue)/api"))
            #expect(run.output.hasSuffix("\n\nNothing was sent: this was a dry run.\n"))
            #expect(updating.gateway.fleet.effects.account(change.dialect, key).received == 0)
            #expect(try await updating.count("not_applied", "dry_run") == 1)
        }
    }

    @Test(arguments: [Change.nemo, .dashscope])
    func anUpdateIsDoneOnceAndShown(_ change: Change) async throws {
        try await withUpdatingGateway { updating in
            let (uid, key, argument) = try await target(of: change, updating)
            let run = try await updating.update(uid, argument, "--yes")
            #expect(run.failure == nil)
            let value = String(argument.drop { $0 != "=" }.dropFirst())
            #expect(run.output.contains("\nUpdated.\n\nMEMBER "))
            let shown = run.output.split(separator: "\n").last { $0.hasPrefix("\(change.field) ") }
            #expect(shown?.hasSuffix(" \(value)") == true)
            let account = updating.gateway.fleet.effects.account(change.dialect, key)
            #expect(account.received == 1 && account.done == 1)
            #expect(try await updating.count("applied") == 1)
        }
    }

    @Test func aRefusalOfThePlatformIsOneOfTheUpdate() async throws {
        try await withUpdatingGateway { updating in
            let (uid, key, _) = try await target(of: .nemo, updating)
            let run = try await updating.update(uid, "config=nobody", "--yes")
            #expect(
                run.failure == CommandFailure(.no, "not updated: the platform refused the update: HTTP 400"))
            let account = updating.gateway.fleet.effects.account(.nemo, key)
            #expect(account.received == 1 && account.done == 0)
            #expect(try await updating.count("refused") == 1)
        }
    }

    @Test func aRefusalOfTheGatewayReachesNoPlatform() async throws {
        try await withUpdatingGateway { updating in
            let (uid, key, argument) = try await target(of: .dashscope, updating)
            let run = try await updating.update(uid, argument + "1", "--yes")
            #expect(run.failure?.code == .no)
            #expect(
                run.failure?.message.hasPrefix("capacity.desired: must be a multiple of `capacity.base`")
                    == true)
            let stale = try await updating.update(uid, argument, "--yes", "--if-match", "0123456789abcdef")
            #expect(stale.failure?.code == .no)
            #expect(stale.failure?.message.contains("\nLook again with --dry-run; ") == true)
            #expect(updating.gateway.fleet.effects.account(.dashscope, key).received == 0)
        }
    }

    @Test func theAuditRecordTellsWhatBecameOfAnUnknownOutcome() async throws {
        try await withUpdatingGateway { updating in
            let faults = updating.gateway.fleet.faults
            let (uid, key, argument) = try await target(of: .dashscope, updating)
            faults.set(.resetAfterWrite, on: .dashscope)
            faults.set(.lateInLists, on: .dashscope, FaultSetting(requests: 1_000_000))
            let run = try await updating.update(uid, argument, "--yes", "--wait", "1s")
            #expect(run.failure?.code == .no)
            #expect(
                run.failure?.message.hasPrefix("it is not known whether the update was applied: ") == true)
            let id = try #require(run.auditID)
            #expect(try await updating.audit(id).output.contains("\noutcome   unknown\n"))
            faults.clearAll()
            try await poll(until: "the record says what became of it") {
                try await updating.audit(id).output.contains("\noutcome   applied\n")
            }
            let account = updating.gateway.fleet.effects.account(.dashscope, key)
            #expect(account.received == 1 && account.done == 1)
        }
    }

    @Test func aKeyIsReplayedForTheSameRequestOnly() async throws {
        try await withUpdatingGateway { updating in
            let (uid, key, argument) = try await target(of: .nemo, updating)
            let first = try await updating.update(uid, argument, "--yes", "--idempotency-key", "release-7")
            #expect(first.failure == nil)
            #expect(first.errors == "Idempotency-Key: release-7\n")
            // The row has another revision now, so the first one is named.
            let row = try await updating.row("uid=\(uid)")
            let revision = try #require(
                try await updating.audit("idempotency_key=release-7", "-o", "json").output
                    .firstMatch(of: /"before":\{.*?"revision":"([0-9a-f]+)"/)?.1)
            #expect(row["revision"]?.string.map { $0 == revision } == false)
            let replay = try await updating.update(
                uid, argument, "--yes", "--idempotency-key", "release-7", "--if-match", String(revision))
            #expect(replay.failure == nil)
            #expect(
                replay.errors == """
                    Idempotency-Key: release-7
                    An earlier request had this key; nothing was sent again, and this is what became of it:

                    """)
            let other = try await updating.update(
                uid, "config=llama-8b-1gpu", "--yes", "--idempotency-key", "release-7")
            #expect(
                other.failure?.message.hasPrefix(
                    "not updated: this `Idempotency-Key` was used for another request") == true)
            #expect(updating.gateway.fleet.effects.account(.nemo, key).received == 1)
        }
    }

    @Test func theAuditIsListedInEachFormat() async throws {
        try await withUpdatingGateway { updating in
            let (uid, _, argument) = try await target(of: .nemo, updating)
            _ = try await updating.update(uid, argument, "--yes")
            let table = try await updating.audit("action=update")
            #expect(table.failure == nil)
            #expect(table.output.hasPrefix("AT "))
            #expect(table.output.contains("  ci     update  \(uid)  applied  "))
            #expect(table.output.hasSuffix("\n\n1 audit record\n"))
            let ndjson = try await updating.audit("action=update", "-o", "ndjson").output
            let record = try JSONDocument(parsing: Array(ndjson.utf8)).root
            let id = try #require(record["id"]?.string)
            #expect(record["outcome"]?.string == "applied" && record["after"]?["uid"]?.string == uid)
            let json = try await updating.audit("sort=at", "-o", "json").output
            let rows = try JSONDocument(parsing: Array(json.utf8)).root["data"]?.elements ?? []
            #expect(rows.map { $0["action"]?.string } == ["dry_run", "update"])
            let csv = try await updating.audit("action=update", "-o", "csv").output
            #expect(csv.hasPrefix("id,source,at,actor.token,"))
            #expect(csv.split(separator: "\r\n").last?.hasPrefix("\(id),research,") == true)
            let one = try await updating.audit(id).output
            #expect(one.hasPrefix("id        \(id)\n"))
            #expect(one.contains("\nMEMBER "))
            #expect(one.contains("\nconfig "))
        }
    }
}
