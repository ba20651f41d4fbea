import ArgumentParser
import Deployments
import TestSupport
import Testing
import Upstream

@testable import rollcall

/// `rollcall audit`: the list of attempts, and one of them.
@Suite(.timeLimit(.minutes(10))) struct AuditCommandTests {
    private static let applied = """
        {"id":"0198e7c2f6417f0e8a4d6b1c3f5a7e92","source":"research","at":"2026-12-01T04:30:00.250000Z",\
        "actor":{"token":"ci","address":"192.0.2.7"},"action":"update","uid":"research/ml-prod/chat",\
        "outcome":"applied","problem":null,"idempotency_key":"k1","request_id":"r1",\
        "shown_at":"2026-12-01T04:30:05.000000Z",\
        "before":{"config":"llama-v1","version":1,"revision":"a"},\
        "after":{"config":"llama-v2","version":2,"revision":"b"}}
        """
    private static let refused = """
        {"id":"0198e7c2f6417f0e8a4d6b1c3f5a7e93","source":"research","at":"2026-12-01T04:31:00.000000Z",\
        "actor":{"token":null,"address":"192.0.2.8"},"action":"update","uid":"research/ml-prod/chat",\
        "outcome":"refused","problem":{"type":"upstream-refused","class":"rejected","detail":"the platform refused\\u001b it",\
        "errors":[{"member":"config","detail":"was refused by the platform","did_you_mean":null}]},\
        "idempotency_key":"k2","request_id":"r2","shown_at":null,\
        "before":{"config":"llama-v2","version":2},"after":{"config":"nope","version":2}}
        """
    private static let ids = ["0198e7c2f6417f0e8a4d6b1c3f5a7e92", "0198e7c2f6417f0e8a4d6b1c3f5a7e93"]

    private static func page(_ rows: [String], next: String = "null", total: Int = 2) -> UpstreamResponse {
        .text(
            #"{"data":[\#(rows.joined(separator: ","))],"#
                + #""pagination":{"total_results":\#(total),"next_page_token":\#(next)},"snapshot":{"id":"s1"},"#
                + #""complete":true,"fresh":true,"oldest_observed_at":null,"sources":[],"notices":[{"code":"audit-dropped","#
                + #""parameter":null,"value":null,"source":null,"rows":3,"detail":"3 records were dropped","did_you_mean":null}]}"#
        )
    }

    private func run(
        _ arguments: [String], _ answers: [UpstreamResponse]
    ) async throws -> (failure: CommandFailure?, memory: OutputMemory, requests: [String]) {
        let memory = OutputMemory()
        let environment = CommandEnvironment(
            variables: [:], workingDirectory: "/",
            terminal: Terminal(
                isInteractive: false, isErrorInteractive: false, columns: nil, environment: [:]),
            output: memory.output)
        let transport = ScriptedTransport { request in
            request.query.contains { $0.hasPrefix("page_token=") } ? answers.last ?? .text("") : answers[0]
        }
        let command = try AuditCommand.parse(arguments)
        var failure: CommandFailure?
        do { try await command.show(in: environment, over: transport) } catch let error as CommandFailure {
            failure = error
        }
        return (failure, memory, transport.requests.map { $0.path + "?" + $0.query.joined(separator: "&") })
    }

    @Test func everyPageIsInOneTable() async throws {
        let run = try await run(
            ["outcome=applied,refused", "sort=at"],
            [Self.page([Self.applied], next: #""t1""#), Self.page([Self.refused])])
        #expect(run.failure == nil)
        #expect(
            run.memory.text == """
                AT                    ACTOR      ACTION  UID                    OUTCOME  PROBLEM           ID
                2026-12-01T04:30:00Z  ci         update  research/ml-prod/chat  applied  -                 \(Self.ids[0])
                2026-12-01T04:31:00Z  192.0.2.8  update  research/ml-prod/chat  refused  upstream-refused  \(Self.ids[1])

                2 audit records

                """)
        #expect(run.memory.errors == "audit-dropped: 3 records were dropped\n")
        #expect(
            run.requests == [
                "/v1/audit?outcome=applied%2Crefused&sort=at&page_size=1000",
                "/v1/audit?page_token=t1&page_size=1000",
            ])
    }

    @Test func machinesGetTheRecordsThemselves() async throws {
        let both = [Self.page([Self.applied, Self.refused])]
        let ndjson = try await run(["-o", "ndjson"], both)
        #expect(ndjson.memory.text == "\(Self.applied)\n\(Self.refused)\n")
        let json = try await run(["-o", "json"], both)
        #expect(
            json.memory.text
                == #"{"data":[\#(Self.applied),\#(Self.refused)],"complete":true,"fresh":true,"oldest_observed_at":null,"#
                + #""notices":[{"code":"audit-dropped","parameter":null,"value":null,"source":null,"rows":3,"#
                + #""detail":"3 records were dropped","did_you_mean":null}],"sources":[]}"# + "\n")
        let csv = try await run(["-o", "csv"], both)
        #expect(csv.memory.text.hasPrefix("id,source,at,actor.token,actor.address,action,uid,outcome,"))
        #expect(csv.memory.text.split(separator: "\r\n").count == 3)
    }

    @Test func oneRecordIsShownWithWhatItChanged() async throws {
        let run = try await run([Self.ids[0].uppercased()], [.text(#"{"data":\#(Self.applied)}"#)])
        #expect(run.failure == nil)
        #expect(
            run.memory.text == """
                id        \(Self.ids[0])
                at        2026-12-01T04:30:00.250000Z
                actor     ci from 192.0.2.7
                action    update
                uid       research/ml-prod/chat
                outcome   applied
                shown at  2026-12-01T04:30:05.000000Z
                key       k1
                request   r1

                MEMBER   BEFORE    AFTER
                config   llama-v1  llama-v2
                version  1         2

                """)
        #expect(run.requests == ["/v1/audit/\(Self.ids[0])?"])
    }

    @Test func aRefusedRecordHasItsProblem() async throws {
        let run = try await run([Self.ids[1]], [.text(#"{"data":\#(Self.refused)}"#)])
        #expect(
            run.memory.text == """
                id        \(Self.ids[1])
                at        2026-12-01T04:31:00.000000Z
                actor     from 192.0.2.8
                action    update
                uid       research/ml-prod/chat
                outcome   refused
                problem   upstream-refused: rejected: the platform refused\u{FFFD} it
                          config: was refused by the platform
                key       k2
                request   r2

                MEMBER  BEFORE    ASKED FOR
                config  llama-v2  nope

                """)
    }

    @Test(arguments: ["json", "ndjson"])
    func oneRecordIsItself(_ format: String) async throws {
        let run = try await run([Self.ids[0], "-o", format], [.text(#"{"data":\#(Self.applied)}"#)])
        #expect(run.memory.text == Self.applied + "\n")
    }

    @Test(
        arguments: [
            (
                403, #"{"type":"urn:rollcall:problem:forbidden","detail":"lacks the right `audit`"}"#,
                CommandFailure(.no, "lacks the right `audit`")
            ),
            (
                404, #"{"type":"urn:rollcall:problem:not-found","detail":"no record has this id"}"#,
                CommandFailure(.no, "no record has this id")
            ),
            (
                200, "{}",
                CommandFailure(
                    .unreachable,
                    "http://127.0.0.1:8080 does not respond like a Rollcall gateway: an audit record in an unknown form"
                )
            ),
        ] as [(Int, String, CommandFailure)])
    func aRecordThatCannotBeReadSaysWhy(_ status: Int, _ body: String, _ failure: CommandFailure) async throws
    {
        let run = try await run([Self.ids[0]], [.text(body, status: status)])
        #expect(run.failure == failure)
    }

    @Test(arguments: [
        ["--config", "rollcall.yaml"], ["outcome"], ["0198e7c2f6417f0e8a4d6b1c3f5a7e9"], ["page=2"],
        [ids[0], ids[1]], ["--output", "xml"],
    ])
    func wrongUsageIsRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try AuditCommand.parse(arguments) }
    }

    @Test func aConfigurationIsRefusedWithTheReason() {
        #expect(
            AuditCommand.message(for: errorOf(["--config", "rollcall.yaml"]))
                == "--config does not apply to audit records: the gateway keeps them, no platform does. Use --gateway."
        )
    }

    private func errorOf(_ arguments: [String]) -> any Error {
        do {
            _ = try AuditCommand.parse(arguments)
            return CommandFailure(.fault, "no error")
        } catch { return error }
    }
}
