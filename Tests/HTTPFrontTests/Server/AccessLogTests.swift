import Deployments
import HTTPFront
import Logging
import TestSupport
import Testing

@Suite struct AccessLogTests {
    @Test func aRequestIsOneLineWithoutItsTokenPathOrQuery() async throws {
        let lines = LogLines()
        var front = FrontHarness(published: examplePublished())
        front.config.access = AccessPolicy(tokens: [
            AccessToken(name: "grafana", secret: Secret("canary-token"), permissions: [.read])
        ])
        front.logger = lines.logger(.trace)
        _ = try await front.get(
            "/v1/deployments/ali/qwen-1?canary-query=1",
            ["Authorization": "Bearer canary-token", "X-Request-Id": "r-1"])
        let written = lines.lines
        #expect(written.count == 1)
        let line = try #require(written.first)
        #expect(line.hasPrefix("debug request "))
        for part in [
            "method=GET", "route=/v1/deployments/{uid}", "status=400", "token=grafana", "request_id=r-1",
        ] {
            #expect(line.contains(part), "\(line)")
        }
        #expect(!line.contains("canary") && !line.contains("qwen"))
    }

    @Test func aStreamIsCalledSoWhereItsLengthIsUnknown() async throws {
        let lines = LogLines()
        var front = FrontHarness(published: examplePublished())
        front.streams = ResponseStreams {
            $0.pieceBytes = 1
            $0.completeRows = 0
        }
        front.logger = lines.logger(.trace)
        for target in ["/v1/deployments?format=csv", "/v1/deployments?name=nobody&format=csv&fields=uid"] {
            _ = try await front.get(target)
        }
        #expect(lines.lines.map { $0.contains("bytes=streamed") } == [true, false])
        #expect(lines.lines.last?.contains("bytes=5 ") == true)
    }
}
