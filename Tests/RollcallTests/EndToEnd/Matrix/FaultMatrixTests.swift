import Deployments
import Glibc
import TestSupport
import Testing
import Upstream
import Wire

@testable import rollcall

/// Every way to fail, on the first page and on later ones, at random moments, while random lists change.
///
/// At every look at the gateway's list: no row is missing that its upstream has had since it was first shown; a row
/// that is gone stays until complete fetches prove it, and no longer; and once the strike is over and two complete
/// fetches have begun since the last change, the two lists are equal. Lookups and a second list that fail all the while
/// change none of this: they make fields unknown, which an answer that uses them tells.
@Suite(.timeLimit(.minutes(10)), .serialized) struct FaultMatrixTests {
    /// The number of times that each strike comes to each upstream; `MATRIX_ROUNDS` sets another.
    static let rounds = getenv("MATRIX_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 2
    /// The strikes that come; `MATRIX_STRIKE` names one.
    static let strikes =
        getenv("MATRIX_STRIKE").map { name in [Strike(rawValue: String(cString: name))].compactMap(\.self) }
        ?? Strike.allCases
    /// Another `MATRIX_SEED` is another matrix.
    static let seed = getenv("MATRIX_SEED").flatMap { UInt64(String(cString: $0)) } ?? 1

    @Test(arguments: strikes)
    func noStrikeLosesARowOrKeepsOneForEver(_ strike: Strike) async throws {
        let styles = UpstreamStyle.allCases.filter(strike.suits)
        let number = UInt64(Strike.allCases.firstIndex(of: strike) ?? 0)
        let upstreams = styles.enumerated().map { index, style in
            ChangingUpstream(style, seed: Self.seed &* 1000 &+ number &* 10 &+ UInt64(index))
        }
        defer { for upstream in upstreams { upstream.endStrike() } }
        try await withServer(ChangingUpstream.router(upstreams)) { base in
            let config = try Self.config(styles, at: base, timeout: strike.timeout)
            try await withGateway(
                config, detour: { DetourTransport(transport: $0, upstreams: upstreams) }
            ) { gateway in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    defer { for upstream in upstreams { upstream.endStrike() } }
                    for upstream in upstreams {
                        group.addTask { try await Self.strike(strike, upstream, below: gateway) }
                    }
                    try await group.waitForAll()
                }
                for upstream in upstreams {
                    let merged = try await gateway.get("\(upstream.style.route)?page_size=1000") {
                        $0.json?["fresh"]?.bool == true
                    }
                    let rows = merged.rows(of: upstream.style.rawValue, upstream.style)
                    #expect(rows.sorted() == upstream.list.rows.sorted())
                }
                // Nothing waits for ever: every provider is known, and every configuration was asked for.
                _ = try await gateway.get("/v1/deployments?source=nemo&page_size=1000") { answer in
                    answer.json?["data"]?.elements.allSatisfy { row in
                        row["endpoint"]?["base_url"]?.string != nil && row.lookups["config"] != "pending"
                    } ?? false
                }
            }
        }
    }

    private static func config(
        _ styles: [UpstreamStyle], at base: String, timeout: Duration
    ) throws -> GatewayConfig {
        let sources = try styles.map { style in
            var source = try source(style.rawValue, style.adapter, "\(base)/\(style.rawValue)")
            source.upstream.totalTimeout = timeout
            source.upstream.bodyLimitBytes = 64 << 10
            return source
        }
        return gatewayConfig(sources, ttl: .milliseconds(60))
    }

    /// Strikes an upstream some times, and watches what the gateway makes of it.
    private static func strike(
        _ strike: Strike, _ upstream: ChangingUpstream, below gateway: RunningGateway
    ) async throws {
        let seed = upstream.list.seed
        var random = SeededGenerator(seed: seed)
        var watch = ListWatch(
            source: upstream.style.rawValue, upstream: upstream,
            title: "\(strike) on \(upstream.style), seed \(seed)", strike: strike)
        try await settle(&watch, gateway)
        for round in 0..<rounds {
            upstream.movesWithinWalks(true)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                upstream.change(Int.random(in: 1...3, using: &random))
                try await watch.look(at: gateway, fresh: Bool.random(using: &random))
            }
            // Both kinds of pages come, in either order.
            let isFirst = (round + Int(truncatingIfNeeded: seed)).isMultiple(of: 2)
            let hits = upstream.list.hits
            upstream.strike(strike, on: isFirst ? .firstPage : .laterPages)
            try await poll(until: "\(strike) on \(upstream.style), seed \(seed), strikes") {
                if Int.random(in: 0..<3, using: &random) == 0 { upstream.change(1) }
                let look = try await watch.look(at: gateway, fresh: Bool.random(using: &random))
                if look.isTold(of: strike) { return true }
                return strike.classes.isEmpty && strike.tale == nil && upstream.list.hits > hits
            }
            #expect(upstream.list.hits > hits)
            upstream.endStrike()
            try await settle(&watch, gateway)
        }
        upstream.list.expectPausesKept("\(strike) on \(upstream.style), seed \(seed)")
    }

    /// Looks a few times while the list moves within walks, then stills it and looks until the gateway has
    /// had time enough to know everything; every look is held against that.
    ///
    /// A list of many pages moves in most walks: where looks are slow, it would not stand still for two of them.
    private static func settle(_ watch: inout ListWatch, _ gateway: RunningGateway) async throws {
        for _ in 0..<4 { try await watch.look(at: gateway, fresh: true) }
        watch.upstream.movesWithinWalks(false)
        try await poll(until: "\(watch.title) settles") {
            let look = try await watch.look(at: gateway, fresh: true)
            return look.error == nil && watch.isSettled
        }
    }
}

extension ChangingList {
    /// Expects that a platform that asked for a pause of a second had it, whatever its readers demanded.
    fileprivate func expectPausesKept(_ title: String) {
        for told in pausesToldAt {
            guard let next = beginnings.first(where: { $0 > told }) else { continue }
            #expect(next - told >= 1_000_000, "\(title)")
        }
    }
}
