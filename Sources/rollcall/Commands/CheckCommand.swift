import Adapters
import ArgumentParser
import Deployments
import Settings

/// `rollcall check`: finds every mistake in the configuration, its secrets, its store and its adapter files.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration and the adapter files, every problem at once.",
        discussion: "Exits with 1 if anything is wrong.")

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Also request one page from each source.")
    var connect = false

    func run() async throws {
        try await exiting(.current()) { try await check(in: $0) }
    }

    private func check(in environment: CommandEnvironment) async throws {
        let problems = SettingsProblems()
        let config = try environment.loader.load(
            named: options.config, flags: ConfigOverrides(flags: nil, adapters: options.adapters),
            problems: problems)
        let assembly = CommandWiring.assembly(of: config, problems: problems, in: environment)
        let sources = assembly.sources(problems: problems).map(\.source)
        let wouldStart = problems.isEmpty
        config.checkSecrets(environment: environment.variables, problems: problems) {
            assembly.use(ofSecret: $1, in: $0)
        }
        var findings = [
            CheckFinding(
                problems: problems.all.map(\.description), remarks: problems.warnings.map { "warning: \($0)" }
            ), CommandWiring.storeFinding(of: config),
        ]
        if connect, wouldStart {
            // A source whose secret cannot be read would only report the same problem again.
            let unready = Set(
                config.sources.filter { problems.hasProblem(within: $0.location) }.map(\.name))
            findings += await CommandWiring.connect(
                sources.filter { !unready.contains($0.description.name) }, rules: config.rules)
        }
        let remark = connect && !wouldStart ? "; no source was contacted" : ""
        try end(findings, sourceCount: sources.count, remark: remark, in: environment)
    }

    /// Prints the findings; `remark` follows the number of problems.
    private func end(
        _ findings: [CheckFinding], sourceCount: Int, remark: String, in environment: CommandEnvironment
    ) throws {
        let problems = findings.flatMap(\.problems)
        for line in findings.flatMap(\.remarks) { environment.output.print(line.neutralized()) }
        for problem in problems { environment.output.writeError(problem.neutralized(limit: 2000) + "\n") }
        guard problems.isEmpty else {
            environment.output.writeError(counted(problems.count, "problem") + remark + "\n")
            throw ExitCode(CommandFailure.Code.no.rawValue)
        }
        environment.output.print("No problems: \(counted(sourceCount, "source"))")
    }
}

/// The findings of one part of a check.
struct CheckFinding: Sendable, Equatable {
    /// Problems, one line each; empty: this part has none.
    var problems: [String] = []
    /// Remarks on parts without problems, one line each.
    var remarks: [String] = []
}

extension CheckFinding {
    init(problems: [SettingsProblem]) { self.init(problems: problems.map(\.description)) }
}
