import Deployments
import HTTPFront
import HTTPTypes
import NIOCore
import Testing
import Wire

/// `POST /v1/sources/{name}/refresh`.
@Suite struct RefreshRouteTests {
    private static let path = "/v1/sources/ali/refresh"

    private func front(_ outcome: RefreshOutcome?, observed: Int64? = nil) -> (
        FrontHarness, ScriptedFreshness
    ) {
        let live = Latest(examplePublished())
        let freshness = ScriptedFreshness(refresh: { _ in
            if let observed {
                live.replace(with: examplePublished(ali: .listed(.ali, count: 1, observed: observed)))
            }
            return outcome
        })
        return (FrontHarness(published: examplePublished(), live: live, freshness: freshness), freshness)
    }

    @Test(arguments: [(RefreshOutcome.done, 200), (.inProgress, 202)])
    func theSourceIsReportedAsItStandsAfterwards(_ outcome: RefreshOutcome, _ status: Int) async throws {
        let (front, freshness) = front(outcome, observed: 999)
        let reply = try await front.get(Self.path, method: .post)
        #expect(reply.status == status)
        #expect(freshness.calls == [.refresh("ali")])
        #expect(reply.json?["data"]?["observed_at"]?.string == "1970-01-01T00:16:39.000000Z")
        #expect(reply.body == (try await front.get("/v1/sources/ali")).body)
        #expect(reply["Rollcall-Sources"] == "ali;state=fresh")
        #expect(reply["Age"] == "1")
        #expect(reply["Cache-Status"] == "rollcall; fwd=method; stored; ttl=29")
        #expect(reply["Cache-Control"] == "no-store")
        #expect(reply["Content-Type"] == "application/json")
        #expect(reply["ETag"] == nil)
    }

    @Test func anIfNoneMatchIsNotForARefresh() async throws {
        let reply = try await front(.done).0.get(Self.path, ["If-None-Match": "*"], method: .post)
        #expect(reply.status == 200)
        #expect(reply["Cache-Status"] == "rollcall; fwd=method; ttl=20")
    }

    @Test(
        arguments: [
            (.minInterval, .milliseconds(1200), "2", "`min_interval` has not passed"),
            (.budget, .seconds(3600), "3600", "request budget is used up"),
            (.timeout, .zero, "1", "last attempt failed"),
            (.budget, .seconds(Int64.max), "9223372036855", "request budget is used up"),
            (.minInterval, .seconds(-5), "1", "`min_interval` has not passed"),
        ] as [(UnmetDemand, Duration, String, String)])
    func aRefusalNamesTheLimitAndTheTime(
        _ limit: UnmetDemand, _ wait: Duration, _ retryAfter: String, _ text: String
    ) async throws {
        let (front, _) = front(.refused(limit, retryAfter: wait))
        let reply = try await front.get(Self.path, method: .post)
        #expect(reply.status == 429)
        #expect(reply["Retry-After"] == retryAfter)
        #expect(reply.json?["type"]?.string == "urn:rollcall:problem:too-many-requests")
        let detail = try #require(reply.json?["detail"]?.string)
        #expect(detail.contains(text) && detail.hasSuffix("(`\(limit.rawValue)`)"))
        #expect(reply.json?["sources"]?.elements.compactMap { $0["demand"]?.string } == [limit.rawValue])
    }

    @Test func aRefreshThatAnotherGatewayWouldHaveToMakeIsAConflict() async throws {
        let (front, _) = front(.refused(.locked, retryAfter: .seconds(1)))
        let reply = try await front.get(Self.path, method: .post)
        #expect(reply.status == 409 && reply["Retry-After"] == "1")
        #expect(reply.json?["type"]?.string == "urn:rollcall:problem:conflict")
        #expect(reply.json?["title"]?.string == "Conflict")
        #expect(reply.json?["sources"]?.elements.compactMap { $0["demand"]?.string } == ["locked"])
    }

    @Test(arguments: ["nope", "%61li", "ALI"])
    func aSourceThatIsNotThereIsNotFound(_ name: String) async throws {
        let (front, freshness) = front(.done)
        #expect(try await front.get("/v1/sources/\(name)/refresh", method: .post).status == 404)
        #expect(freshness.calls == [])
    }

    @Test func aSourceThatTheEngineDoesNotKnowIsNotFound() async throws {
        #expect(try await front(nil).0.get(Self.path, method: .post).status == 404)
    }

    @Test func itTakesNoParameters() async throws {
        let (front, freshness) = front(.done)
        for query in ["max_age=0", "strict=true", "x=1"] {
            #expect(try await front.get("\(Self.path)?\(query)", method: .post).status == 400)
        }
        #expect(freshness.calls == [])
    }

    @Test func aBodyIsIgnoredWithinItsLimit() async throws {
        let (front, freshness) = front(.done)
        let small = ByteBuffer(repeating: 1, count: 65_536)
        #expect(try await front.get(Self.path, method: .post, body: small).status == 200)
        let long = ByteBuffer(repeating: 1, count: 65_537)
        #expect(try await front.get(Self.path, method: .post, body: long).status == 413)
        #expect(freshness.calls == [.refresh("ali")])
    }

    @Test func itWantsARightOfItsOwn() async throws {
        var (front, freshness) = front(.done)
        front.config.access = AccessPolicy(tokens: [
            AccessToken(name: "grafana", secret: Secret("t-read"), permissions: [.read, .write]),
            AccessToken(name: "ops", secret: Secret("t-refresh"), permissions: [.refresh]),
        ])
        #expect(try await front.get(Self.path, method: .post).status == 401)
        let reader = try await front.get(Self.path, ["Authorization": "Bearer t-read"], method: .post)
        #expect(reader.status == 403)
        #expect(
            reader.json?["detail"]?.string
                == "this access token lacks the right `refresh`; add it to the token's `may`")
        #expect(freshness.calls == [])
        let ops = ["Authorization": "Bearer t-refresh"]
        #expect(try await front.get(Self.path, ops, method: .post).status == 200)
        #expect(freshness.calls == [.refresh("ali")])
    }
}
