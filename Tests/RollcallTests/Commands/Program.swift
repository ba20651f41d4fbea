import Foundation
import Sandbox
import Testing

@testable import rollcall

/// The program as it was built beside the tests, run as a user runs it.
struct Program {
    /// The end of a run, and all that it wrote.
    struct Outcome {
        /// 0 to 255; -1 if a signal ended it.
        var code: Int32
        var output: String
        var errors: String

        var lines: [String] {
            output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// A folder of the test's own: the working directory of every run.
    let folder: URL

    /// Runs `body` with a folder that is removed afterwards.
    static func inFolder(_ body: (Program) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(Program(folder: folder))
    }

    /// Writes a configuration for these sources, as YAML lines; returns its name.
    func configuration(
        _ lines: [String], named name: String = "rollcall.yaml",
        listen: String? = "listen: {host: 127.0.0.1, port: 0}"
    ) throws -> String {
        let head = ["version: 1", listen, "adapters: \(repositoryRoot)/adapters.d"].compactMap { $0 }
        try (head + lines).joined(separator: "\n").write(
            to: folder.appending(path: name), atomically: true, encoding: .utf8)
        return name
    }

    /// Runs it to its end.
    func callAsFunction(_ arguments: String..., environment: [String: String] = [:]) async throws -> Outcome {
        try await start(arguments, environment: environment).end()
    }

    /// Starts it; the caller ends it.
    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Run {
        try Run(Self.path(), arguments, environment: environment, in: folder)
    }

    /// Starts it with a limit on the size of its files, beyond which writing fails; the caller ends it.
    func start(
        _ arguments: [String], environment: [String: String] = [:], fileLimitKiB: Int
    ) throws -> Run {
        // The signal that goes with it would end the program; ignored, it stays so across `exec`.
        let script = "trap '' XFSZ; ulimit -S -f \(fileLimitKiB); exec \"$0\" \"$@\""
        return try Run(
            "/bin/bash", ["-c", script, Self.path()] + arguments, environment: environment, in: folder)
    }

    /// Starts it by a shell's script, in which `"$0" "$@"` is the program; the caller ends it.
    func start(_ arguments: [String], by script: String, environment: [String: String] = [:]) throws -> Run {
        try Run(
            "/bin/bash", ["-c", script, Self.path()] + arguments, environment: environment, in: folder)
    }

    /// Starts it after a shell's command, such as one that sets a limit; the caller ends it.
    func start(
        _ arguments: [String], after command: String, environment: [String: String] = [:]
    ) throws -> Run {
        try start(arguments, by: #"\#(command); exec "$0" "$@""#, environment: environment)
    }

    /// Lets a run's files grow again.
    static func liftFileLimit(of id: Int32) async throws { try await limit(id, "--fsize=unlimited") }

    /// Sets a limit of a running program, as an option of `prlimit`.
    static func limit(_ id: Int32, _ option: String) async throws {
        let lifting = Process()
        lifting.executableURL = URL(filePath: "/usr/bin/prlimit")
        lifting.arguments = ["--pid", "\(id)", option]
        let ended = OneValue<Int32>()
        lifting.terminationHandler = { ended.set($0.terminationStatus) }
        try lifting.run()
        let status = try await ended.value
        try #require(status == 0)
    }

    /// The program, which the build puts beside the tests' executable; else in the project's build folder.
    private static func path() throws -> String {
        let own = [CommandLine.arguments.first ?? "", "/proc/self/exe"].map {
            URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent()
        }
        let folders = own + [URL(filePath: repositoryRoot).appending(path: ".build/debug")]
        let paths = folders.map { $0.appending(path: "rollcall").path }
        return try #require(
            paths.first { FileManager.default.isExecutableFile(atPath: $0) }, "not built: \(paths)")
    }

    /// One run: its output goes to files, so that nothing waits for a reader.
    final class Run {
        private let process = Process()
        private let ended = OneValue<Int32>()
        private let output: URL
        private let errors: URL

        fileprivate init(
            _ path: String, _ arguments: [String], environment: [String: String], in folder: URL
        ) throws {
            let name = UUID().uuidString
            output = folder.appending(path: "\(name).out")
            errors = folder.appending(path: "\(name).err")
            for file in [output, errors] { try Data().write(to: file) }
            process.executableURL = URL(filePath: path)
            process.arguments = arguments
            process.currentDirectoryURL = folder
            let inherited = ProcessInfo.processInfo.environment.filter {
                ["PATH", "HOME", "LD_LIBRARY_PATH"].contains($0.key)
            }
            process.environment = inherited.merging(environment) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = try FileHandle(forWritingTo: errors)
            process.terminationHandler = { [ended] process in
                ended.set(process.terminationReason == .exit ? process.terminationStatus : -1)
            }
            try process.run()
        }

        var id: Int32 { process.processIdentifier }

        func terminate() { process.terminate() }

        /// Waits for its end without blocking a thread of the pool.
        ///
        /// Kills it after `limit`, or at the suite's time limit if `limit` is nil.
        func end(within limit: Duration? = nil) async throws -> Outcome {
            let code = await withTaskGroup(of: Void.self) { [id, ended] group in
                if let limit {
                    group.addTask {
                        if (try? await Task.sleep(for: limit)) != nil { kill(id, SIGKILL) }
                    }
                }
                let code = await withTaskCancellationHandler {
                    // In a task of its own, which is not cancelled: the end comes after the kill, too.
                    (try? await Task { try await ended.value }.value) ?? -1
                } onCancel: {
                    kill(id, SIGKILL)
                }
                group.cancelAll()
                return code
            }
            return Outcome(
                code: code, output: try String(contentsOf: output, encoding: .utf8),
                errors: try String(contentsOf: errors, encoding: .utf8))
        }

        /// The URL that `serve` says it serves.
        func servedURL() async throws -> String {
            let log = try await text(of: errors, containing: "\"url\":\"")
            let url = try #require(log.firstMatch(of: /"message":"serving".*"url":"([^"]*)"/))
            return String(url.1)
        }

        /// The log, once it contains `wanted`.
        func log(containing wanted: String) async throws -> String {
            try await text(of: errors, containing: wanted)
        }

        func hangUp() { kill(id, SIGHUP) }

        /// The output, once it contains `wanted`.
        func output(containing wanted: String) async throws -> String {
            try await text(of: output, containing: wanted)
        }

        private func text(of file: URL, containing wanted: String) async throws -> String {
            var text = ""
            try await poll(until: "`\(wanted)`, where there is: \(text)") {
                // It may end right after it wrote.
                let isRunning = process.isRunning
                text = try String(contentsOf: file, encoding: .utf8)
                // An incomplete last line is read at the next poll.
                if text.contains(wanted), text.hasSuffix("\n") { return true }
                try #require(isRunning, "\((try? String(contentsOf: errors, encoding: .utf8)) ?? "")")
                return false
            }
            return text
        }
    }
}

extension Program {
    /// Three sources of a sandbox, as lines of a configuration.
    static func sources(_ base: String) -> [String] {
        ["sources:"]
            + [("research", "nemo"), ("ali", "dashscope"), ("deepinfra", "deploy-list")].map {
                name, dialect in
                "  - {name: \(name), adapter: \(dialect), base_url: \"\(base)/\(dialect)\", "
                    + "secrets: {token: {env: TOKEN}}}"
            }
    }
}

/// The environment with the token that ``stillSandbox()`` requires.
let sandboxToken = ["TOKEN": "sandbox-token"]

/// The configuration of a small sandbox that requires ``sandboxToken``.
func stillSandbox() -> SandboxConfig {
    var config = SandboxConfig()
    config.setRows(12)
    config.changesOverTime = false
    config.token = "sandbox-token"
    return config
}

/// Runs `body` with a small sandbox that does not change.
func withRunningSandbox(
    _ body: (_ base: String, _ fleet: SandboxFleet) async throws -> Void
) async throws {
    let fleet = SandboxFleet(config: stillSandbox(), now: Assembly.now)
    try await withServer(makeSandboxRouter(fleet: fleet), beforeEnd: { fleet.stop() }) { base in
        try await body(base, fleet)
    }
}
