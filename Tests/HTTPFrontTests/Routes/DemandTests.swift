import Deployments
import HTTPFront
import HTTPTypes
import TestSupport
import Testing
import Wire

/// Demands made from parameters and headers, and the requests that read sources.
@Suite struct DemandTests {
    private let both = ["research", "ali"]

    @Test(
        arguments: [
            ("max_age=0", .zero), ("max_age=30", .seconds(30)), ("max_age=0.5", .milliseconds(500)),
            ("max_age=00.2500000001", .milliseconds(250)), ("max_age=1.000001", .microseconds(1_000_001)),
            ("max_age=315360000", .seconds(315_360_000)), ("max_age=", nil),
            ("max_age=&max_age=7", .seconds(7)),
            ("strict=false", nil), ("strict=true&max_age=2", .seconds(2)), ("", nil),
        ] as [(String, Duration?)])
    func theParameterIsDecimalSeconds(_ query: String, _ maxAge: Duration?) async throws {
        for target in ["/v1/deployments", "/v1/deployments/ali/qwen-1"] {
            let (front, freshness) = FrontHarness.reading()
            #expect(try await front.get("\(target)?\(query)").status == 200)
            #expect(freshness.demands == [Demand(maxAge: maxAge)], "\(target)")
        }
    }

    @Test(
        arguments: [
            (["max-age=5"], .seconds(5)), (["MAX-AGE=5"], .seconds(5)), (["max-age=\"5\""], .seconds(5)),
            (["max-age=\"\\5\""], .seconds(5)), (["no-cache"], .zero), (["No-Cache , max-age=9"], .zero),
            (["max-age=9, max-age=3"], .seconds(3)), (["max-age=9", "no-store", "max-age=4"], .seconds(4)),
            (["max-age=007"], .seconds(7)), (["\tmax-age=5\t,"], .seconds(5)),
            ([",, ,max-age=5,,"], .seconds(5)),
            (["x=\"a, no-cache\", max-age=6"], .seconds(6)),
            (["x=\"\\\", no-cache\", max-age=6"], .seconds(6)),
            (["no-cache=\"set-cookie\""], .zero), (["x y, max-age=5"], .seconds(5)),
            (["x \"a, no-cache\", max-age=5"], .seconds(5)), (["@, max-age=5"], .seconds(5)),
            (["max-age=99999999999999999999"], .seconds(2_147_483_648)),
            (["max-age=2147483649"], .seconds(2_147_483_648)),
            // Malformed, unknown, or a directive that this gateway ignores.
            (["max-age"], nil), (["max-age="], nil), (["max-age=-1"], nil), (["max-age=0.5"], nil),
            (["max-age=five"], nil), (["max-age= 5"], nil), (["max-age =5"], nil), (["max-age=5 6"], nil),
            (["max-age=\"5"], nil), (["max-age=\"5\"6"], nil), (["max-age=\"\""], nil), (["=5"], nil),
            (["no-store"], nil), (["min-fresh=5, max-stale, max-stale=7"], nil), (["s-maxage=5"], nil),
            (["no-cache2, xmax-age=5"], nil), ([""], nil), (["\"no-cache\""], nil), ([], nil),
        ] as [([String], Duration?)])
    func theHeaderIsReadAsRFC9111Says(_ lines: [String], _ maxAge: Duration?) async throws {
        let (front, freshness) = FrontHarness.reading()
        let fields = lines.map { HTTPField(name: .cacheControl, value: $0) }
        let reply = try await front.get("/v1/deployments", lines: fields)
        #expect(reply.status == 200)
        #expect(freshness.demands == [Demand(headerMaxAge: maxAge)])
    }

    /// Well-formed directives keep their meaning among any others.
    @Test(arguments: [31, 32, 33] as [UInt64])
    func directivesAreReadAmongAnyOthers(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let meanings: [(text: String, age: Int?, cachedOnly: Bool)] = [
            ("max-age=7", 7, false), ("Max-Age=\"300\"", 300, false), ("NO-CACHE", 0, false),
            ("only-if-cached", nil, true), ("max-age=-3", nil, false),
            ("x=\"no-cache, \\\" max-age=1\"", nil, false),
            ("no-store", nil, false), ("", nil, false), ("max-age = 1", nil, false), ("é", nil, false),
            ("a b=\"only-if-cached, no-cache\"", nil, false), ("max-age=2 \"", nil, false),
        ]
        for _ in 0..<100 {
            let parts = (0..<Int.random(in: 0...5, using: &random)).compactMap { _ in
                meanings.randomElement(using: &random)
            }
            // The last has a quotation mark that is never closed: it may only end a line.
            let ends = parts.filter { $0.text.last == "\"" && $0.text.contains(" \"") }
            let complete = parts.filter { part in !ends.contains { $0.text == part.text } }
            let spaces = [",", ", ", " ,\t", ",,"]
            let line = complete.map(\.text).joined(separator: spaces.randomElement(using: &random) ?? ",")
            let lines = [line] + ends.map(\.text)
            let (front, freshness) = FrontHarness.reading()
            _ = try await front.get(
                "/v1/deployments", lines: lines.map { HTTPField(name: .cacheControl, value: $0) })
            let expected = Demand(
                headerMaxAge: parts.compactMap(\.age).min().map { .seconds($0) },
                onlyIfCached: parts.contains(where: \.cachedOnly))
            #expect(freshness.demands == [expected], "seed \(seed): \(lines)")
        }
    }

