import Deployments
import Foundation
import Glibc
import Sandbox
import Storage
import Testing
import Upstream
import Wire

@testable import rollcall

/// The program and its store: killed, and on a disk that fills up.
@Suite(.timeLimit(.minutes(10)), .serialized) struct DurabilityTests {
    static let list = "/v1/deployments?page_size=1000&sort=uid"

    /// A configuration whose sources are fetched often, and whose lists are stored.
    private func configuration(_ program: Program, over base: String) throws -> String {
        try program.configuration(
            ["store: sqlite:store.sqlite", "cache: {ttl: 200ms, min_interval: 100ms}"]
                + Program.sources(base))
    }

    private func store(_ program: Program) throws -> SQLiteListStore {
        try SQLiteListStore(
            path: program.folder.appending(path: "store.sqlite").path, sizeLimitBytes: nil,
            now: Assembly.now, logger: quietLogger)
    }

    /// Runs `body` with a program that serves, and kills it then.
    private func serving(
        _ program: Program, _ run: Program.Run, _ body: (RunningGateway) async throws -> Void
    ) async throws -> Program.Outcome {
        do {
            let client = CurlTransport()
            defer { client.shutDown() }
            try await body(
                RunningGateway(
                    fleet: emptyFleet(), base: try await run.servedURL(), sandboxBase: "", client: client))
        } catch {
            kill(run.id, SIGKILL)
            throw error
        }
        kill(run.id, SIGKILL)
        return try await run.end()
    }

    /// The status of a record.
    private struct Standing: Equatable {
        var status: String?
        var since: String?
        var isInferred: Bool
    }

    private func standings(_ answer: RunningGateway.Answer) -> [String: Standing] {
        let rows = (answer.json?["data"]?.elements ?? []).map { row in
            let inferred = row["inferred"]?.elements.compactMap(\.string) ?? []
            return (
                row["uid"]?.string ?? "",
                Standing(
                    status: row["status"]?.string, since: row["status_since"]?.string,
                    isInferred: inferred.contains("status_since"))
            )
        }
        return Dictionary(rows) { first, _ in first }
    }

    @Test func aGatewayThatWasKilledServesItsListsAndTheirTimesAtOnce() async throws {
        try await Program.inFolder { program in
            var name = ""
            var before: [String: Standing] = [:]
            try await withRunningSandbox { base, _ in
                name = try configuration(program, over: base)
                let run = try program.start(["serve", "--config", name], environment: sandboxToken)
                let outcome = try await serving(program, run) { gateway in
                    let complete = try await gateway.get(Self.list) { $0.uids.count == 36 }
                    before = standings(complete)
                    try await waitForLists(in: program)
                }
                #expect(outcome.code == -1)
            }
            let inferred = before.filter { $0.value.isInferred }
            try #require(!inferred.isEmpty && inferred.count < before.count)
            let oldest = try await makeOlder(program, seconds: 900)

            // Nothing listens at the sources' addresses any more.
            let again = try program.start(["serve", "--config", name], environment: sandboxToken)
            let outcome = try await serving(program, again) { gateway in
                let first = try await gateway.get(Self.list)
                #expect(first.response.status == 200)
                #expect(first.json?["complete"]?.bool == true && first.json?["fresh"]?.bool == false)
                #expect(first.json?["oldest_observed_at"]?.string == oldest)
                let after = standings(first)
                #expect(after.mapValues(\.status) == before.mapValues(\.status))
                #expect(
                    after.mapValues(\.since)
                        == before.mapValues { standing in
                            guard standing.isInferred, let text = standing.since else {
                                return standing.since
                            }
                            return Timestamp(text)?.advanced(by: .seconds(-900)).description
                        })
                try await checkFilters(gateway, inferred)
                // Failed attempts change none of it.
                let stale = try await gateway.get(Self.list) {
                    $0.standings.allSatisfy { $0.hasSuffix(" stale unreachable") }
                }
                #expect(standings(stale) == after)
                #expect(stale.json?["oldest_observed_at"]?.string == oldest)
                try await checkFilters(gateway, inferred)
            }
            #expect(outcome.code == -1)
        }
    }

    /// Waits until the store has a list of every source, which another process writes.
    private func waitForLists(in program: Program) async throws {
        let store = try store(program)
        try await poll(until: "three lists are stored") { try await store.load().count >= 3 }
    }

    /// "In this status for ten minutes" is one filter, whether platform or gateway stated when it began.
    private func checkFilters(_ gateway: RunningGateway, _ inferred: [String: Standing]) async throws {
        for status in Set(inferred.values.compactMap(\.status)) {
            let uids = Set(inferred.filter { $0.value.status == status }.keys)
            let long = try await gateway.get(
                Self.list + "&status=\(status)&status_since.lte=-10m&all_versions=true")
            #expect(uids.isSubset(of: long.uids), "\(status)")
            let longer = try await gateway.get(Self.list + "&status=\(status)&status_since.lte=-20m")
            #expect(uids.isDisjoint(with: longer.uids), "\(status)")
        }
    }

    /// Makes the stored lists older, as if they had been written `seconds` earlier.
    ///
    /// - Returns: The time of its oldest list, as responses state it.
    private func makeOlder(_ program: Program, seconds: Int) async throws -> String? {
        let store = try store(program)
        let span = Duration.seconds(-seconds)
        var lists = try await store.load()
        #expect(lists.count == 3)
        for list in lists.indices {
            for index in lists[list].partitions.indices {
                lists[list].partitions[index].observedAt.microseconds += span.microseconds
                for row in lists[list].partitions[index].rows.indices {
                    var record = lists[list].partitions[index].rows[row]
                    guard record.inferred.contains("status_since") else { continue }
                    record.statusSince = record.statusSince?.advanced(by: span)
                    lists[list].partitions[index].rows[row] = record
                }
            }
            try await store.save(lists[list])
        }
        return lists.flatMap(\.partitions).map(\.observedAt).min()?.description
    }

    /// A limit on the size of files makes every further write of the log fail, as a full disk does.
    @Test func aDiskThatFillsUpCostsDurabilityOnlyAndIsReported() async throws {
        try await withRunningSandbox { base, _ in
            try await Program.inFolder { program in try await fillTheDisk(program, over: base) }
        }
    }

    private func fillTheDisk(_ program: Program, over base: String) async throws {
        let name = try configuration(program, over: base)
        let run = try program.start(
            ["serve", "--config", name], environment: sandboxToken, fileLimitKiB: 256)
        let id = run.id
        let outcome = try await serving(program, run) { try await watchTheDisk(of: id, $0) }
        let lines = outcome.errors.split(separator: "\n").filter { !$0.contains("\"level\":\"info\"") }
        let (failed, recovered) = (
            lines.count { $0.contains("lists cannot be saved") },
            lines.count { $0.contains("lists are saved again") }
        )
        #expect(failed == 1 && recovered == 1 && lines.count == 3, "\(lines)")
        let stored = try await store(program).load()
        #expect(stored.count == 3)
    }

    private func watchTheDisk(of id: Int32, _ gateway: RunningGateway) async throws {
        let complete = try await gateway.get(Self.list) { $0.uids.count == 36 }
        let full = try await gateway.get("/readyz") { $0.json?["store"]?.string == "failing" }
        #expect(full.response.status == 200)
        let problem = try await gateway.get("/v1/sources").json?["store"]
        #expect(problem?["state"]?.string == "failing")
        let message = problem?["message"]?.string ?? ""
        #expect(message.hasPrefix("SQLite error "))
        let since = problem?["since"]?.string ?? ""
        #expect(Timestamp(since) != nil)

        // The lists go on being fetched and served.
        let moment = Assembly.now().description
        let fresh = try await gateway.get(Self.list) {
            $0.json?["oldest_observed_at"]?.string ?? "" > moment
        }
        #expect(fresh.uids == complete.uids && fresh.json?["fresh"]?.bool == true)
        let same = try await gateway.get("/v1/sources").json?["store"]
        #expect(same?["since"]?.string == since)

        try await Program.liftFileLimit(of: id)
        let well = try await gateway.get("/readyz") { $0.json?["store"] == nil }
        #expect(String(decoding: well.response.body, as: UTF8.self) == "{\"status\":\"ready\"}")
        let sources = try await gateway.get("/v1/sources")
        #expect(sources.json?["store"] == nil)
    }
}
