import Deployments
import Foundation
import Storage
import Testing
import Wire

@testable import rollcall

/// Five hundred sources at one host: starts, restarts and outages do not strike it all at once.
@Suite(.timeLimit(.minutes(10)), .serialized) struct ManySourcesTests {
    private static let count = 500
    /// The default of `upstream.shared.per_host`.
    private static let bound = 16
    /// A tenth of the sources is the mean of a tenth of the time; the names, and with them the times, are fixed.
    private static let most = 80

    private func config(over base: String, ttl: Duration) throws -> GatewayConfig {
        let sources = try (0..<Self.count).map { index in
            var source = try source("source-\(index)", "deploy-list", base + "/\(index)")
            // None of them ends a request that the host holds.
            source.upstream.totalTimeout = .seconds(3600)
            source.upstream.fetchTimeout = .seconds(3600)
            return source
        }
        return gatewayConfig(sources, ttl: ttl)
    }

    @Test func sourcesWithoutAListAreRequestedAtOnceAndThoseWithOneOverTheTTL() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rollcall-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "rollcall.sqlite").path
        let host = CountingHost()
        try await withServer(host.router) { base in
            var config = try config(over: base, ttl: .seconds(86_400))
            config.store = .sqlite(path: path)
            host.hold()
            try await withGateway(config) { try await start($0, at: host) }
            #expect(host.requests == Self.count)
            #expect(host.requested == Self.count)
            #expect(host.most == Self.bound)

            try await makeOlder(path, by: .seconds(2 * 86_400))
            host.forget()
            try await withGateway(config) { try await restart($0, at: host) }
        }
    }

    /// Every source is due at once.
    private func start(_ gateway: RunningGateway, at host: CountingHost) async throws {
        try await expectTheBound(at: host, of: gateway)
        let now = Assembly.now()
        let waiting = try await plans(of: gateway)
        let due = waiting.count { $0.reason == "starting" && $0.at <= now }
        #expect(due == Self.count)
        host.release()
        _ = try await plans(of: gateway) { $0.state == "fresh" }
    }

    /// Every list is twice as old as the `ttl`.
    private func restart(_ gateway: RunningGateway, at host: CountingHost) async throws {
        let now = Assembly.now()
        let next = try await plans(of: gateway).map { $0.at.since(now) }
        let load = tenths(of: next, from: .zero, to: .seconds(86_400))
        #expect(load.allSatisfy { $0 < Self.most }, "\(load)")
        // Those whose turn is the moment of the start itself.
        #expect(host.requests < Self.bound)
    }

    @Test func sourcesThatFailTogetherAreRequestedAgainOverHalfTheTTL() async throws {
        let host = CountingHost()
        host.set(isUp: false)
        try await withServer(host.router) { base in
            let config = try config(over: base, ttl: .seconds(86_400))
            try await withGateway(config) { try await fail($0, at: host) }
        }
    }

    private func fail(_ gateway: RunningGateway, at host: CountingHost) async throws {
        let failed = try await plans(of: gateway) { $0.state == "failed" && $0.reason == "after_failure" }
        let next = failed.compactMap { plan in plan.attempted.map { plan.at.since($0) } }
        #expect(next.count == Self.count)
        let (least, longest) = (Duration.seconds(86_400), Duration.seconds(86_400 * 3 / 2))
        #expect(next.allSatisfy { (least...longest).contains($0) })
        let load = tenths(of: next, from: least, to: longest)
        #expect(load.allSatisfy { $0 < Self.most }, "\(load)")
        #expect(host.most <= Self.bound)
        // The end of the outage by itself causes no request.
        host.forget()
        host.set(isUp: true)
        for _ in 0..<50 { _ = try await gateway.get("/healthz") }
        #expect(host.requests == 0)
    }

    @Test func afterAnOutageTheHostAnswersNoMoreRequestsAtATimeThanBefore() async throws {
        let host = CountingHost()
        host.set(isUp: false)
        try await withServer(host.router) { base in
            let config = try config(over: base, ttl: .seconds(3))
            try await withGateway(config) { try await recover($0, at: host) }
        }
    }

    private func recover(_ gateway: RunningGateway, at host: CountingHost) async throws {
        _ = try await plans(of: gateway) { $0.state == "failed" }
        host.hold()
        host.set(isUp: true)
        try await expectTheBound(at: host, of: gateway)
        host.release()
        _ = try await plans(of: gateway) { $0.state != "failed" }
        #expect(host.most == Self.bound)
    }

    /// Waits until a host that holds its answers has as many requests as it may, and looks if more come.
    private func expectTheBound(at host: CountingHost, of gateway: RunningGateway) async throws {
        try await poll(until: "\(Self.bound) requests are held") { host.requests >= Self.bound }
        for _ in 0..<50 { _ = try await gateway.get("/healthz") }
        #expect(host.requests == Self.bound)
        #expect(host.most == Self.bound)
    }

    /// A source as `/v1/sources` shows it.
    private struct Plan {
        var state: String
        /// The time of the last attempt; nil before the first.
        var attempted: Timestamp?
        var at: Timestamp
        var reason: String
    }

    /// The plans of all sources once each satisfies.
    private func plans(
        of gateway: RunningGateway, once satisfied: @Sendable (Plan) -> Bool = { _ in true }
    ) async throws -> [Plan] {
        var plans: [Plan] = []
        _ = try await gateway.get("/v1/sources") { answer in
            plans = (answer.json?["data"]?.elements ?? []).compactMap { source in
                guard let state = source["state"]?.string, let reason = source["next_attempt_reason"]?.string,
                    let at = source["next_attempt_at"]?.string.flatMap({ Timestamp($0) })
                else { return nil }
                let attempted = source["last_attempt_at"]?.string.flatMap { Timestamp($0) }
                return Plan(state: state, attempted: attempted, at: at, reason: reason)
            }
            return plans.count == Self.count && plans.allSatisfy(satisfied)
        }
        return plans
    }

    /// How many durations are in each tenth of a range; those beyond an end count in the tenth at that end.
    private func tenths(of durations: [Duration], from start: Duration, to end: Duration) -> [Int] {
        durations.reduce(into: Array(repeating: 0, count: 10)) { counts, duration in
            counts[min(max(0, Int((duration - start) / (end - start) * 10)), 9)] += 1
        }
    }

    /// Makes the stored lists older, as if they had been written earlier.
    private func makeOlder(_ path: String, by span: Duration) async throws {
        let store = try SQLiteListStore(
            path: path, sizeLimitBytes: nil, now: Assembly.now, logger: quietLogger)
        let lists = try await store.load()
        try #require(lists.count == Self.count)
        for var list in lists {
            for index in list.partitions.indices {
                list.partitions[index].observedAt = list.partitions[index].observedAt
                    .advanced(by: .zero - span)
            }
            try await store.save(list)
        }
    }
}
