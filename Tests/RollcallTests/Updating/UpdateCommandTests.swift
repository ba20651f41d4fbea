import ArgumentParser
import Deployments
import TestSupport
import Testing
import Upstream
import Wire

@testable import rollcall

/// `rollcall update`, from its first question to the outcome.
@Suite(.timeLimit(.minutes(10))) struct UpdateCommandTests {
    @Test func itShowsSendsOnceAndShowsTheNewRow() async throws {
        let gateway = StubGateway(updates: [UpdateRun.shown])
        let run = try await UpdateRun.of(gateway)
        #expect(run.failure == nil)
        #expect(run.memory.text == UpdateRun.preview + UpdateRun.updated)
        #expect(run.memory.errors == UpdateRun.keyLine)
        #expect(
            gateway.requests == [
                "GET /v1/sources/research", "PATCH /v1/deployments/research/ml-prod/chat?dry_run=true",
                "PATCH /v1/deployments/research/ml-prod/chat",
            ])
        let update = try #require(gateway.updates.first)
        #expect(update.header("Content-Type") == "application/merge-patch+json")
        #expect(update.header("Idempotency-Key") == UpdateRun.key)
        #expect(update.header("If-Match") == #""9b84943f525502a8""#)
        #expect(update.header("Authorization") == "Bearer t0ken")
        #expect(update.body.map { String(decoding: $0, as: UTF8.self) } == #"{"config":"llama-v2"}"#)
    }

    @Test(arguments: [("abc", #""abc""#), (#""a","b""#, #""a","b""#), ("*", "*")])
    func aRevisionOfTheUsersOwnIsTheCondition(_ text: String, _ header: String) async throws {
        let gateway = StubGateway(updates: [UpdateRun.shown])
        let run = try await UpdateRun.of(gateway, ["--yes", "--if-match", text])
        #expect(run.failure == nil)
        #expect(gateway.updates.map { $0.header("If-Match") } == [header])
    }

    @Test func aRevisionOfTheUsersOwnIsCheckedBeforeAnythingIsAsked() async throws {
        let gateway = StubGateway(
            dryRun: .problem(412, "precondition-failed", "the deployment has changed"))
        let memory = OutputMemory()
        let command = try UpdateCommand.parse([
            "research/ml-prod/chat", "config=llama-v2", "--yes", "--if-match", "abc",
        ])
        let environment = CommandEnvironment(
            variables: [:], workingDirectory: "/",
            terminal: Terminal(
                isInteractive: false, isErrorInteractive: false, columns: nil, environment: [:]),
            output: memory.output)
        await #expect(
            throws: CommandFailure(
                .no,
                "the deployment has changed\n"
                    + "Look again with --dry-run; with --if-match '*' it is sent whatever the revision is.")
        ) {
            try await command.update(in: environment, over: gateway.transport, clock: SkippingClock())
        }
        #expect(memory.text.isEmpty)
        #expect(gateway.updates.isEmpty)
    }

    @Test func aDryRunSendsNothing() async throws {
        let gateway = StubGateway()
        let run = try await UpdateRun.of(gateway, ["--dry-run"])
        #expect(run.failure == nil)
        #expect(run.memory.text == UpdateRun.preview + "Nothing was sent: this was a dry run.\n")
        #expect(run.memory.errors.isEmpty)
        #expect(gateway.updates.isEmpty)
    }

    @Test func withoutATerminalItNeedsAYes() async throws {
        let gateway = StubGateway()
        let run = try await UpdateRun.of(gateway, [])
        #expect(
            run.failure
                == CommandFailure(
                    .usage,
                    "nothing was sent: without a terminal to ask on, an update needs --yes, or --dry-run"))
        #expect(gateway.requests.isEmpty)
    }

    @Test(arguments: ["", "n", "no", "yess"])
    func anythingButAYesSendsNothing(_ answer: String) async throws {
        let gateway = StubGateway()
        let run = try await UpdateRun.of(gateway, [], answering: answer)
        #expect(run.failure == CommandFailure(.no, "nothing was sent"))
        #expect(run.memory.errors == "Send this update? [y/N] ")
        #expect(gateway.updates.isEmpty)
    }

    @Test(arguments: ["y", "Y", "yes"])
    func aYesSends(_ answer: String) async throws {
        let gateway = StubGateway(updates: [UpdateRun.shown])
        let run = try await UpdateRun.of(gateway, [], answering: answer)
        #expect(run.failure == nil)
        #expect(run.memory.errors == "Send this update? [y/N] " + UpdateRun.keyLine)
        #expect(gateway.updates.count == 1)
    }

    @Test func aMemberThatCannotBeChangedIsToldBeforeAnythingIsSent() async throws {
        let gateway = StubGateway()
        let run = try await UpdateRun.of(gateway, members: ["confg=llama-v2", "config=x"])
        #expect(
            run.failure
                == CommandFailure(
                    .usage,
                    """
                    confg: cannot be changed; did you mean `config`?
                    These can be changed:
                      config (text, required)
                      config_version (integer)
                    """))
        #expect(gateway.requests == ["GET /v1/sources/research"])
    }

    @Test func aSourceWithoutUpdatesIsToldWithWhatToSet() async throws {
        let gateway = StubGateway(source: .json(200, #"{"data":{"adapter":"nemo","writes":null}}"#))
        let run = try await UpdateRun.of(gateway)
        #expect(run.failure?.code == .no)
        #expect(run.failure?.message.contains("set `writes: true` on the source") == true)
        #expect(gateway.requests == ["GET /v1/sources/research"])
    }

    @Test(
        arguments: [
            (
                StubGateway.Answer.problem(403, "writes-off", "updates are off; set `writes: true`"),
                CommandFailure(.no, "updates are off; set `writes: true`")
            ),
            (
                .problem(
                    422, "invalid-body", "2 mistakes",
                    more: #","errors":[{"member":"config","detail":"must be a text","did_you_mean":null}]"#),
                CommandFailure(.no, "config: must be a text")
            ),
            (
                .problem(401, "unauthenticated", "unknown access token"),
                CommandFailure(.no, "unknown access token\nThe gateway refused $ROLLCALL_TOKEN.")
            ),
            (
                .problem(503, "no-data", "no list yet"), CommandFailure(.unreachable, "no list yet")
            ),
            (
                .unreachable,
                CommandFailure(
                    .unreachable,
                    "no response from the gateway at http://127.0.0.1:8080: unreachable (no connection)\n"
                        + "Start one with `rollcall serve`, or name one with --gateway.")
            ),
            (
                .json(200, #"{"data":{}}"#),
                CommandFailure(
                    .unreachable,
                    "http://127.0.0.1:8080 does not respond like a Rollcall gateway: a dry run in an unknown form"
                )
            ),
        ] as [(StubGateway.Answer, CommandFailure)])
    func aDryRunThatIsRefusedEndsIt(_ answer: StubGateway.Answer, _ failure: CommandFailure) async throws {
        let gateway = StubGateway(dryRun: answer)
        let run = try await UpdateRun.of(gateway)
        #expect(run.failure == failure)
        #expect(gateway.updates.isEmpty)
    }

    @Test func jsonHasTheOutcomeAlone() async throws {
        let done = try await UpdateRun.of(StubGateway(updates: [UpdateRun.shown]), ["--yes", "-o", "json"])
        #expect(
            done.memory.text
                == #"{"outcome":"applied","uid":"research/ml-prod/chat","audit":"\#(StubGateway.audit)","shown":true,"#
                + #""idempotency_key":"\#(UpdateRun.key)","problem":null,"before":\#(StubGateway.before),"#
                + #""after":\#(StubGateway.listed)}"# + "\n")
        let refused = try await UpdateRun.of(
            StubGateway(updates: [.problem(412, "precondition-failed", "changed")]), ["--yes", "-o", "json"])
        #expect(refused.failure?.code == .no)
        #expect(
            refused.memory.text
                == #"{"outcome":"refused","uid":"research/ml-prod/chat","audit":null,"shown":false,"#
                + #""idempotency_key":"\#(UpdateRun.key)","problem":"changed","before":\#(StubGateway.before),"#
                + #""after":null}"# + "\n")
        let dry = try await UpdateRun.of(StubGateway(), ["--dry-run", "-o", "json"])
        #expect(
            dry.memory.text
                == #"{"outcome":"not_applied","uid":"research/ml-prod/chat","audit":"\#(StubGateway.audit)","#
                + #""before":\#(StubGateway.before),"after":\#(StubGateway.after),"#
                + #""request":{"method":"POST","url":"https://nemo.example.com/v2/deployments/chat","#
                + #""body":{"config":"llama-v2"}}}"# + "\n")
    }

    @Test func aKeyIsMadeOnce() async throws {
        let gateway = StubGateway(updates: [.broken, UpdateRun.shown])
        let memory = OutputMemory()
        let command = try UpdateCommand.parse(["research/ml-prod/chat", "config=llama-v2", "--yes"])
        let environment = CommandEnvironment(
            variables: [:], workingDirectory: "/",
            terminal: Terminal(
                isInteractive: false, isErrorInteractive: false, columns: nil, environment: [:]),
            output: memory.output)
        try await command.update(in: environment, over: gateway.transport, clock: SkippingClock())
        let keys = Set(gateway.updates.compactMap { $0.header("Idempotency-Key") })
        let key = try #require(keys.first)
        #expect(keys.count == 1 && key.utf8.count == 32)
        #expect(memory.errors.hasPrefix("Idempotency-Key: \(key)\n"))
    }

    @Test(arguments: [
        [], ["research/ml-prod/chat"], ["research/ml-prod/chat", "config"], ["research", "config=x"],
        ["research//chat", "config=x"], ["research/../chat", "config=x"],
        ["research/chat?dry_run=true", "config=x"],
        ["research/a b", "config=x"], ["research/chat", "config=x", "config=y"],
        ["research/chat", "config=x", "--wait", "60"], ["research/chat", "config=x", "--if-match", ""],
        ["research/chat", "config=x", "--if-match", "\"a"],
        ["research/chat", "config=x", "--if-match", "W/\"a\""],
        ["research/chat", "config=x", "--idempotency-key", "a b"],
        ["research/chat", "config=x", "-o", "csv"],
        ["research/chat", "config=x", "--config", "rollcall.yaml"],
    ])
    func wrongUsageIsRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try UpdateCommand.parse(arguments) }
    }
}
