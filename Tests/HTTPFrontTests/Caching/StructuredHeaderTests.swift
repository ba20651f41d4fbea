import Deployments
import HTTPTypes
import RawStructuredFieldValues
import TestSupport
import Testing
import Wire

/// `Rollcall-Complete`, `Rollcall-Fresh`, `Rollcall-Sources`, `Cache-Status` and `Cache-Control`, parsed as structured
/// fields.
///
/// They state what the body states.
@Suite struct StructuredHeaderTests {
    private static let partial = {
        var status = SourceStatus.listed(.ali, count: 1)
        status.partitions.total = 2
        return status
    }()

    static let examples = [
        examplePublished(), examplePublished(ali: partial), examplePublished(ali: .unlisted(.ali)),
        examplePublished(ali: .listed(.ali, count: 1, observed: 100)),
        examplePublished(ali: .listed(.ali, count: 1).failing(.rateLimited, "429")),
        examplePublished(ali: .unlisted(.ali).failing(.badResponse, "no list")),
        published([], of: .example("4711-x")),
    ]

    @Test(arguments: examples.indices, ["", "?max_age=1"])
    func theHeadersSayWhatTheBodySays(_ index: Int, _ query: String) async throws {
        let published = Self.examples[index]
        let (front, _) = FrontHarness.reading(published, unmet: ["research": .minInterval])
        let reply = try await front.get("/v1/deployments\(query)")
        let body = try #require(reply.json)
        #expect(try reply.boolean("Rollcall-Complete") == body["complete"]?.bool)
        #expect(try reply.boolean("Rollcall-Fresh") == body["fresh"]?.bool)
        let sources = try #require(body["sources"]).elements.map { source in
            let name = source["name"]?.string ?? ""
            let isToken = name.first?.isLetter == true
            var item = StructuredItem(value: isToken ? .token(name) : .string(name))
            item.parameters["state"] = source["state"]?.string.map { .token($0) }
            item.parameters["error"] = source["error"]?["class"]?.string.map { .token($0) }
            item.parameters["demand"] = source["demand"]?.string.map { .token($0) }
            return item
        }
        // Those that are not fresh, or older than demanded, come first.
        func isFresh(_ item: StructuredItem) -> Bool {
            item.parameters["state"] == .token("fresh") && item.parameters["demand"] == nil
        }
        #expect(
            try reply.list("Rollcall-Sources")
                == sources.filter { !isFresh($0) } + sources.filter(isFresh))
    }

    @Test func theCacheStatusIsAListOfOneCache() async throws {
        let hit = try await FrontHarness(published: examplePublished()).get("/v1/deployments")
        let expected = StructuredItem(
            value: .token("rollcall"), parameters: ["hit": true, "ttl": 20])
        #expect(try hit.list("Cache-Status") == [expected])
        let (front, _) = FrontHarness.reading(
            examplePublished(research: .unlisted(.research)),
            then: examplePublished(research: .listed(.research, count: 3, observed: 1000)))
        let missed = try await front.get("/v1/deployments?source=research")
        let fetched = StructuredItem(
            value: .token("rollcall"),
            parameters: ["fwd": .token("uri-miss"), "stored": true, "ttl": 30])
        #expect(try missed.list("Cache-Status") == [fetched])
    }

    @Test func theCacheControlAllowsTheShortestTtlOfFreshListsAlone() async throws {
        let fresh = try await FrontHarness(published: examplePublished()).get("/v1/deployments")
        #expect(try fresh.directives("Cache-Control") == ["private": true, "max-age": 30])
        let stale = try await FrontHarness(published: Self.examples[3]).get("/v1/deployments")
        #expect(try stale.directives("Cache-Control") == ["private": true, "no-cache": true])
        let refresh = FrontHarness(
            published: examplePublished(), freshness: ScriptedFreshness(refresh: { _ in .done }))
        let done = try await refresh.get("/v1/sources/ali/refresh", method: .post)
        #expect(try done.directives("Cache-Control") == ["no-store": true])
    }
}
