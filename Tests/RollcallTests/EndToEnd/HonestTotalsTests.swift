import Deployments
import Hummingbird
import NIOCore
import Synchronization
import Testing
import Upstream
import Wire

@testable import rollcall

/// Lists that are whole and young, and totals that are not exact all the same.
@Suite(.timeLimit(.minutes(10))) struct HonestTotalsTests {
    /// A `/deploy/list` platform, whose rows a test changes.
    private final class Platform: Sendable {
        private let rows: Mutex<[UpstreamRow]>

        init(_ rows: [UpstreamRow]) { self.rows = Mutex(rows) }

        func list(_ listed: [UpstreamRow]) { rows.withLock { $0 = listed } }

        var router: Router<BasicRequestContext> {
            let router = Router()
            router.get("**") { [self] _, _ in
                let listed = rows.withLock { $0 }
                let body = UpstreamStyle.deployList.body(listed[...], page: 1, total: listed.count)
                return Response(
                    status: .ok, headers: [.contentType: "application/json"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
            }
            return router
        }
    }

    private static func rows(_ count: Int, _ status: String) -> [UpstreamRow] {
        (0..<count).map { UpstreamRow(key: "\(status)-\($0)", status: status) }
    }

    private static let list = "/v1/deployments?page_size=1000"

    @Test func rowsThatAreHeldBackAreMarkedAndSoonConfirmed() async throws {
        let platform = Platform(Self.rows(100, "running"))
        try await withServer(platform.router) { base in
            var config = gatewayConfig([try source("listed", "deploy-list", base)], ttl: .seconds(3600))
            config.cache.set(.minInterval, to: .seconds(3))
            config.cache.set(.maxDrop, to: MaxDrop(share: 0.5, count: 10))
            try await withGateway(config) { gateway in
                let first = try await gateway.get(Self.list) { $0.json?["fresh"]?.bool == true }
                #expect(first.uids.count == 100)
                #expect(first.json?["pagination"]?["total_is"]?.string == "exact")

                platform.list(Self.rows(3, "running"))
                let held = try await gateway.get(Self.list + "&max_age=0") {
                    $0.json?["pagination"]?["total_is"]?.string != "exact"
                }
                let strict = try await gateway.get(Self.list + "&strict=true")
                let sources = try await gateway.get("/v1/sources")
                #expect(held.uids.count == 100)
                #expect(held.json?["complete"]?.bool == true && held.json?["fresh"]?.bool == true)
                #expect(held.json?["pagination"]?["total_is"]?.string == "as_of")
                let notice = held.json?["notices"]?.elements.first
                #expect(notice?["code"]?.string == "rows-held" && notice?["rows"]?.int == 97)
                #expect(strict.response.status == 503)
                let source = sources.json?["data"]?.elements.first
                #expect(source?["held"]?["rows"]?.int == 97)
                #expect(source?["held"]?["since"]?.string == held.json?["oldest_observed_at"]?.string)
                #expect(source?["next_attempt_reason"]?.string == "held_rows")

                // Nobody demands it, and the next `ttl` ends in an hour.
                let last = try await gateway.get(Self.list) {
                    $0.json?["pagination"]?["total_results"]?.int == 3
                }
                #expect(last.json?["pagination"]?["total_is"]?.string == "exact")
                #expect(last.json?["notices"]?.elements.isEmpty == true)
            }
        }
    }

    @Test func anUnknownStatusMakesNoFilterOnStatusExact() async throws {
        let platform = Platform(Self.rows(25, "running") + Self.rows(11, "pondering"))
        try await withServer(platform.router) { base in
            let config = gatewayConfig([try source("listed", "deploy-list", base)], ttl: .seconds(3600))
            try await withGateway(config) { gateway in
                let all = try await gateway.get(Self.list) { $0.json?["fresh"]?.bool == true }
                #expect(all.uids.count == 36)
                #expect(all.json?["pagination"]?["total_is"]?.string == "exact")
                let unread = (all.json?["data"]?.elements ?? []).filter { $0["unread"]?.count == 1 }
                #expect(unread.count == 11)
                #expect(unread.allSatisfy { $0["native_status"]?.string == "pondering" })

                let filtered = try await gateway.get(Self.list + "&status=READY,FAILED")
                #expect(filtered.uids.count == 25)
                #expect(filtered.json?["pagination"]?["total_is"]?.string == "at_least")
                let notice = filtered.json?["notices"]?.elements.first
                #expect(notice?["code"]?.string == "unread-field" && notice?["rows"]?.int == 11)
                #expect(notice?["value"]?.string == "status" && notice?["source"]?.string == "listed")
                let strict = try await gateway.get(Self.list + "&status=READY,FAILED&strict=true")
                #expect(strict.response.status == 503)
                #expect(try await gateway.get(Self.list + "&strict=true").response.status == 200)
            }
        }
    }
}
