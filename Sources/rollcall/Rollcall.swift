import ArgumentParser

@main
struct Rollcall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollcall",
        abstract: "One API for every model you have deployed, on every platform.",
        discussion: """
            Exit codes: 0 done, 1 a check failed or was refused, 64 wrong usage, 69 nothing reachable, 70 an internal error.
            """,
        version: "rollcall \(Version.current)",
        subcommands: [
            ServeCommand.self, ListCommand.self, CheckCommand.self, AdaptersCommand.self, SandboxCommand.self,
        ])
}
