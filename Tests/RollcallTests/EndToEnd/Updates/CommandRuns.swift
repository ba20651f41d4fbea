import ArgumentParser

@testable import rollcall

/// A command's run in the test's own process, with a gateway on a real socket.
struct CommandOutcome {
    var failure: CommandFailure?
    var output: String
    var errors: String

    /// The id of the audit record that the last message names; nil without one.
    var auditID: String? {
        (failure?.message ?? errors).firstMatch(of: /rollcall audit ([0-9a-f]{32})/).map { String($0.1) }
    }
}

extension WritingClient {
    /// Runs `rollcall update` with these arguments.
    func update(_ arguments: String...) async throws -> CommandOutcome { try await update(arguments) }

    /// Runs `rollcall update` with these arguments.
    func update(_ arguments: [String]) async throws -> CommandOutcome {
        let command = try UpdateCommand.parse(arguments + ["--gateway", gateway.base])
        return try await run {
            try await command.update(in: $0, over: gateway.client, clock: ContinuousClock())
        }
    }

    /// Runs `rollcall audit` with these arguments.
    func auditCommand(_ arguments: String...) async throws -> CommandOutcome {
        let command = try AuditCommand.parse(arguments + ["--gateway", gateway.base])
        return try await run { try await command.show(in: $0, over: gateway.client) }
    }

    private func run(_ body: (CommandEnvironment) async throws -> Void) async throws -> CommandOutcome {
        let memory = OutputMemory()
        let environment = CommandEnvironment(
            variables: ["ROLLCALL_TOKEN": Self.token], workingDirectory: "/",
            terminal: Terminal(
                isInteractive: false, isErrorInteractive: false, columns: nil, environment: [:]),
            output: memory.output)
        var failure: CommandFailure?
        do { try await body(environment) } catch let error as CommandFailure { failure = error }
        return CommandOutcome(failure: failure, output: memory.text, errors: memory.errors)
    }
}
