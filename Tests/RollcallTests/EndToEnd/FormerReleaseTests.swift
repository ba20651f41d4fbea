import Deployments
import Foundation
import Storage
import Testing
import Upstream
import Wire

@testable import rollcall

/// Files that release 0.1.0 wrote, opened by the program of today; its platforms are at a port where nothing listens.
@Suite(.timeLimit(.minutes(10))) struct FormerReleaseTests {
    private static let fixtures = repositoryRoot + "/Tests/Fixtures/0.1.0/"
    private static let list =
        "/v1/deployments?page_size=1000&sort=uid&all_versions=true&include=native,history"

    private func document(_ name: String) throws -> JSONDocument {
        let data = try #require(FileManager.default.contents(atPath: Self.fixtures + name))
        return try JSONDocument(parsing: Array(data))
    }

    /// Starts the program with the copied files, and sends it one request.
    private func answer(_ program: Program, at target: String) async throws -> RunningGateway.Answer {
        let run = try program.start(
            ["serve", "--config", "rollcall.yaml", "--adapters", repositoryRoot + "/adapters.d"],
            environment: ["TOKEN": "T", "READER": "reader-token"])
        defer { run.terminate() }
        let client = CurlTransport()
        defer { client.shutDown() }
        let gateway = RunningGateway(
            fleet: emptyFleet(), base: try await run.servedURL(), sandboxBase: "", client: client)
        let answer = try await gateway.get(
            target, headers: [UpstreamRequest.Header("Authorization", "Bearer reader-token", isSecret: true)])
        run.terminate()
        let outcome = try await run.end()
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(!outcome.errors.contains("set aside"), "\(outcome.errors)")
        return answer
    }

    @Test func itsStoreAndConfigurationAreServedWithTheirTrueAges() async throws {
        let expected = try document("list.json").root
        try await Program.inFolder { program in
            for (name, copy) in [("rollcall.yaml", "rollcall.yaml"), ("store-0.1.0.db", "store.sqlite")] {
                try FileManager.default.copyItem(
                    atPath: Self.fixtures + name, toPath: program.folder.appending(path: copy).path)
            }
            // The second start reads what the first has stored.
            for _ in 0..<2 {
                let answer = try await answer(program, at: Self.list)
                #expect(answer.response.status == 200)
                let json = try #require(answer.json)
                let rows = json["data"]?.elements ?? []
                let oldRows = expected["data"]?.elements ?? []
                try #require(rows.count == 26 && oldRows.count == 26)
                for (row, old) in zip(rows, oldRows) {
                    #expect(row.differences(from: old) == [], "\(old["uid"]?.string ?? "")")
                }
                #expect(json["complete"]?.bool == true && json["fresh"]?.bool == false)
                #expect(json["oldest_observed_at"]?.string == expected["oldest_observed_at"]?.string)
                let sources = json["sources"]?.elements ?? []
                let oldSources = expected["sources"]?.elements ?? []
                try #require(sources.count == 3 && oldSources.count == 3)
                for (source, old) in zip(sources, oldSources) {
                    #expect(source["name"]?.string == old["name"]?.string)
                    #expect(source["observed_at"]?.string == old["observed_at"]?.string)
                    #expect(source["state"]?.string == "stale")
                }
            }
            let stored = try await SQLiteListStore(
                path: program.folder.appending(path: "store.sqlite").path, sizeLimitBytes: nil,
                now: Assembly.now, logger: quietLogger
            ).load()
            #expect(stored.map { $0.partitions.flatMap(\.rows).count }.reduce(0, +) == 26)
            // None stands under the keys of 0.1.0 any more.
            let former = ["research#f79f1bf0b6b4b3fd", "ali#5499ab301224f23e", "deepinfra#793f8b704c64e033"]
            #expect(stored.count == 3 && Set(stored.map(\.source)).isDisjoint(with: former))
        }
    }
}

extension JSONValue {
    /// The paths at which this value lacks a member of another or has another value.
    ///
    /// Additional members are allowed.
    fileprivate func differences(from other: JSONValue, at path: String = "$") -> [String] {
        guard other.kind == .object else {
            return written == other.written ? [] : ["\(path): \(written), was \(other.written)"]
        }
        return other.members.flatMap { name, value in
            self[name]?.differences(from: value, at: "\(path).\(name)") ?? ["\(path).\(name) is missing"]
        }
    }
}
