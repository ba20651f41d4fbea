import ArgumentParser
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
        let flags = ConfigOverrides(flags: nil, adapters: options.adapters)
        let config: GatewayConfig
        do {
            config = try surroundings.loader.load(named: options.config, flags: flags)
        } catch let error as SettingsError {
            // A usage error elsewhere; here it is the answer.
            try end([CheckFinding(problems: error.problems)], in: surroundings)
            return
        }
        let secrets = config.missingSecrets(environment: surroundings.environment)
        var findings = [CheckFinding(problems: secrets.map(\.description))]
        let adapters = try CommandWiring.checkAdapters(config, in: surroundings)
        findings.append(adapters)
        // Asking a source whose adapter is wrong would only say the same in other words.
        if connect, adapters.problems.isEmpty {
            findings += try await CommandWiring.connect(config, in: surroundings)
        }
        try end(findings, in: surroundings, config: config)
    }

    private func end(
        _ findings: [CheckFinding], in surroundings: CommandSurroundings, config: GatewayConfig? = nil
    ) throws {
        let problems = findings.flatMap(\.problems)
        for line in findings.flatMap(\.remarks) { surroundings.output.print(line.neutralised()) }
        for problem in problems { surroundings.output.writeError(problem.neutralised(limit: 2000) + "\n") }
        guard problems.isEmpty else {
            surroundings.output.writeError("\(problems.count) problem\(problems.count == 1 ? "" : "s")\n")
            throw ExitCode(CommandFailure.Code.no.rawValue)
        }
        let sources = config?.sources.count { $0.isEnabled } ?? 0
        surroundings.output.print("All is well: \(sources) source\(sources == 1 ? "" : "s")")
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
