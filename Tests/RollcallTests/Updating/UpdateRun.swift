import ArgumentParser
import Deployments
import TestSupport
import Upstream

@testable import rollcall

/// A run of `rollcall update` over a ``StubGateway``, without a process.
struct UpdateRun {
    var failure: CommandFailure?
    var memory: OutputMemory

    static let key = "5f0c1e2d3b4a59687786a5b4c3d2e1f0"

    /// Runs it to its end; with an answer, on a terminal.
    static func of(
        _ gateway: StubGateway, _ flags: [String] = ["--yes"], members: [String] = ["config=llama-v2"],
        answering answer: String? = nil, hasToken: Bool = true
    ) async throws -> UpdateRun {
        let memory = OutputMemory()
        let environment = CommandEnvironment(
            variables: hasToken ? ["ROLLCALL_TOKEN": "t0ken"] : [:], workingDirectory: "/",
            terminal: Terminal(
                isInteractive: false, isErrorInteractive: answer != nil, isInputInteractive: answer != nil,
                columns: nil, environment: [:]),
            output: memory.output, readLine: { answer })
        let arguments = ["research/ml-prod/chat"] + members + ["--idempotency-key", key] + flags
        let command = try UpdateCommand.parse(arguments)
        do {
            if answer == nil {
                try await command.update(in: environment, over: gateway.transport, clock: SkippingClock())
            } else {
                // On a terminal a line of progress would appear as time passes.
                try await command.update(in: environment, over: gateway.transport, clock: ManualClock())
            }
            return UpdateRun(memory: memory)
        } catch let failure as CommandFailure {
            return UpdateRun(failure: failure, memory: memory)
        }
    }

    static let preview = """
        research/ml-prod/chat

        MEMBER  NOW       THEN
        config  llama-v1  llama-v2

        The platform would get:
        POST https://nemo.example.com/v2/deployments/chat
        {"config":"llama-v2"}


        """
    static let updated = """
        Updated.

        MEMBER   BEFORE    AFTER
        version  1         2
        config   llama-v1  llama-v2

        """
    static let keyLine = "Idempotency-Key: \(key)\n"
    static let shown = StubGateway.Answer.json(200, #"{"data":\#(StubGateway.listed)}"#)
    static let unknown = StubGateway.Answer.problem(
        504, "outcome-unknown", "nothing says whether it was applied",
        headers: [("rollcall-audit", StubGateway.audit)])

    static func record(_ outcome: String, shownAt: String? = nil, problem: String = "null")
        -> StubGateway.Answer
    {
        .json(
            200,
            #"{"data":{"id":"\#(StubGateway.audit)","outcome":"\#(outcome)","problem":\#(problem),"#
                + #""shown_at":\#(shownAt.map { "\"\($0)\"" } ?? "null"),"after":\#(StubGateway.listed)}}"#)
    }
}
