import Deployments
import HTTPFront
import Snapshots
import TestSupport
import Testing
import Wire

/// The memory and the lifetime of cursors.
@Suite struct CursorLimitsTests {
    private let live = Latest(examplePublished())
    private let uptime = Latest(Duration.zero)

    private func front(_ change: (inout CursorStore.Limits) -> Void = { _ in }) -> FrontHarness {
        var limits = CursorStore.Limits()
        change(&limits)
        var front = FrontHarness(published: live.value, live: live)
        front.cursors = CursorStore(limits: limits) { [uptime] in uptime.value }
        return front
    }

    private func token(_ front: FrontHarness, _ query: String) async throws -> String {
        try #require(try await front.get("/v1/deployments?\(query)").nextPageToken)
    }

    /// A query of about 12 KB that finds every row.
    private func longQuery(_ number: Int) -> String {
        let value = String(repeating: "x", count: 4000)
        return "page_size=1&name.ne=\(number)&uid.ne=\(value)&source.ne=\(value)&platform.ne=\(value)"
    }

    @Test func longQueriesAreCounted() async throws {
        let front = front { $0.bytes = 100_000 }
        var tokens: [String] = []
        for number in 0..<40 { tokens.append(try await token(front, longQuery(number))) }
        var statuses: [Int] = []
        for token in tokens {
            statuses.append(try await front.get("/v1/deployments?page_token=\(token)").status)
        }
        #expect(statuses.first == 410 && statuses.last == 200)
        #expect((2...8).contains(statuses.count { $0 == 200 }), "\(statuses)")
    }

    @Test func rowsAreCountedWithTheirHistoryAndNativeRecords() async throws {
        let front = front { $0.bytes = 1_000_000 }
        let long = Array(("\"" + String(repeating: "x", count: 50_000) + "\"").utf8)
        var rows: [HeldRows] = []
        for number in 0..<20 {
            let listed = ["a", "b"].map {
                SourceDescription.ali.record(uid: "ali/\($0)").replacing(history: long, native: long)
            }
            let list = SourceRows(source: .ali, listed: listed)
            rows.append(HeldRows(list))
            live.replace(
                with: Published(
                    snapshot: Snapshot(id: "s\(number)", publishedAt: time(991), lists: [list]),
                    sources: [.listed(.ali, count: 2)]))
            _ = try await token(front, "page_size=1")
        }
        // 200 KB each, and those of the newest are not counted.
        #expect((4...6).contains(rows.count(where: \.areHeld)))
    }

    @Test func noCursorLastsLongerThanAnHour() async throws {
        let front = front()
        var token = try await token(front, "page_size=1")
        for _ in 0..<15 {
            uptime.replace(with: uptime.value + .seconds(240))
            #expect(try await front.get("/v1/deployments?page_token=\(token)").status == 200)
        }
        uptime.replace(with: .seconds(3601))
        let gone = try await front.get("/v1/deployments?page_token=\(token)")
        #expect(gone.status == 410)
        #expect(gone["Link"] == "<?page_size=1>; rel=\"first\"")
        // The first page anew begins its hour anew.
        token = try await self.token(front, "page_size=1")
        for _ in 0..<15 {
            uptime.replace(with: uptime.value + .seconds(240))
            #expect(try await front.get("/v1/deployments?page_token=\(token)").status == 200)
        }
    }

    @Test func theFirstPageOfAnEndedCursorIsKnownForAnHour() async throws {
        let front = front()
        let (short, long) = (try await token(front, "page_size=1"), try await token(front, longQuery(0)))
        func link(_ token: String) async throws -> String? {
            let gone = try await front.get("/v1/deployments?page_token=\(token)")
            #expect(gone.status == 410)
            return gone["Link"]
        }
        uptime.replace(with: .seconds(301))
        #expect(try await link(short) == "<?page_size=1>; rel=\"first\"")
        // Too long to be stored for every ended cursor.
        #expect(try await link(long) == "<?page=1>; rel=\"first\"")
        uptime.replace(with: .seconds(301 + 3600))
        #expect(try await link(short) == "<?page_size=1>; rel=\"first\"")
        uptime.replace(with: .seconds(302 + 3600))
        #expect(try await link(short) == "<?page=1>; rel=\"first\"")
    }
}
