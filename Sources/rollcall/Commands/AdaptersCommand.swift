import ArgumentParser

/// `rollcall adapters`: the platforms that there are files for.
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

    @Option(help: "Where adapter files are: folders with colons between them.")
    var adapters: String?

    func run() async throws {
        try await exiting(.current()) { surroundings in
            let folders = try surroundings.adapterFolders(flag: adapters)
            for line in try CommandWiring.describeAdapters(in: folders) {
                surroundings.output.print(line.neutralised())
            }
        }
    }
}

/// `rollcall adapters test`: a manifest's own tests, offline.
struct AdapterTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run the tests that stand in adapter files; no network is used.",
        discussion: "Exits with 1 where a test failed or a file is wrong.")

    @Argument(help: ArgumentHelp("Adapter files; without one, all in adapters.d.", valueName: "file"))
    var files: [String] = []

    @Option(help: "Where adapter files are: folders with colons between them.")
    var adapters: String?

    func validate() throws {
        if !files.isEmpty, adapters != nil {
            throw ValidationError("--adapters names folders, and files are named already: give one.")
        }
    }

    func run() async throws {
        try await exiting(.current()) { surroundings in
            let paths = files.map { absolutePath($0, in: surroundings.workingDirectory) }
            let folders = files.isEmpty ? try surroundings.adapterFolders(flag: adapters) : []
            let finding = await CommandWiring.testAdapters(files: paths, folders: folders)
            for line in finding.remarks { surroundings.output.print(line.neutralised()) }
            for problem in finding.problems { surroundings.output.writeError(problem.neutralised() + "\n") }
            guard finding.problems.isEmpty else { throw ExitCode(CommandFailure.Code.no.rawValue) }
        }
    }
}
