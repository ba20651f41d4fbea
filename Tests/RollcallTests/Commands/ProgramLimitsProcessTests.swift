import Foundation
import Testing
import Upstream

@testable import rollcall

/// The program at the limits of its process, and when a signal ends it.
@Suite(.timeLimit(.minutes(10)), .serialized) struct ProgramLimitsProcessTests {
    private static let source = [
        "store: \"memory:\"", "sources:",
        "  - {name: research, adapter: nemo, base_url: \"http://127.0.0.1:1\", secrets: {token: {env: TOKEN}}}",
    ]

    /// Runs `serve` after a shell's command, while `body` runs.
    private func serving(
        after command: String, _ body: (Program.Run, _ url: String) async throws -> Void
    ) async throws {
        try await Program.inFolder { program in
            let name = try program.configuration(Self.source)
            let run = try program.start(
                ["serve", "--config", name], after: command, environment: ["TOKEN": "sandbox-token"])
            let url = try await run.servedURL()
            do { try await body(run, url) } catch {
                kill(run.id, SIGKILL)
                throw error
            }
            run.terminate()
            _ = try await run.end()
        }
    }

    private func status(of url: String) async throws -> Int {
        let transport = CurlTransport(userAgent: "test")
        defer { transport.shutDown() }
        return try await transport.send(UpstreamRequest(url: url)).status
    }

    @Test func aSoftLimitOfOpenFilesIsRaisedToTheHardOne() async throws {
        try await serving(after: "ulimit -S -n 64; ulimit -H -n 2048") { run, _ in
            let limits = try String(contentsOfFile: "/proc/\(run.id)/limits", encoding: .utf8)
            let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
            #expect(line.split(separator: " ").prefix(5) == ["Max", "open", "files", "2048", "2048"])
        }
    }

    @Test func fewFilesMeanFewConnectionsAndAWarning() async throws {
        try await serving(after: "ulimit -n 64") { run, url in
            let log = try await run.log(containing: "fewer connections than configured")
            let line = try #require(log.split(separator: "\n").first { $0.contains("fewer connections") })
            #expect(line.contains("\"connections\":\"26\""))
            #expect(line.contains("\"files\":\"64\""))
            #expect(line.contains("\"wanted\":\"1024\""))
            #expect(try await status(of: url + "/healthz") == 200)
        }
    }

    @Test func withoutAFreeFileItWaitsSaysSoOnceAndGoesOn() async throws {
        try await serving(after: "ulimit -n 4096") { run, url in
            #expect(try await status(of: url + "/healthz") == 200)
            try await Program.limit(run.id, "--nofile=4:4096")
            async let health = status(of: url + "/healthz")
            _ = try await run.log(containing: "connections cannot be accepted")
            try await Program.limit(run.id, "--nofile=4096:4096")
            #expect(try await health == 200)
            let log = try await run.log(containing: "connections cannot be accepted")
            #expect(log.split(separator: "\n").count(where: { $0.contains("cannot be accepted") }) == 1)
            #expect(log.contains("Too many open files"))
        }
    }

    @Test func anAbortEndsItAtOnce() async throws {
        try await Program.inFolder { program in
            let name = try program.configuration(Self.source)
            let run = try program.start(["serve", "--config", name], environment: ["TOKEN": "sandbox-token"])
            _ = try await run.servedURL()
            kill(run.id, SIGABRT)
            let outcome = try await run.end()
            #expect(outcome.code == -1)
            #expect(!outcome.errors.contains("Backtracing"))
        }
    }
}
