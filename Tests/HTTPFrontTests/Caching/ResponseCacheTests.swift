import Deployments
import HTTPFront
import HTTPTypes
import Snapshots
import TestSupport
import Testing
import Wire

/// Whatever is kept, a client cannot tell it from what is made anew.
@Suite struct ResponseCacheTests {
    private static let targets = [
        "/v1/deployments", "/v1/deployments?page_size=1", "/v1/deployments?page_size=1&page=2",
        "/v1/deployments?source=ali", "/v1/deployments?format=csv", "/v1/deployments?fields=uid&sort=-name",
        "/v1/deployments?created_at.gte=-10s",
        "/v1/deployments?filter=%7B%22created_at%22:%7B%22$lt%22:%22-1s%22%7D%7D",
        "/v1/deployments?max_age=12", "/v1/summary?group_by=status", "/v1/summary?group_by=created_at:hour",
        "/v1/deployments/research/ml-prod/llama", "/v1/deployments/nowhere", "/v1/sources", "/v1/sources/ali",
        "/healthz", "/v1/deployments?name.nope=1",
    ]

    /// How the two sources stand in one publication.
    private static func publication(_ number: Int, using random: inout SeededGenerator) -> Published {
        let observed = 985 + Int64.random(in: 0...20, using: &random)
        var research = SourceStatus.listed(.research, count: 3, observed: observed)
        if Bool.random(using: &random) { research.ttl = .milliseconds(2500) }
        if Int.random(in: 0..<4, using: &random) == 0 { research = research.failing(.timeout, "late") }
        if Int.random(in: 0..<4, using: &random) == 0 { research.freshFor = .milliseconds(11_300) }
        let ali = Bool.random(using: &random) ? SourceStatus.listed(.ali, count: 1) : .unlisted(.ali)
        var published = examplePublished(research: research, ali: ali)
        published.number = number
        return published
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func anAnswerThatIsKeptIsTheOneThatWouldBeMade(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var keeping = FrontHarness(published: examplePublished(), cache: ResponseCache())
        var microseconds: Int64 = 1_000_000_000
        var tags = ["*", "\"none\""]
        for step in 0..<120 {
            if Int.random(in: 0..<6, using: &random) == 0 {
                keeping.published = Self.publication(step + 1, using: &random)
            }
            // Mostly on, by steps that a second is many of; sometimes back.
            microseconds += Int64.random(in: -200_000...450_000, using: &random)
            keeping.now = Timestamp(microseconds: microseconds)
            var making = keeping
            making.cache = nil
            let target = Self.targets.randomElement(using: &random) ?? ""
            var headers = ["X-Request-Id": "same"]
            if Int.random(in: 0..<4, using: &random) == 0 { headers["Accept-Encoding"] = "gzip" }
            if Int.random(in: 0..<4, using: &random) == 0 {
                headers["If-None-Match"] = tags.randomElement(using: &random)
            }
            if Int.random(in: 0..<8, using: &random) == 0 { headers["Cache-Control"] = "max-age=11" }
            if Int.random(in: 0..<8, using: &random) == 0 { headers["Accept"] = "application/x-ndjson" }
            let method: HTTPRequest.Method = Int.random(in: 0..<6, using: &random) == 0 ? .head : .get
            let kept = try await keeping.get(target, headers, method: method)
            let made = try await making.get(target, headers, method: method)
            let place: Comment = "seed \(seed), step \(step): \(method) \(target) \(headers)"
            try #require(kept.status == made.status, place)
            try #require(kept.headers == made.headers, place)
            try #require(kept.bytes == made.bytes, place)
            if let tag = kept["ETag"] { tags.append(tag) }
        }
    }

    /// How often the sources are read for requests of one front, second after second.
    private func reads(_ target: String, _ headers: [String: String] = [:], times: Int = 5) async throws
        -> Int
    {
        let freshness = ScriptedFreshness()
        let front = FrontHarness(published: examplePublished(), freshness: freshness, cache: ResponseCache())
        for _ in 0..<times { #expect(try await front.get(target, headers).status == 200) }
        return freshness.asked.count
    }

    @Test(arguments: [
        "/v1/deployments", "/v1/summary?group_by=status", "/v1/deployments/research/ml-prod/llama",
        "/v1/deployments?format=ndjson", "/v1/deployments?created_at.gte=2026-01-31&sort=-name",
        "/v1/deployments?replicas.ready.gte=-1&q=-32b&name.ne=-15m",
    ])
    func theSameQueryIsAnsweredOnce(_ target: String) async throws {
        #expect(try await reads(target) == 1)
        #expect(try await reads(target, ["Accept-Encoding": "gzip"]) == 1)
    }

    @Test(arguments: [
        "created_at.gte=-10m", "filter=%7B%22created_at%22%3A%7B%22%24gt%22%3A%22-10m%22%7D%7D",
        "filter=%7B%22created_at%22%3A%7B%22%24gt%22%3A%22%5Cu002d10m%22%7D%7D", "created_at=2026-01-31,-1s",
        "filter[created_at][lt]=%2D1s", "max_age=100",
    ])
    func whatDependsOnTheMomentIsMadeEachTime(_ query: String) async throws {
        #expect(try await reads("/v1/deployments?\(query)") == 5)
    }

    @Test func aDemandIsHeardEachTime() async throws {
        #expect(try await reads("/v1/deployments", ["Cache-Control": "max-age=100"]) == 5)
    }

    @Test func aWaitForAPlatformIsNobodyElsesAnswer() async throws {
        let before = examplePublished(research: .unlisted(.research))
        var (front, freshness) = FrontHarness.reading(before, then: examplePublished())
        front.cache = ResponseCache()
        for _ in 0..<3 { #expect(try await front.get("/v1/deployments").status == 200) }
        // The first one waited; the second one's answer is the third one's too.
        #expect(freshness.asked.count == 2)
    }

    @Test(arguments: [
        "/v1/deployments", "/v1/deployments?format=csv", "/v1/summary?group_by=source,status",
    ])
    func aKeptAnswerIsCompressedOnce(_ target: String) async throws {
        var front = FrontHarness(published: examplePublished(), cache: ResponseCache())
        for milliseconds in stride(from: 1_000_000, to: 1_005_000, by: 500) as StrideTo<Int64> {
            front.now = Timestamp(microseconds: milliseconds * 1000)
            let reply = try await front.get(target, ["Accept-Encoding": "gzip"])
            #expect(reply["Content-Encoding"] == "gzip")
        }
        #expect(front.compressor.count == 1)
        // The same bytes again.
        front.published.number = 1
        _ = try await front.get(target, ["Accept-Encoding": "gzip"])
        #expect(front.compressor.count == 1)
        let others = (0..<40).map {
            SourceDescription.research.record(uid: "research/\($0)")
        }
        front.published = published(others, of: .research)
        front.published.number = 2
        _ = try await front.get(target, ["Accept-Encoding": "gzip"])
        #expect(front.compressor.count == 2)
    }

    @Test(arguments: ["/openapi.json", "/docs"])
    func theDescriptionIsCompressedOnceForAll(_ target: String) async throws {
        let first = FrontHarness(published: examplePublished())
        for _ in 0..<3 { _ = try await first.get(target, ["Accept-Encoding": "gzip"]) }
        // Another test may have had it made.
        #expect(first.compressor.count <= 1)
        let second = FrontHarness(published: examplePublished())
        let reply = try await second.get(target, ["Accept-Encoding": "gzip"])
        #expect(reply["Content-Encoding"] == "gzip")
        #expect(second.compressor.count == 0)
    }

    @Test(arguments: [(2048, 1), (2049, 5)])
    func whatIsAskedWithTooManyWordsIsMadeEachTime(_ bytes: Int, _ times: Int) async throws {
        let target = "/v1/deployments?name="
        let long = target + String(repeating: "x", count: bytes - target.utf8.count)
        #expect(try await reads(long) == times)
        let accept = "application/json;x=" + String(repeating: "x", count: bytes - 19)
        #expect(try await reads("/v1/deployments", ["Accept": accept]) == times)
    }

    @Test func whatIsKeptCountsWithItsHeadersAndWhatItWasAskedWith() async throws {
        let target = "/v1/deployments?fields=uid&name=" + String(repeating: "x", count: 1500)
        let bare = FrontHarness(published: examplePublished())
        let bytes = try await bare.get(target).bytes.count
        for (room, times) in [(2 * bytes + 2000, 3), (2 * bytes + 4000, 1)] {
            var limits = ResponseCache.Limits()
            limits.bytes = room
            let freshness = ScriptedFreshness()
            let front = FrontHarness(
                published: examplePublished(), freshness: freshness, cache: ResponseCache(limits: limits))
            for _ in 0..<3 { _ = try await front.get(target) }
            #expect(freshness.asked.count == times)
        }
    }

    @Test func whatHasNoRoomIsMadeEachTime() async throws {
        var limits = ResponseCache.Limits()
        limits.answers = 1
        let freshness = ScriptedFreshness()
        let front = FrontHarness(
            published: examplePublished(), freshness: freshness, cache: ResponseCache(limits: limits))
        for _ in 0..<3 {
            _ = try await front.get("/v1/deployments")
            _ = try await front.get("/v1/deployments?source=ali")
        }
        #expect(freshness.asked.count == 4)
        limits.bytes = 10
        let none = FrontHarness(
            published: examplePublished(), freshness: freshness, cache: ResponseCache(limits: limits))
        for _ in 0..<3 { _ = try await none.get("/v1/deployments") }
        #expect(freshness.asked.count == 7)
    }
}
