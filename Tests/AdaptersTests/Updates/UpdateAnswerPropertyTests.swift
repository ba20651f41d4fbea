import Adapters
import Deployments
import TestSupport
import Testing
import Upstream

/// Answers to updates that are broken at random places.
@Suite(.timeLimit(.minutes(10))) struct UpdateAnswerPropertyTests {
    private static let bodies = [
        #"{"item": {"id": "a", "name": "a", "ws": "w", "want": 4, "state": "up", "who": "canary"}}"#,
        #"{"errors": [{"field": "size", "text": "canary"}], "code": "canary canary"}"#, "", "null",
        "<html>canary",
    ]

    /// One of the bodies with up to three bytes replaced, removed or repeated.
    private static func body(_ random: inout SeededGenerator) -> [UInt8] {
        var body = Array((bodies.randomElement(using: &random) ?? "").utf8)
        for _ in 0..<Int.random(in: 0...3, using: &random) where !body.isEmpty {
            let index = Int.random(in: 0..<body.count, using: &random)
            switch Int.random(in: 0...3, using: &random) {
            case 0: body[index] = UInt8.random(in: 0...255, using: &random)
            case 1: body.remove(at: index)
            case 2: body.insert(body[index], at: index)
            default: body.removeSubrange(index...)
            }
        }
        return body
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func theStatusAloneDecidesWhereNoErrorIsReadFromASuccess(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let status =
                [200, 201, 204, 299, 301, 303, 400, 404, 408, 422, 425, 429, 499, 500, 503, 599]
                .randomElement(using: &random) ?? 200
            let answer = UpstreamResponse(status: status, body: Self.body(&random))
            let result = try await UpdateFile.result(ScriptedTransport { _ in answer })
            let text = String(decoding: answer.body, as: UTF8.self)
            switch (status, result) {
            case (200..<300, .applied(let row)): #expect(row?.owner == nil, "seed \(seed): \(text)")
            case (303, .unknown), (408, .unknown), (500..., .unknown): break
            case (300..<500, .refused) where status != 303 && status != 408: break
            default: Issue.record("seed \(seed): \(status) \(text): \(result)")
            }
            switch result {
            case .refused(let error, let members):
                #expect(!error.message.contains("canary"), "seed \(seed): \(text)")
                #expect(members == [] || members == ["replicas.desired"], "seed \(seed): \(text)")
            case .unknown(let error): #expect(!error.message.contains("canary"), "seed \(seed): \(text)")
            case .applied, .notSent: break
            }
        }
    }
}