    @Test func parameterAndHeaderGoTheirOwnWays() async throws {
        let (front, freshness) = FrontHarness.reading()
        _ = try await front.get(
            "/v1/deployments?max_age=2.5",
            ["Cache-Control": "max-age=60, Only-If-Cached", "Pragma": "no-cache"])
        _ = try await front.get("/v1/deployments", ["Pragma": "no-cache"])
        #expect(
            freshness.demands == [
                Demand(maxAge: .milliseconds(2500), headerMaxAge: .seconds(60), onlyIfCached: true), .none,
            ])
    }

    @Test(arguments: [
        ("/v1/deployments", ["research", "ali"]), ("/v1/deployments?status=READY", ["research", "ali"]),
        ("/v1/deployments?source=ali&max_age=1", ["ali"]),
        ("/v1/deployments?labels.team=search", ["research"]),
        ("/v1/deployments/research/ml-prod/llama", ["research"]),
        ("/v1/deployments/ali/none", ["ali"]),
        ("/v1/summary?group_by=status&platform=cumulus", ["ali"]),
    ])
    func onlyTheSourcesReachedAreRead(_ target: String, _ sources: [String]) async throws {
        let (front, freshness) = FrontHarness.reading()
        _ = try await front.get(target)
        #expect(freshness.calls.count == 1)
        guard case .read(let names, _) = freshness.calls.first else {
            Issue.record("no read")
            return
        }
        #expect(names == sources)
    }

    @Test(arguments: [
        ("/v1/deployments?max_age=x", 400), ("/v1/deployments?max_age=0&stauts=READY", 400),
        ("/v1/deployments?strict=2", 400), ("/v1/deployments?name=%", 400),
        ("/v1/deployments/ali/qwen-1?page=1", 400), ("/v1/deployments?source=nope", 200),
        ("/v1/deployments/nope/qwen-1?max_age=0", 404), ("/v1/sources", 200), ("/v1/sources/ali", 200),
        ("/v1/sources?max_age=0", 400), ("/v1/sources/ali?strict=true", 400),
        ("/healthz", 200), ("/readyz", 200), ("/v1/summary?group_by=nope", 400),
        ("/v1/summary?group_by=stats&max_age=0", 400), ("/nowhere", 404),
        ("/v1/sources/ali/refresh", 405),
    ])
    func whatIsWrongOrIsNoReadAsksForNothing(_ target: String, _ status: Int) async throws {
        let (front, freshness) = FrontHarness.reading()
        #expect(try await front.get(target).status == status)
        #expect(freshness.calls == [])
    }

    @Test func aWrongFormatOrMethodAsksForNothing() async throws {
        let (front, freshness) = FrontHarness.reading()
        #expect(try await front.get("/v1/sources", ["Accept": "text/csv"]).status == 400)
        #expect(try await front.get("/v1/deployments?format=cvs&max_age=0").status == 400)
        #expect(try await front.get("/v1/deployments?max_age=0", method: .post).status == 405)
        #expect(freshness.calls == [])
    }

    @Test func aStrangerAsksForNothing() async throws {
        var (front, freshness) = FrontHarness.reading()
        front.config.access = AccessPolicy(tokens: [
            AccessToken(name: "ops", secret: Secret("t-1"), permissions: [.refresh])
        ])
        #expect(try await front.get("/v1/deployments?max_age=0").status == 401)
        let headers = ["Authorization": "Bearer t-1"]
        #expect(try await front.get("/v1/deployments?max_age=0", headers).status == 403)
        #expect(freshness.calls == [])
    }

    @Test func headAnd304GoTheSameWay() async throws {
        let (front, freshness) = FrontHarness.reading()
        let tag = try #require(try await front.get("/v1/deployments?max_age=3")["ETag"])
        #expect(try await front.get("/v1/deployments?max_age=3", method: .head).status == 200)
        #expect(try await front.get("/v1/deployments?max_age=3", ["If-None-Match": tag]).status == 304)
        #expect(freshness.demands == Array(repeating: Demand(maxAge: .seconds(3)), count: 3))
    }

    /// The answer is taken from what is published after the wait: rows, states and times together.
    @Test func theAnswerIsThatOfAfterTheWait() async throws {
        let after = examplePublished(
            research: .listed(.research, count: 3, observed: 999), ali: .listed(.ali, count: 1, observed: 998)
        )
        let (front, _) = FrontHarness.reading(
            examplePublished(research: .unlisted(.research), ali: .unlisted(.ali)), then: after)
        let reply = try await front.get("/v1/deployments?fields=uid")
        #expect(reply.status == 200)
        #expect(reply.uids.count == 4)
        #expect(reply["Age"] == "2")
        #expect(reply.json?["oldest_observed_at"]?.string == "1970-01-01T00:16:38.000000Z")
        #expect(reply.json?["complete"]?.bool == true)
    }

    @Test func eachCallerGetsTheAnswerToItsOwnDemand() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let live = Latest(examplePublished())
        let freshness = ScriptedFreshness(read: { _, demand in
            guard demand.maxAge != nil else { return [:] }
            arrived.yield()
            for await _ in gate { break }
            return ["ali": .timeout]
        })
        let front = FrontHarness(published: examplePublished(), live: live, freshness: freshness)
        async let demanding = front.get("/v1/deployments?max_age=0")
        for await _ in arrivals { break }
        let modest = try await front.get("/v1/deployments")
        live.replace(with: examplePublished(research: .listed(.research, count: 3, observed: 999)))
        open.finish()
        let late = try await demanding
        #expect(modest.json?["fresh"]?.bool == true)
        #expect(modest["Rollcall-Sources"] == "research;state=fresh, ali;state=fresh")
        #expect(late.json?["fresh"]?.bool == false)
        #expect(late["Rollcall-Sources"] == "ali;state=fresh;demand=timeout, research;state=fresh")
        #expect(
            late.json?["sources"]?.elements.first?["observed_at"]?.string == "1970-01-01T00:16:39.000000Z")
    }
}
