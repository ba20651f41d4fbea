import Deployments
import Foundation
import Glibc
import Storage
import Testing
import Upstream
import Wire

@testable import rollcall

/// The program and a store's path that cannot be written to, or whose file goes away.
@Suite(.timeLimit(.minutes(10)), .serialized) struct StoreFileTests {
    private static let list = "/v1/deployments?page_size=1000&sort=uid"

    private func serving(
        _ run: Program.Run, _ body: (RunningGateway) async throws -> Void
    ) async throws -> Program.Outcome {
        let client = CurlTransport()
        defer { client.shutDown() }
        do {
            try await body(
                RunningGateway(
                    fleet: emptyFleet(), base: try await run.servedURL(), sandboxBase: "", client: client))
        } catch {
            kill(run.id, SIGKILL)
            throw error
        }
        run.terminate()
        return try await run.end()
    }

    @Test func theDefaultStoreThatCannotBeWrittenDoesNotStopTheStart() async throws {
        try await withRunningSandbox { base, _ in
            try await Program.inFolder { program in
                let name = try program.configuration(Program.sources(base))
                // A folder where the file should be, since nothing else stops root.
                let path = program.folder.appending(path: "rollcall.sqlite")
                try FileManager.default.createDirectory(at: path, withIntermediateDirectories: false)
                let check = try await program("check", "--config", name, environment: sandboxToken)
                #expect(check.code == 0)
                #expect(
                    check.output == """
                        warning: the store \(path.path) cannot be opened: EISDIR: Is a directory; lists would \
                        not be stored: set `store` to another path, or to memory:
                        No problems: 3 sources

                        """)
                let run = try program.start(["serve", "--config", name], environment: sandboxToken)
                let outcome = try await serving(run) { gateway in
                    _ = try await gateway.get(Self.list) { $0.uids.count == 36 }
                    let ready = try await gateway.get("/readyz") { $0.json?["store"]?.string == "failing" }
                    #expect(ready.response.status == 200)
                    let problem = try await gateway.get("/v1/sources").json?["store"]
                    #expect(problem?["state"]?.string == "failing")
                    #expect(problem?["message"]?.string?.hasSuffix("(EISDIR: Is a directory)") == true)
                }
                #expect(outcome.code == 0)
                #expect(outcome.errors.components(separatedBy: "lists cannot be saved").count == 2)
            }
        }
    }

    @Test func anExplicitStoreThatCannotBeWrittenIsAnError() async throws {
        try await Program.inFolder { program in
            let name = try program.configuration(
                ["store: sqlite:gone/store.sqlite"] + Program.sources("http://127.0.0.1:9"))
            let check = try await program("check", "--config", name, environment: sandboxToken)
            #expect(check.code == 1)
            let path = program.folder.appending(path: "gone/store.sqlite").path
            #expect(
                check.errors == """
                    \(name):4: store: the store \(path) cannot be opened: ENOENT: No such file or directory
                    1 problem

                    """)
            let serve = try await program("serve", "--config", name, environment: sandboxToken)
            #expect(serve.code == 64)
            #expect(serve.errors.contains("ENOENT: No such file or directory"))
            let flag = try await program(
                "check", "--config", name, environment: ["TOKEN": "x", "ROLLCALL_STORE": "memory:"])
            #expect(flag.code == 0)
        }
    }

    @Test func aFileThatIsDeletedWhileItRunsIsReplacedByOneWithEveryList() async throws {
        try await withRunningSandbox { base, _ in
            try await Program.inFolder { program in
                let slow = Program.sources(base).map {
                    $0.contains("research")
                        ? $0.replacing("adapter:", with: "cache: {ttl: 1h}, adapter:") : $0
                }
                let name = try program.configuration(
                    ["store: sqlite:store.sqlite", "cache: {ttl: 200ms, min_interval: 100ms}"] + slow)
                let path = program.folder.appending(path: "store.sqlite").path
                let run = try program.start(["serve", "--config", name], environment: sandboxToken)
                let outcome = try await serving(run) { gateway in
                    _ = try await gateway.get(Self.list) { $0.uids.count == 36 }
                    try await poll(until: "three lists are stored") { try await stored(path) == 3 }
                    for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
                    try await poll(until: "there is a file again") {
                        _ = try await gateway.get(Self.list)
                        return FileManager.default.fileExists(atPath: path)
                    }
                    try await poll(until: "three lists are stored again") { try await stored(path) == 3 }
                    _ = try await gateway.get("/readyz") { $0.json?["store"] == nil }
                }
                #expect(outcome.code == 0)
                for line in ["lists cannot be saved", "lists are saved again"] {
                    #expect(outcome.errors.components(separatedBy: line).count == 2, "\(outcome.errors)")
                }
                #expect(outcome.errors.contains("is lost: it was deleted, moved or unmounted"))
            }
        }
    }

    /// The number of lists in a file that a running program writes.
    private func stored(_ path: String) async throws -> Int {
        try await SQLiteListStore(
            path: path, sizeLimitBytes: nil, now: Assembly.now, logger: quietLogger
        ).load().filter { !$0.partitions.isEmpty }.count
    }
}
