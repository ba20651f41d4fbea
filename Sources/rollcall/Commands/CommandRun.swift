import ArgumentParser
import Deployments
import Glibc
import Settings

/// The surroundings of a command: environment variables, working directory, terminal and output.
struct CommandEnvironment: Sendable {
    /// The environment variables, as at the program's start.
    var variables: [String: String]
    /// An absolute path.
    var workingDirectory: String
    var terminal: Terminal
    var output: Output
    /// Reads a line of the standard input without its end; nil at the end of the input.
    var readLine: @Sendable () -> String? = { Swift.readLine() }

    /// The surroundings of this process, read now.
    static func current() -> CommandEnvironment {
        let variables = processVariables()
        return CommandEnvironment(
            variables: variables, workingDirectory: currentFolder(),
            terminal: .current(environment: variables), output: .standard)
    }

    var loader: ConfigLoader {
        ConfigLoader(environment: variables, workingDirectory: workingDirectory)
    }

    /// The folders that are searched for adapter files, in this order, where nothing names one.
    static let adapterSearchPath = [
        "./adapters.d", "/etc/rollcall/adapters.d", "/usr/share/rollcall/adapters.d",
    ]

    /// The adapter folders without a configuration: by the flag, `$ROLLCALL_ADAPTERS`, or the search path.
    ///
    /// - Throws: ``CommandFailure`` where nothing names a folder and the search path has none.
    func adapterFolders(flag: String?) throws -> [String] {
        let named = ConfigOverrides(flags: nil, adapters: flag).over(
            ConfigOverrides(environment: variables))
        if let setting = named.adapters {
            let folders = ConfigOverrides.folders(setting.text, workingDirectory: workingDirectory)
            guard !folders.isEmpty else {
                throw CommandFailure(.usage, "\(setting.location.key) must name a folder")
            }
            return folders
        }
        let usual = Self.adapterSearchPath.map { absolutePath($0, in: workingDirectory) }
        guard let folder = usual.first(where: { access($0, R_OK) == 0 }) else {
            throw CommandFailure(
                .usage,
                "no adapter files found: name their folder with --adapters or $ROLLCALL_ADAPTERS, or create "
                    + alternatives(Self.adapterSearchPath))
        }
        return [folder]
    }
}

extension ParsableCommand {
    /// Runs a command's work; an error, or output that was lost, becomes a message on standard error and an
    /// exit code.
    ///
    /// A service's output only introduces it, so it `outlivesReaders`: they may go away.
    func exiting(
        _ environment: CommandEnvironment, outlivesReaders: Bool = false,
        _ work: (CommandEnvironment) async throws -> Void
    ) async throws {
        var end: (any Error)?
        do { try await work(environment) } catch { end = error }
        // A bare exit code belongs to an answer; where that was lost, the loss is reported instead.
        if end == nil || end is ExitCode, let lost = environment.output.finish() {
            if !lost.isClosedPipe {
                end = CommandFailure(.output, lost.description)
            } else if !outlivesReaders {
                Output.endAsClosedPipe()
            }
        }
        guard let end else { return }
        guard let failure = CommandFailure(ending: end) else { throw end }
        environment.output.writeError("rollcall: \(failure.message)\n")
        throw ExitCode(failure.code.rawValue)
    }
}

extension CommandFailure {
    /// The failure to report for an error; nil for an error that ArgumentParser turns into an exit code.
    init?(ending error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let problems as SettingsError:
            self.init(
                .usage,
                "\(counted(problems.problems.count, "problem")) in the configuration\n"
                    + problems.problems.map { $0.description.neutralized(limit: 2000) }.joined(
                        separator: "\n"))
        case let error as ConfigMissing: self.init(.usage, error.description)
        case let error as FileError: self.init(.usage, error.description.neutralized())
        case is ExitCode, is CleanExit, is ValidationError: return nil
        default: self.init(.fault, "\(error)".neutralized(limit: 2000))
        }
    }
}

/// All environment variables of this process; if a name occurs twice, its first value.
private func processVariables() -> [String: String] {
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
