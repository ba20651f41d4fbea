import Deployments
import HTTPFront
import Snapshots
import Testing
import Wire

@Suite struct HealthTests {
    private func ready(
        _ sources: [SourceStatus], at now: Int64 = 1000,
        readiness: Readiness = Readiness(startedAt: time(1000))
    ) async throws -> FrontHarness.Reply {
        var front = FrontHarness(
            published: Published(
                snapshot: Snapshot(id: "s", publishedAt: time(0), lists: []), sources: sources))
        front.now = time(now)
        front.readiness = readiness
        return try await front.get("/readyz")
    }

    @Test func theProcessAnswersWhateverTheSourcesDo() async throws {
        let front = FrontHarness(
            published: examplePublished(research: .unlisted(.research), ali: .unlisted(.ali)))
        let reply = try await front.get("/healthz?probe=1")
        #expect(reply.status == 200)
        #expect(reply.body == #"{"status":"ok"}"#)
        #expect(reply["Cache-Control"] == "no-store")
    }

    @Test func itIsReadyOnceEverySourceHasAListOrEndedAnAttempt() async throws {
        var stored = SourceStatus.listed(.research, count: 1)
        stored.finishedAttempts = 0
        let failed = SourceStatus.unlisted(.ali).failing(.timeout, "slow")
        #expect(try await ready([stored, failed]).status == 200)
        #expect(try await ready([]).status == 200)
        let waiting = try await ready([stored, .unlisted(.ali)])
        #expect(waiting.status == 503)
        #expect(waiting["Retry-After"] == "1")
        #expect(
            waiting.json?["detail"]?.string
                == "not ready: 1 of 2 sources have a list or have ended an attempt")
    }

    @Test func theOpenRoutesNameNoSource() async throws {
        for reply in [try await ready([.unlisted(.ali)]), try await ready([.listed(.ali, count: 1)])] {
            #expect(!reply.body.contains("ali"))
            #expect(reply["Rollcall-Sources"] == nil)
        }
    }

    @Test func itIsReadyAfterAWhileWhateverHappens() async throws {
        #expect(try await ready([.unlisted(.ali)], at: 1029).status == 503)
        #expect(try await ready([.unlisted(.ali)], at: 1030).status == 200)
    }

    @Test func onceReadyItStaysReadyUntilItStops() async throws {
        let readiness = Readiness(startedAt: time(1000))
        #expect(try await ready([.unlisted(.ali)], readiness: readiness).status == 503)
        #expect(try await ready([.listed(.ali, count: 1)], readiness: readiness).status == 200)
        #expect(try await ready([.unlisted(.ali)], readiness: readiness).status == 200)
        readiness.beginShutdown()
        let stopping = try await ready([.listed(.ali, count: 1)], at: 5000, readiness: readiness)
        #expect(stopping.status == 503)
        #expect(stopping.json?["detail"]?.string == "not ready: the gateway is shutting down")
    }

    @Test func aStoreThatAnotherGatewayUsesIsReported() async throws {
        var front = FrontHarness(published: examplePublished())
        front.storeProblem = StoreProblem(since: time(900), message: "process 7 uses it", state: .locked)
        #expect(try await front.get("/readyz").body == #"{"status":"ready","store":"locked"}"#)
        let sources = try await front.get("/v1/sources")
        #expect(sources.json?["store"]?["state"]?.string == "locked")
        #expect(sources.json?["store"]?["message"]?.string == "process 7 uses it")
    }

    @Test func aStoreThatFailsIsReportedAndTakesNoReadinessAway() async throws {
        var front = FrontHarness(published: examplePublished())
        let well = try await front.get("/v1/sources")
        #expect(try await front.get("/readyz").body == #"{"status":"ready"}"#)
        #expect(well.json?["store"] == nil)

        front.storeProblem = StoreProblem(since: time(900), message: "SQLite error 13: disk is full")
        let ready = try await front.get("/readyz")
        #expect(ready.status == 200)
        // Open to everyone, it says no more than that.
        #expect(ready.body == #"{"status":"ready","store":"failing"}"#)
        #expect(try await front.get("/healthz").body == #"{"status":"ok"}"#)
        let shown = """
            "store":{"state":"failing","since":"1970-01-01T00:15:00.000000Z",\
            "message":"SQLite error 13: disk is full"}}
            """
        let sources = try await front.get("/v1/sources")
        #expect(sources.status == 200)
        #expect(sources.body.hasSuffix("]," + shown))
        #expect(sources["ETag"] != well["ETag"])
        let one = try await front.get("/v1/sources/ali")
        #expect(one.body.hasSuffix("}," + shown))
        #expect(one.json?["data"]?["state"]?.string == "fresh")
    }
}
