import Foundation
import Sandbox
import Testing

@testable import rollcall

/// Standard output that cannot be written, or that nobody reads.
@Suite(.timeLimit(.minutes(10)), .serialized) struct ProgramOutputTests {
    /// Opens the pipe 3, whose reader has ended.
    static let withoutReader = "exec 3> >(:); wait $!; "
    static let fullDisk = "rollcall: the output could not be written: No space left on device\n"

    @Test(arguments: [
        ["list", "--config", "rollcall.yaml"], ["list", "--config", "rollcall.yaml", "--strict"],
        ["list", "--config", "rollcall.yaml", "--output", "json"],
        ["list", "--config", "rollcall.yaml", "--output", "csv"],
        ["list", "--config", "rollcall.yaml", "--output", "ndjson", "--strict"],
        ["check", "--config", "rollcall.yaml"],
    ])
    func aFullDiskIs74AndSaysSo(_ arguments: [String]) async throws {
        try await withRunningSandbox { base, _ in
            try await Program.inFolder { program in
                _ = try program.configuration(Program.sources(base))
                let run = try program.start(
                    arguments, by: #"exec "$0" "$@" > /dev/full"#, environment: sandboxToken)
                let outcome = try await run.end()
                #expect(outcome.code == 74)
                #expect(outcome.errors == Self.fullDisk)
                let well = try await program.start(arguments, environment: sandboxToken).end()
                #expect(well.code == 0 && !well.output.isEmpty, "\(well.errors)")
            }
        }
    }

    @Test(arguments: [
        ["--version"], ["--help"], ["list", "--help"], [], ["adapters", "--adapters", "ADAPTERS"],
        ["adapters", "test", "--adapters", "ADAPTERS"],
    ])
    func aFullDiskIs74ForWhatNeedsNoConfiguration(_ arguments: [String]) async throws {
        try await Program.inFolder { program in
            let arguments = arguments.map { $0 == "ADAPTERS" ? repositoryRoot + "/adapters.d" : $0 }
            let outcome = try await program.start(arguments, by: #"exec "$0" "$@" > /dev/full"#).end()
            #expect(outcome.code == 74)
            #expect(outcome.errors == Self.fullDisk)
            let closed = try await program.start(arguments, by: #"exec "$0" "$@" >&-"#).end()
            #expect(closed.code == 74)
            #expect(closed.errors == "rollcall: the output could not be written: Bad file descriptor\n")
        }
    }

    /// A file that the program opens must not get the number of a descriptor that was closed.
    @Test func noFileIsTakenForAClosedOutput() async throws {
        try await withRunningSandbox { base, _ in
            try await Program.inFolder { program in
                let name = try program.configuration(["store: sqlite:kept.sqlite"] + Program.sources(base))
                let run = try program.start(
                    ["check", "--config", name], by: #"exec "$0" "$@" <&- >&- 2>&-"#,
                    environment: sandboxToken)
                let outcome = try await run.end()
                #expect(outcome.code == 74)
                #expect(outcome.output.isEmpty && outcome.errors.isEmpty)
            }
        }
    }

    @Test(arguments: [
        ["list", "--config", "rollcall.yaml"],
        ["list", "--config", "rollcall.yaml", "--output", "ndjson", "--strict"],
        ["check", "--config", "rollcall.yaml"], ["--version"],
    ])
    func aReaderThatHasGoneEndsItWithoutAWord(_ arguments: [String]) async throws {
        try await withRunningSandbox { base, _ in
            try await Program.inFolder { program in
                _ = try program.configuration(Program.sources(base))
                let run = try program.start(
                    arguments, by: Self.withoutReader + #"exec "$0" "$@" >&3 3>&-"#,
                    environment: sandboxToken)
                let outcome = try await run.end()
                // Ended by SIGPIPE, as `cat` is.
                #expect(outcome.code == -1)
                #expect(outcome.errors.isEmpty)
            }
        }
    }

    @Test func aGatewayWhoseLogNobodyReadsServesOn() async throws {
        try await withRunningSandbox { base, fleet in
            try await Program.inFolder { program in
                let name = try program.configuration(["store: 'memory:'"] + Program.sources(base))
                let run = try program.start(
                    ["serve", "--config", name],
                    by: Self.withoutReader + #"exec "$0" "$@" >&3 2>&3 3>&-"#, environment: sandboxToken)
                defer { run.terminate() }
                try await poll(until: "platforms are requested") { fleet.requestCount(.nemo) > 0 }
                run.terminate()
                #expect(try await run.end().code == 0)
            }
        }
    }

    @Test func aDemoWhoseIntroductionNobodyReadsServesOn() async throws {
        try await Program.inFolder { program in
            let run = try program.start(
                ["serve", "--demo", "--listen", "127.0.0.1:0", "--adapters", repositoryRoot + "/adapters.d"],
                by: #"exec "$0" "$@" > >(head -n 2 > head.txt)"#)
            defer { run.terminate() }
            let head = program.folder.appending(path: "head.txt")
            try await poll(until: "the reader has gone") {
                let text = try? String(contentsOf: head, encoding: .utf8)
                return text?.contains("Rollcall is serving http://127.0.0.1:") == true
            }
            run.terminate()
            let outcome = try await run.end()
            #expect(outcome.code == 0, "\(outcome.errors)")
        }
    }
}
