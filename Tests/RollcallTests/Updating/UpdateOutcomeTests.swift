import TestSupport
import Testing
import Upstream

@testable import rollcall

/// What `rollcall update` makes of every answer to an update that was sent.
@Suite(.timeLimit(.minutes(10))) struct UpdateOutcomeTests {
    @Test(
        arguments: [
            (
                StubGateway.Answer.problem(412, "precondition-failed", "the deployment has changed"),
                "not updated: the deployment has changed\n"
                    + "Look again with --dry-run; with --if-match '*' it is sent whatever the revision is."
            ),
            (
                .problem(
                    502, "upstream-refused", "the platform refused the update: 400",
                    more: #","errors":[{"member":"config","detail":"was refused by the platform"}]"#),
                "not updated: the platform refused the update: 400\nconfig: was refused by the platform"
            ),
            (
                .problem(422, "key-reused", "this `Idempotency-Key` was used for another request"),
                "not updated: this `Idempotency-Key` was used for another request"
            ),
            (
                .problem(503, "store-unavailable", "it cannot be recorded, so nothing was sent"),
                "not updated: it cannot be recorded, so nothing was sent"
            ),
            (
                .problem(504, "not-fresh-enough", "the list could not be fetched"),
                "not updated: the list could not be fetched"
            ),
        ] as [(StubGateway.Answer, String)])
    func aRefusalIsFinal(_ answer: StubGateway.Answer, _ message: String) async throws {
        let gateway = StubGateway(updates: [answer])
        let run = try await UpdateRun.of(gateway)
        #expect(run.failure == CommandFailure(.no, message))
        #expect(gateway.updates.count == 1)
    }

    @Test func aBrokenConnectionRepeatsTheSameRequestWithTheSameKey() async throws {
        let gateway = StubGateway(updates: [
            .broken, .response(.text("<html>", status: 502)),
            .problem(500, "internal", "a fault of the gateway"),
            .problem(503, "overloaded", "no connection is free"), UpdateRun.shown,
        ])
        let run = try await UpdateRun.of(gateway)
        #expect(run.failure == nil)
        #expect(run.memory.text == UpdateRun.preview + UpdateRun.updated)
        #expect(
            run.memory.errors == UpdateRun.keyLine + """
                No answer (unreachable (the connection ended)); sending it again with the same key.
                No answer (HTTP 502, not of a gateway); sending it again with the same key.
                No answer (a fault of the gateway); sending it again with the same key.
                No answer (no connection is free); sending it again with the same key.

                """)
        let updates = gateway.updates
        #expect(updates.count == 5)
        #expect(Set(updates.map { $0.header("Idempotency-Key") }) == [UpdateRun.key])
        #expect(Set(updates.map { $0.header("If-Match") }).count == 1)
        #expect(Set(updates.map(\.body)).count == 1)
    }

    @Test func whatNeverGetsAnAnswerIsUnknown() async throws {
        let gateway = StubGateway(updates: [.broken, .unreachable])
        let run = try await UpdateRun.of(gateway)
        #expect(
            run.failure
                == CommandFailure(
                    .no,
                    """
                    it is not known whether the update was applied: no answer: unreachable (no connection)
                    Find out with: rollcall audit idempotency_key=\(UpdateRun.key)
                    To ask again, add --idempotency-key \(UpdateRun.key) --if-match '9b84943f525502a8': a gateway that has it \
                    does not send it twice.
                    """))
        #expect(gateway.updates.count == 5)
    }

    @Test func whatNeverReachedAGatewayWasNotSent() async throws {
        let gateway = StubGateway(updates: [.unreachable])
        let run = try await UpdateRun.of(gateway)
        #expect(
            run.failure
                == CommandFailure(
                    .unreachable, "not updated: no gateway could be reached: unreachable (no connection)"))
        #expect(gateway.updates.count == 5)
    }

    @Test func anUpdateInFlightIsWaitedFor() async throws {
        let busy = StubGateway.Answer.problem(409, "conflict", "in flight", headers: [("retry-after", "2")])
        let gateway = StubGateway(updates: [busy, busy, UpdateRun.shown])
        let run = try await UpdateRun.of(gateway)
        #expect(run.failure == nil)
        #expect(gateway.updates.count == 3)
        #expect(Set(gateway.updates.map { $0.header("Idempotency-Key") }) == [UpdateRun.key])
    }

    @Test func anUpdateThatStaysInFlightIsUnknown() async throws {
        let gateway = StubGateway(updates: [
            .problem(409, "conflict", "in flight", headers: [("retry-after", "7")])
        ])
        let run = try await UpdateRun.of(gateway, ["--yes", "--wait", "30s"])
        #expect(run.failure?.code == .no)
        #expect(
            run.failure?.message.hasPrefix("it is not known whether the update was applied: in flight\n")
                == true)
        // At 0, 7, 14, 21 and 28 seconds.
        #expect(gateway.updates.count == 5)
    }

    @Test func anAcceptedUpdateIsFollowedUntilTheListShowsIt() async throws {
        let gateway = StubGateway(
            updates: [.json(202, #"{"data":null,"audit":"\#(StubGateway.audit)"}"#)],
            records: [
                UpdateRun.record("applied"), .broken,
                UpdateRun.record("applied", shownAt: "2026-12-01T12:00:00.000000Z"),
            ])
        let run = try await UpdateRun.of(gateway)
        #expect(run.failure == nil)
        #expect(run.memory.text == UpdateRun.preview + UpdateRun.updated)
        #expect(
            run.memory.errors
                == UpdateRun.keyLine + "The platform has applied it; waiting until its list shows that.\n")
        #expect(
            gateway.requests.suffix(3)
                == Array(repeating: "GET /v1/audit/\(StubGateway.audit)", count: 3)[...])
        #expect(gateway.updates.count == 1)
    }

    @Test func anAcceptedUpdateThatTheListDoesNotShowIsDoneAllTheSame() async throws {
        let gateway = StubGateway(
            updates: [.json(202, #"{"data":\#(StubGateway.listed)}"#)], records: [UpdateRun.record("applied")]
        )
        let run = try await UpdateRun.of(gateway, ["--yes", "--wait", "5s"])
        #expect(run.failure == nil)
        #expect(
            run.memory.text == UpdateRun.preview
                + UpdateRun.updated.replacing("Updated.", with: "The platform has applied the update."))
        #expect(
            run.memory.errors.hasSuffix(
                "Its list does not show it yet; find out with: rollcall audit \(StubGateway.audit)\n"))
        #expect(gateway.requests.filter { $0.hasPrefix("GET /v1/audit/") }.count == 5)
    }

    @Test func anUnknownOutcomeIsFoundOut() async throws {
        let gateway = StubGateway(
            updates: [UpdateRun.unknown],
            records: [
                UpdateRun.record("unknown"), UpdateRun.record("unknown"),
                UpdateRun.record("applied", shownAt: "2026-12-01T12:00:00.000000Z"),
            ])
        let run = try await UpdateRun.of(gateway)
        #expect(run.failure == nil)
        #expect(run.memory.text == UpdateRun.preview + UpdateRun.updated)
        #expect(gateway.updates.count == 1)
    }

    @Test func anOutcomeThatStaysUnknownSaysHowToFindOut() async throws {
        let gateway = StubGateway(updates: [UpdateRun.unknown], records: [UpdateRun.record("unknown")])
        let run = try await UpdateRun.of(gateway, ["--yes", "--wait", "10s"])
        #expect(
            run.failure
                == CommandFailure(
                    .no,
                    """
                    it is not known whether the update was applied: nothing says whether it was applied
                    Find out with: rollcall audit \(StubGateway.audit)
                    To ask again, add --idempotency-key \(UpdateRun.key) --if-match '9b84943f525502a8': a gateway that has it \
                    does not send it twice.
                    """))
        #expect(gateway.requests.filter { $0.hasPrefix("GET /v1/audit/") }.count == 10)
        #expect(gateway.updates.count == 1)
    }

    @Test func anOutcomeThatTurnsOutToBeARefusalIsOne() async throws {
        let gateway = StubGateway(
            updates: [UpdateRun.unknown],
            records: [
                UpdateRun.record(
                    "refused", problem: #"{"type":"urn:rollcall:problem:upstream-refused","detail":"400"}"#)
            ])
        let run = try await UpdateRun.of(gateway)
        #expect(run.failure == CommandFailure(.no, "not updated: 400"))
    }

    @Test func withoutTheRightAuditTheDeploymentItselfIsRead() async throws {
        let gateway = StubGateway(
            updates: [UpdateRun.unknown], records: [.problem(403, "forbidden", "lacks the right `audit`")],
            rows: [
                .json(200, #"{"data":\#(StubGateway.before)}"#), .broken,
                .json(200, #"{"data":\#(StubGateway.listed)}"#),
            ])
        let run = try await UpdateRun.of(gateway)
        #expect(run.failure == nil)
        #expect(run.memory.text == UpdateRun.preview + UpdateRun.updated)
        #expect(
            run.memory.errors.hasSuffix(
                "This token lacks the right `audit`; reading the deployment itself.\n"))
        #expect(gateway.requests.filter { $0.hasPrefix("GET /v1/audit/") }.count == 1)
    }

    @Test func aRowThatLookedSoBeforeProvesNothing() async throws {
        let gateway = StubGateway(
            dryRun: .json(
                200,
                """
                {"data":{"before":\(StubGateway.before),"after":\(StubGateway.before),
                "request":{"method":"POST","url":"https://nemo.example.com/","body":null}}}
                """),
            updates: [UpdateRun.unknown], records: [.problem(403, "forbidden", "no")],
            rows: [.json(200, #"{"data":\#(StubGateway.before)}"#)])
        let run = try await UpdateRun.of(gateway, ["--yes", "--wait", "5s"], members: ["config=llama-v1"])
        #expect(run.failure?.code == .no)
        #expect(run.failure?.message.hasPrefix("it is not known") == true)
    }
}
