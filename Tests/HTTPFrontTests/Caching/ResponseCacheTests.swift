import Deployments
import HTTPFront
import HTTPTypes
import NIOCore
import Snapshots
import TestSupport
import Testing
import Wire

/// A client cannot tell a cached response from one that is made anew.
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

    /// The two sources, in states of their own for each publication.
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
    func aCachedResponseIsTheOneThatWouldBeMade(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var caching = FrontHarness(published: examplePublished(), cache: ResponseCache())
        var microseconds: Int64 = 1_000_000_000
        var tags = ["*", "\"none\""]
        for step in 0..<120 {
            if Int.random(in: 0..<6, using: &random) == 0 {
                caching.published = Self.publication(step + 1, using: &random)
            }
            // Mostly forward, by steps much shorter than a second; sometimes back.
            microseconds += Int64.random(in: -200_000...450_000, using: &random)
            caching.now = Timestamp(microseconds: microseconds)
            var making = caching
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
            let cached = try await caching.get(target, headers, method: method)
            let made = try await making.get(target, headers, method: method)
            let request: Comment = "seed \(seed), step \(step): \(method) \(target) \(headers)"
            try #require(cached.status == made.status, request)
            try #require(cached.headers == made.headers, request)
            try #require(cached.bytes == made.bytes, request)
            if let tag = cached["ETag"] { tags.append(tag) }
        }
    }

    /// The number of reads of the sources for requests to one front, one after the other.
    private func reads(_ target: String, _ headers: [String: String] = [:], times: Int = 5) async throws
        -> Int
    {
        let freshness = ScriptedFreshness()
        let front = FrontHarness(published: examplePublished(), freshness: freshness, cache: ResponseCache())
        for _ in 0..<times { #expect(try await front.get(target, headers).status == 200) }
        return freshness.calls.count
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
        #expect(freshness.calls.count == 2)
    }

    @Test(arguments: [
        "/v1/deployments", "/v1/deployments?format=csv", "/v1/summary?group_by=source,status",
    ])
    func oneBufferIsSentToAllReadersOfABody(_ target: String) async throws {
        for (headers, coding) in [([:], nil), (["Accept-Encoding": "gzip"], "gzip")] {
            var front = FrontHarness(published: examplePublished(), cache: ResponseCache())
            func send() async throws -> ByteBuffer {
                let reply = try await front.get(target, headers)
                #expect(reply["Content-Encoding"] == coding)
                return try #require(reply.buffers.first)
            }
            let first = try await send()
            for milliseconds in stride(from: 1_000_500, to: 1_005_000, by: 500) as StrideTo<Int64> {
                front.now = Timestamp(microseconds: milliseconds * 1000)
                #expect(isSameStorage(try await send(), first))
            }
            // The same bytes again.
            front.published.number = 1
            #expect(isSameStorage(try await send(), first))
            let others = (0..<40).map { SourceDescription.research.record(uid: "research/\($0)") }
            front.published = published(others, of: .research)
            front.published.number = 2
            #expect(!isSameStorage(try await send(), first))
        }
    }

    @Test(arguments: ["/openapi.json", "/docs"])
    func oneBufferOfTheDescriptionIsSentToAll(_ target: String) async throws {
        for headers in [[:], ["Accept-Encoding": "gzip"]] {
            var buffers: [ByteBuffer] = []
            for _ in 0..<2 {
                let front = FrontHarness(published: examplePublished())
                for _ in 0..<2 { buffers += try await front.get(target, headers).buffers }
            }
            let first = try #require(buffers.first)
            #expect(buffers.count == 4 && buffers.allSatisfy { isSameStorage($0, first) })
        }
    }

    @Test(arguments: [(2048, 1), (2049, 5)])
    func aLongRequestIsAnsweredAnewEachTime(_ bytes: Int, _ times: Int) async throws {
        let target = "/v1/deployments?name="
        let long = target + String(repeating: "x", count: bytes - target.utf8.count)
        #expect(try await reads(long) == times)
        let accept = "application/json;x=" + String(repeating: "x", count: bytes - 19)
        #expect(try await reads("/v1/deployments", ["Accept": accept]) == times)
    }

    @Test func aCachedResponseCountsWithItsHeadersAndItsKey() async throws {
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
            #expect(freshness.calls.count == times)
        }
    }

    @Test func whatHasNoRoomIsMadeEachTime() async throws {
        var limits = ResponseCache.Limits()
        limits.responses = 1
        let freshness = ScriptedFreshness()
        let front = FrontHarness(
            published: examplePublished(), freshness: freshness, cache: ResponseCache(limits: limits))
        for _ in 0..<3 {
            _ = try await front.get("/v1/deployments")
            _ = try await front.get("/v1/deployments?source=ali")
        }
        #expect(freshness.calls.count == 4)
        limits.bytes = 10
        let none = FrontHarness(
            published: examplePublished(), freshness: freshness, cache: ResponseCache(limits: limits))
        for _ in 0..<3 { _ = try await none.get("/v1/deployments") }
        #expect(freshness.calls.count == 7)
    }
}
