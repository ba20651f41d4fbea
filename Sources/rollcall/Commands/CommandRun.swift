import ArgumentParser
import Deployments
import Glibc
import Settings

/// What every command has around it: the environment, the terminal, and where it writes.
struct CommandSurroundings: Sendable {
    /// The variables of the program's start.
    var environment: [String: String]
    /// Absolute.
    var workingDirectory: String
    var terminal: Terminal
    var output: Output

    /// This process's, read now.
    static func current() -> CommandSurroundings {
        let environment = processEnvironment()
        return CommandSurroundings(
            environment: environment, workingDirectory: currentFolder(),
            terminal: .current(environment: environment), output: .standard)
    }

    var loader: ConfigLoader {
        ConfigLoader(environment: environment, workingDirectory: workingDirectory)
    }

    /// Where adapter files are looked for when neither a configuration nor anything else names them, in this order.
    static let adapterSearchPath = [
        "./adapters.d", "/etc/rollcall/adapters.d", "/usr/share/rollcall/adapters.d",
    ]

    /// Where adapter files are without a configuration: the flag, `$ROLLCALL_ADAPTERS`, or the search path.
    ///
    /// - Throws: ``CommandFailure`` where none is named, and none stands where one is looked for.
    func adapterFolders(flag: String?) throws -> [String] {
        let named = ConfigOverrides(flags: nil, adapters: flag).over(
            ConfigOverrides(environment: environment))
        if let setting = named.adapters {
            let folders = ConfigOverrides.folders(setting.text, workingDirectory: workingDirectory)
            guard !folders.isEmpty else {
                throw CommandFailure(.usage, "\(setting.place.key) must name a folder")
            }
            return folders
        }
        let usual = Self.adapterSearchPath.map { absolutePath($0, in: workingDirectory) }
        guard let folder = usual.first(where: { access($0, R_OK) == 0 }) else {
            throw CommandFailure(
                .usage,
                "no adapter files: name their folder with --adapters or $ROLLCALL_ADAPTERS, or put it at "
                    + alternatives(Self.adapterSearchPath))
        }
        return [folder]
    }
}

extension ParsableCommand {
    /// Runs a command's work; what it throws becomes a message on standard error and an exit code.
    func exiting(
        _ surroundings: CommandSurroundings, _ work: (CommandSurroundings) async throws -> Void
    ) async throws {
        do {
            try await work(surroundings)
        } catch {
            guard let failure = CommandFailure(ending: error) else { throw error }
            surroundings.output.writeError("rollcall: \(failure.message)\n")
            throw ExitCode(failure.code.rawValue)
        }
    }
}

extension CommandFailure {
    /// What an error that ends a command means for its exit code; nil for those that are codes themselves.
    init?(ending error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let problems as SettingsError:
            self.init(
                .usage,
                "\(counted(problems.problems.count, "problem")) in the configuration\n"
                    + problems.problems.map { $0.description.neutralised(limit: 2000) }.joined(
                        separator: "\n"))
        case let error as ConfigMissing: self.init(.usage, error.description)
        case let error as FileError: self.init(.usage, error.description.neutralised())
        case is ExitCode, is CleanExit, is ValidationError: return nil
        default: self.init(.fault, "\(error)".neutralised(limit: 2000))
        }
    }
}

/// Every variable of this process; of one that stands twice, the first.
private func processEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let pair = String(cString: text)
        let name = pair.prefix { $0 != "=" }
        if !name.isEmpty, name.endIndex != pair.endIndex, variables[String(name)] == nil {
            variables[String(name)] = String(pair[name.endIndex...].dropFirst())
        }
        entry = entry.advanced(by: 1)
    }
    return variables
}

/// The working directory; `/` where it was deleted.
private func currentFolder() -> String {
    guard let text = getcwd(nil, 0) else { return "/" }
    defer { free(text) }
    return String(cString: text)
}
