import Adapters
import ArgumentParser
import Deployments
import Settings

/// `rollcall check`: whether the configuration, its secrets and its adapter files are right.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration and the adapter files, every problem at once.",
        discussion: "Exits with 1 where anything is wrong.")

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Also ask each source for one page.")
    var connect = false

    func run() async throws {
        try await exiting(.current()) { try await check(in: $0) }
    }

    private func check(in surroundings: CommandSurroundings) async throws {
        let problems = SettingsProblems()
        let config = try surroundings.loader.load(
            named: options.config, flags: ConfigOverrides(flags: nil, adapters: options.adapters),
            problems: problems)
        let sources = CommandWiring.sources(of: config, problems: problems, in: surroundings).map(\.source)
        let wouldStart = problems.isEmpty
        config.checkSecrets(environment: surroundings.environment, problems: problems)
        var findings = [CheckFinding(problems: problems.all)]
        if connect, wouldStart {
            // One whose secret cannot be read would only say the same again.
            let unready = Set(
                config.sources.filter { problems.hasProblem(within: $0.place) }.map(\.name))
            findings += await CommandWiring.connect(
                sources.filter { !unready.contains($0.description.name) })
        }
        let remark = connect && !wouldStart ? "; no source was asked" : ""
        try end(findings, sourceCount: sources.count, remark: remark, in: surroundings)
    }

    /// `remark` is for the line that tells the number of problems.
    private func end(
        _ findings: [CheckFinding], sourceCount: Int, remark: String, in surroundings: CommandSurroundings
    ) throws {
        let problems = findings.flatMap(\.problems)
        for line in findings.flatMap(\.remarks) { surroundings.output.print(line.neutralised()) }
        for problem in problems { surroundings.output.writeError(problem.neutralised(limit: 2000) + "\n") }
        guard problems.isEmpty else {
            surroundings.output.writeError(counted(problems.count, "problem") + remark + "\n")
            throw ExitCode(CommandFailure.Code.no.rawValue)
        }
        surroundings.output.print("All is well: \(counted(sourceCount, "source"))")
    }
}

/// What one part of a check found.
struct CheckFinding: Sendable, Equatable {
    /// One line each; none: this part is right.
    var problems: [String] = []
    /// What is right, and worth a line.
    var remarks: [String] = []
}

extension CheckFinding {
    init(problems: [SettingsProblem]) { self.init(problems: problems.map(\.description)) }
}
