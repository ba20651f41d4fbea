import ArgumentParser

@main
struct Rollcall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollcall",
        abstract: "One API for every model you have deployed, on every platform.",
        discussion: """
            Exit codes: 0 done, 1 a check failed, or an update was refused or is unknown, 64 wrong usage, \
            69 nothing reachable, 70 an internal error, 74 the output could not be written.
            """,
        version: "rollcall \(Version.current)",
        subcommands: [
            ServeCommand.self, ListCommand.self, UpdateCommand.self, AuditCommand.self, CheckCommand.self,
            AdaptersCommand.self, SandboxCommand.self,
        ])

    static func main() async {
        Output.prepareProcess()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// Prints what the parser wants to be printed, such as a version or a mistake in the arguments, and ends
    /// the process.
    private static func end(with error: any Error) -> Never {
        let (code, message, output) = (exitCode(for: error), fullMessage(for: error), Output.standard)
        guard code.isSuccess else {
            if !message.isEmpty { output.writeError(message + "\n") }
            exit(withError: code)
        }
        if !message.isEmpty { output.print(message) }
        guard let lost = output.finish() else { exit(withError: code) }
        if lost.isClosedPipe { Output.endAsClosedPipe() }
        output.writeError("rollcall: \(lost)\n")
        exit(withError: ExitCode(CommandFailure.Code.output.rawValue))
    }
}
