import ArgumentParser

/// `rollcall adapters`: the platforms that have an adapter file.
struct AdaptersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapters", abstract: "Show what is in adapters.d.",
        subcommands: [AdapterListCommand.self, AdapterTestCommand.self],
        defaultSubcommand: AdapterListCommand.self)
}

/// `rollcall adapters list`, which is also what `rollcall adapters` does.
struct AdapterListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show each adapter file: its platform, inputs and secrets.")

    @Option(help: "Folders with adapter files, separated by colons.")
    var adapters: String?

    func run() async throws {
        try await exiting(.current()) { environment in
            let folders = try environment.adapterFolders(flag: adapters)
            let found = try CommandWiring.describeAdapters(in: folders)
            for line in found.remarks { environment.output.print(line.neutralized()) }
            for problem in found.problems {
                environment.output.writeError("warning: \(problem.neutralized(limit: 2000))\n")
            }
        }
    }
}

/// `rollcall adapters test`: runs the tests of adapter files, offline.
struct AdapterTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run the tests in adapter files, without network.",
        discussion: "Exits with 1 if a test fails or a file is wrong.")

    @Argument(help: ArgumentHelp("Adapter files; without one, all in adapters.d.", valueName: "file"))
    var files: [String] = []

    @Option(help: "Folders with adapter files, separated by colons.")
    var adapters: String?

    func validate() throws {
        if !files.isEmpty, adapters != nil {
            throw ValidationError("Give adapter files or --adapters, not both.")
        }
    }

    func run() async throws {
        try await exiting(.current()) { environment in
            let paths = files.map { absolutePath($0, in: environment.workingDirectory) }
            let folders = files.isEmpty ? try environment.adapterFolders(flag: adapters) : []
            let finding = await CommandWiring.testAdapters(files: paths, folders: folders)
            for line in finding.remarks { environment.output.print(line.neutralized()) }
            for problem in finding.problems { environment.output.writeError(problem.neutralized() + "\n") }
            guard finding.problems.isEmpty else { throw ExitCode(CommandFailure.Code.no.rawValue) }
        }
    }
}
