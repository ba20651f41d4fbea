import Foundation
import Glibc
import Sandbox
import Testing
import Upstream
import Wire

@testable import rollcall

/// Two programs over one store.
@Suite(.timeLimit(.minutes(10)), .serialized) struct TwoGatewaysTests {
    private static let list = "/v1/deployments?page_size=1000&sort=uid"

    private func gateway(_ run: Program.Run, _ client: CurlTransport) async throws -> RunningGateway {
        RunningGateway(
            fleet: emptyFleet(), base: try await run.servedURL(), sandboxBase: "", client: client)
    }

    @Test func theSecondFollowsTheFirstAndTakesOverWhenThatIsKilled() async throws {
        try await withRunningSandbox { base, fleet in
            try await Program.inFolder { program in
                let client = CurlTransport()
                defer { client.shutDown() }
                let name = try program.configuration(
                    ["store: sqlite:store.sqlite", "cache: {ttl: 1h}"] + Program.sources(base))
                let first = try program.start(["serve", "--config", name], environment: sandboxToken)
                defer { kill(first.id, SIGKILL) }
                let full = try await gateway(first, client).get(Self.list) {
                    $0.uids.count == 36 && !$0.hasPendingLookups
                }
                let asked = Dialect.allCases.map { fleet.requestCount($0) }

                // It has a source more.
                let more = try program.configuration(
                    ["store: sqlite:store.sqlite", "cache: {ttl: 1h}"] + Program.sources(base) + [
                        "  - {name: more, adapter: nemo, base_url: \"\(base)/nemo\", "
                            + "secrets: {token: {env: TOKEN}}}"
                    ], named: "more.yaml")
                let second = try program.start(["serve", "--config", more], environment: sandboxToken)
                defer { kill(second.id, SIGKILL) }
                let follower = try await gateway(second, client)
                let followed = try await follower.get(Self.list) { $0.uids.count == 36 }
                #expect(followed.uids == full.uids)
                #expect(followed.json?["complete"]?.bool == false)
                #expect(followed.standings.prefix(3).allSatisfy { $0.contains(" fresh ") })
                let states = try await follower.get("/v1/sources") {
                    $0.json?["data"]?.elements.last?["state"]?.string == "failed"
                }
                #expect(states.json?["store"]?["state"]?.string == "locked")
                #expect(states.json?["store"]?["message"]?.string?.contains("process \(first.id) ") == true)
                let error = states.json?["data"]?.elements.last?["error"]
                #expect(error?["class"]?.string == "config")
                #expect(error?["message"]?.string?.contains("process \(first.id) ") == true)
                let ready = try await follower.get("/readyz")
                #expect(ready.response.status == 200 && ready.json?["store"]?.string == "locked")
                let refused = try await follower.get("/v1/sources/ali/refresh", method: .post)
                #expect(refused.response.status == 409)
                #expect(refused.json?["sources"]?.elements.first?["demand"]?.string == "locked")
                // Once the list is older than `min_interval`.
                _ = try await follower.get(Self.list + "&source=ali&max_age=0") {
                    $0.json?["sources"]?.elements.first?["demand"]?.string == "locked"
                }
                #expect(Dialect.allCases.map { fleet.requestCount($0) } == asked)
                // Neither command minds the lock.
                let check = try await program("check", "--config", name, environment: sandboxToken)
                #expect(check.code == 0)

                kill(first.id, SIGKILL)
                let taken = try await follower.get(Self.list) { $0.uids.count == 48 }
                #expect(taken.json?["complete"]?.bool == true)
                let after = try await follower.get("/v1/sources") { $0.json?["store"] == nil }
                #expect(after.response.status == 200)
                second.terminate()
                let outcome = try await second.end()
                #expect(outcome.code == 0)
                #expect(outcome.errors.components(separatedBy: "another process uses the store").count == 2)
                #expect(outcome.errors.contains("the store is free"))
            }
        }
    }
}
