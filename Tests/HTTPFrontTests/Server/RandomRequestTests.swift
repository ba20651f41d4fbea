import Deployments
import TestSupport
import Testing
import Wire

@Suite struct RandomRequestTests {
    private static let pieces = [
        "name", "status", "filter", "[", "]", "$", "like", "eq", "in", ".", ",", "=", "&", "&", "=", "?", "%",
        "%25",
        "%C3", "%A9", "+", "-", "-7d", "2024-01-01", "READY", "9223372036854775808", "1e308", "labels",
        "page", "sort", "page_token",
        "fields", "include", "history", "\u{e9}", "\u{1F600}", "/", "#", ";", "true", "q", "created_at",
        "gte", "version",
    ]

    @Test(arguments: [21, 22, 23, 24] as [UInt64])
    func everyRequestIsAnsweredInJSON(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let front = FrontHarness(published: examplePublished())
        for _ in 0..<250 {
            let tail = (0..<Int.random(in: 0...14, using: &random))
                .map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined()
            let start =
                ["/v1/deployments?", "/v1/deployments/", "/v1/sources", "/v1/summary?group_by=", "/", ""]
                .randomElement(using: &random) ?? ""
            let reply = try await front.get(start + tail)
            #expect([200, 303, 400, 404].contains(reply.status), "seed \(seed): \(start + tail)")
            #expect((reply.json == nil) == (reply.status == 303), "seed \(seed): \(start + tail)")
            #expect(reply["X-Request-Id"] != nil)
        }
    }
}
