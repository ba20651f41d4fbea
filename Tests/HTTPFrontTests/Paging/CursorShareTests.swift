import Deployments
import HTTPFront
import Snapshots
import TestSupport
import Testing
import Wire

/// Many cursors of one caller: they end each other, and nobody else's.
@Suite struct CursorShareTests {
    private let live = Latest(examplePublished())

    private func front(_ change: (inout CursorStore.Limits) -> Void) -> FrontHarness {
        var limits = CursorStore.Limits()
        change(&limits)
        var front = FrontHarness(published: live.value, live: live)
        front.cursors = CursorStore(limits: limits)
        front.config.access = AccessPolicy(
            tokens: ["flood", "honest"].map {
                AccessToken(name: $0, secret: Secret("\($0)-secret"), permissions: [.read])
            })
        return front
    }

    private func get(
        _ front: FrontHarness, as name: String, _ query: String
    ) async throws -> FrontHarness.Reply {
        try await front.get("/v1/deployments?\(query)", ["Authorization": "Bearer \(name)-secret"])
    }

    private func token(_ front: FrontHarness, as name: String, _ query: String) async throws -> String {
        try #require(try await get(front, as: name, query).nextPageToken)
    }

    private func status(_ front: FrontHarness, as name: String, _ token: String) async throws -> Int {
        try await get(front, as: name, "page_token=\(token)").status
    }

    @Test func oneCallersCursorsEndOnlyItsOwn() async throws {
        let front = front { $0.cursors = 40 }
        let honest = try await token(front, as: "honest", "page_size=1")
        var flood: [String] = []
        for number in 0..<100 {
            flood.append(try await token(front, as: "flood", "page_size=1&name.ne=\(number)"))
        }
        #expect(try await status(front, as: "honest", honest) == 200)
        var statuses: [Int] = []
        for token in flood { statuses.append(try await status(front, as: "flood", token)) }
        #expect(statuses == Array(repeating: 410, count: 90) + Array(repeating: 200, count: 10))
    }

    @Test func withinItsShareTheUnusedOnesEndFirst() async throws {
        let front = front { $0.cursors = 16 }
        let used = try await token(front, as: "flood", "page_size=1")
        #expect(try await status(front, as: "flood", used) == 200)
        for number in 0..<10 { _ = try await token(front, as: "flood", "page_size=1&name.ne=\(number)") }
        #expect(try await status(front, as: "flood", used) == 200)
    }

    /// A caller that requests what others request, and then floods, would end theirs otherwise.
    @Test(arguments: [true, false]) func aCursorThatSeveralHaveStaysWithTheOthers(_ isFirst: Bool)
        async throws
    {
        var front = front { $0.cursors = 40 }
        front.cache = ResponseCache()
        let names = isFirst ? ["flood", "honest"] : ["honest", "flood"]
        var tokens: [String] = []
        for name in names { tokens.append(try await token(front, as: name, "page_size=1")) }
        #expect(tokens[0] == tokens[1])
        for number in 0..<50 { _ = try await token(front, as: "flood", "page_size=1&name.ne=\(number)") }
        #expect(try await status(front, as: "honest", tokens[0]) == 200)
    }

    /// Another's cursor ends it while the response with its token is still shared.
    @Test(arguments: [true, false]) func aTokenOfACursorThatHasEndedIsNotGivenOut(_ areKnown: Bool)
        async throws
    {
        var front = front { $0.cursors = 1 }
        front.cache = ResponseCache()
        if !areKnown { front.config.access = AccessPolicy() }
        _ = try await token(front, as: "honest", "page_size=1")
        _ = try await token(front, as: "flood", "page_size=2")
        let again = try await token(front, as: "honest", "page_size=1")
        #expect(try await status(front, as: "honest", again) == 200)
    }

    @Test func theMemoryOfOldRowsHasSharesToo() async throws {
        let front = front { $0.bytes = 4_000_000 }
        let long = Array(("\"" + String(repeating: "x", count: 50_000) + "\"").utf8)
        var rows: [HeldRows] = []
        func publish(_ number: Int) {
            let listed = ["a", "b"].map {
                SourceDescription.ali.record(uid: "ali/\($0)").replacing(history: long, native: long)
            }
            live.replace(with: published(listed, of: .ali, id: "s\(number)"))
            rows.append(HeldRows(live.value.snapshot.lists[0]))
        }
        publish(0)
        let honest = try await token(front, as: "honest", "page_size=1")
        for number in 1...20 {
            publish(number)
            _ = try await token(front, as: "flood", "page_size=1")
        }
        // 200 KB each, a quarter of 4 MB, beside the honest caller's and the newest.
        #expect((5...8).contains(rows.count(where: \.areHeld)))
        #expect(try await status(front, as: "honest", honest) == 200)
    }

    @Test func withoutAnotherCallerAShareIsAQuarterStill() async throws {
        let front = front { $0.cursors = 3 }
        let tokens = [
            try await token(front, as: "honest", "page_size=1"),
            try await token(front, as: "honest", "page_size=2"),
        ]
        #expect(try await status(front, as: "honest", tokens[0]) == 410)
        #expect(try await status(front, as: "honest", tokens[1]) == 200)
    }
}
