import Deployments
import Foundation
import Sandbox
import Storage
import Synchronization
import Testing
import Upstream
import Wire

@testable import rollcall

/// An upstream that dies and comes back, and a gateway that starts beside a dead one: no row is lost meanwhile.
@Suite(.timeLimit(.minutes(10))) struct RevivalTests {
    static let list = "/v1/deployments?page_size=1000&sort=uid"

    /// The same deployments each time it is made: the same seed, the same start.
    private func sandbox() -> SandboxFleet {
        var config = SandboxConfig()
        config.setRows(12)
        config.changesOverTime = false
        return SandboxFleet(config: config, now: { Timestamp(microseconds: 1_795_219_200_000_000) })
    }

    private func withSandbox<Value: Sendable>(
        port: Int = 0, _ body: (_ base: String) async throws -> Value
    ) async throws -> Value {
        let fleet = sandbox()
        return try await withServer(
            makeSandboxRouter(fleet: fleet), port: port, beforeEnd: { fleet.stop() }, body)
    }

    /// A port of loopback at which nothing listens.
    private func closedPort() async throws -> Int {
        try await withSandbox { base in Int(base.split(separator: ":").last ?? "") ?? 0 }
    }

    private static let fresh = ["research fresh -", "ali fresh -", "deepinfra fresh -"]
    private static let gone = [
        "research stale unreachable", "ali stale unreachable", "deepinfra stale unreachable",
    ]

    private func config(port: Int) throws -> GatewayConfig {
        gatewayConfig(try threeSources("http://127.0.0.1:\(port)"), ttl: .milliseconds(30))
    }

    /// The parts of a response that polling must never see change.
    private struct Constant: Equatable {
        var status: Int
        var uids: [String]
        var isComplete: Bool?
        var total: Int64?
        var snapshot: String?

        init(_ answer: RunningGateway.Answer) {
            status = answer.response.status
            uids = answer.uids
            isComplete = answer.json?["complete"]?.bool
            total = answer.json?["pagination"]?["total_results"]?.int
            snapshot = answer.json?["snapshot"]?["id"]?.string
        }
    }

    /// Requests the list again and again until it is stopped.
    private final class Poller: Sendable {
        private let state = Mutex((isOver: false, polls: 0, states: Set<[String]>()))

        var polls: Int { state.withLock(\.polls) }
        var states: Set<[String]> { state.withLock(\.states) }

        func stop() { state.withLock { $0.isOver = true } }

        func run(on gateway: RunningGateway, expecting constant: Constant) async throws {
            while !state.withLock(\.isOver) {
                let answer = try await gateway.get(RevivalTests.list)
                try #require(Constant(answer) == constant, "poll \(polls)")
                #expect(answer.response.header("Rollcall-Complete") == "?1")
                state.withLock { state in
                    state.polls += 1
                    state.states.insert(answer.standings)
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        }

        /// Waits for some polls that began after this.
        func more(on gateway: RunningGateway) async throws {
            let before = polls
            _ = try await gateway.get("/healthz") { _ in polls > before + 3 }
        }
    }

    @Test func anUpstreamKilledAndRevivedLosesNoRow() async throws {
        let port = try await closedPort()
        try await withGateway(try config(port: port)) { gateway in
            let poller = Poller()
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { poller.stop() }
                let healthy = try await withSandbox(port: port) { _ in
                    let healthy = try await gateway.get(Self.list) {
                        $0.standings == Self.fresh && !$0.hasPendingLookups
                    }
                    #expect(healthy.uids.count == 36)
                    #expect(healthy.json?["pagination"]?["total_is"]?.string == "exact")
                    let constant = Constant(healthy)
                    group.addTask { try await poller.run(on: gateway, expecting: constant) }
                    // It is polled while the upstream runs, stops, is down, starts and runs again.
                    try await newFetches(of: gateway)
                    try await poller.more(on: gateway)
                    return constant
                }
                await #expect(throws: (any Error).self) {
                    try await gateway.client.send(UpstreamRequest(url: "http://127.0.0.1:\(port)/"))
                }
                let stale = try await gateway.get(Self.list) { $0.standings == Self.gone }
                #expect(Constant(stale) == healthy)
                #expect(stale.json?["fresh"]?.bool == false)
                #expect(stale.json?["pagination"]?["total_is"]?.string == "as_of")
                #expect(stale.response.header("Cache-Control") == "private, no-cache")
                try await poller.more(on: gateway)
                try await withSandbox(port: port) { _ in
                    let revived = try await gateway.get(Self.list) { $0.standings == Self.fresh }
                    #expect(Constant(revived) == healthy)
                    #expect(revived.json?["fresh"]?.bool == true)
                    let (before, after) = (
                        stale.json?["oldest_observed_at"]?.string, revived.json?["oldest_observed_at"]?.string
                    )
                    #expect(before ?? "~" < after ?? "")
                    try await newFetches(of: gateway)
                    try await poller.more(on: gateway)
                }
                poller.stop()
                try await group.waitForAll()
                #expect(poller.states.isSuperset(of: [Self.fresh, Self.gone]))
            }
        }
    }

    /// Waits until every source was listed again, twice.
    private func newFetches(of gateway: RunningGateway) async throws {
        for _ in 0..<2 {
            let before = try await gateway.get(Self.list).json?["oldest_observed_at"]?.string ?? "~"
            _ = try await gateway.get(Self.list) { $0.json?["oldest_observed_at"]?.string ?? "" > before }
        }
    }

    @Test func aGatewayStartedBesideADeadUpstreamSaysSoAndThenServes() async throws {
        let port = try await closedPort()
        try await withGateway(try config(port: port)) { gateway in
            let ready = try await gateway.get("/readyz") { $0.response.status == 200 }
            #expect(String(decoding: ready.response.body, as: UTF8.self) == #"{"status":"ready"}"#)
            let none = try await gateway.get(Self.list)
            #expect(none.response.status == 503)
            #expect(none.json?["type"]?.string == "urn:rollcall:problem:no-data")
            #expect(
                none.standings == [
                    "research failed unreachable", "ali failed unreachable", "deepinfra failed unreachable",
                ])
            #expect(none.response.header("Retry-After").flatMap { Int($0) } ?? 0 >= 1)
            #expect(none.response.header("Rollcall-Complete") == "?0")
            let one = try await gateway.get("/v1/deployments/ali/nobody")
            #expect(one.response.status == 503)
            let sources = try await gateway.get("/v1/sources")
            #expect(sources.json?["data"]?.elements.compactMap { $0["count"]?.int } == [0, 0, 0])
            #expect(sources.json?["data"]?.elements.first?["next_attempt_reason"]?.string == "after_failure")
            try await withSandbox(port: port) { _ in
                let served = try await gateway.get(Self.list) { $0.standings == Self.fresh }
                #expect(served.uids.count == 36)
                #expect(served.json?["complete"]?.bool == true)
                let missing = try await gateway.get("/v1/deployments/ali/nobody")
                #expect(missing.response.status == 404)
            }
        }
    }

    @Test func aRestartOverADeadUpstreamServesTheStoredRowsAtOnce() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "rollcall.sqlite").path
        let port = try await closedPort()
        var stored = try config(port: port)
        stored.store = .sqlite(path: path)
        let text = Mutex("")
        try await withSandbox(port: port) { _ in
            try await withGateway(stored) { gateway in
                let healthy = try await gateway.get(Self.list) {
                    $0.standings == Self.fresh && !$0.hasPendingLookups
                }
                text.withLock { $0 = Self.rows(healthy) }
            }
        }
        try await age(path, by: 3 * 3600)
        try await withGateway(stored) { gateway in
            // This is the very first answer: nothing was awaited.
            let restored = try await gateway.get(Self.list)
            #expect(restored.response.status == 200)
            #expect(Self.rows(restored) == text.withLock { $0 })
            #expect(restored.uids.count == 36)
            #expect(restored.json?["complete"]?.bool == true)
            #expect(restored.json?["fresh"]?.bool == false)
            #expect(restored.json?["pagination"]?["total_is"]?.string == "as_of")
            let seconds = restored.response.header("Age").flatMap { Int($0) } ?? 0
            #expect((3 * 3600..<3 * 3600 + 120).contains(seconds), "\(seconds)")
            let ready = try await gateway.get("/readyz")
            #expect(ready.response.status == 200)
            let stale = try await gateway.get(Self.list) { $0.standings == Self.gone }
            #expect(Self.rows(stale) == text.withLock { $0 })
            #expect(
                stale.json?["oldest_observed_at"]?.string == restored.json?["oldest_observed_at"]?.string)
            try await withSandbox(port: port) { _ in
                let fresh = try await gateway.get(Self.list) { $0.standings == Self.fresh }
                #expect(Self.rows(fresh) == text.withLock { $0 })
                #expect(
                    fresh.json?["snapshot"]?["id"]?.string == restored.json?["snapshot"]?["id"]?.string)
            }
        }
    }

    /// The text of an answer's `data`.
    private static func rows(_ answer: RunningGateway.Answer) -> String {
        let text = String(decoding: answer.response.body, as: UTF8.self)
        let rows = text.firstRange(of: ",\"pagination\":").map { String(text[..<$0.lowerBound]) } ?? text
        // A provider counts as first seen by each process.
        return rows.replacing(#/("fields":\[[^\]]*\],"observed_at":")[^"]*"/#) { "\($0.1)…\"" }
    }

    /// Makes every stored list some seconds older.
    private func age(_ path: String, by seconds: Int64) async throws {
        let store = try SQLiteListStore(
            path: path, sizeLimitBytes: nil, now: Assembly.now, logger: quietLogger)
        for var list in try await store.load() {
            for index in list.partitions.indices {
                list.partitions[index].observedAt.microseconds -= seconds * 1_000_000
            }
            try await store.save(list)
        }
    }
}
