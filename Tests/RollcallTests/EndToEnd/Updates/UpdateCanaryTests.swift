import Deployments
import Foundation
import Hummingbird
import NIOCore
import Synchronization
import TestSupport
import Testing
import Upstream

@testable import rollcall

/// Secrets in bodies of updates and in answers to them are found nowhere afterwards.
@Suite(.timeLimit(.minutes(10))) struct UpdateCanaryTests {
    /// Answers lists with one deployment, and writes in these ways, one after the other.
    private static let answers: [(HTTPResponse.Status, String)] = [
        (.badRequest, #"{"detail":"no configuration CANARY-REFUSAL of CANARY-REFUSAL"}"#),
        (
            .unprocessableContent,
            #"{"detail":[{"loc":["body","config"],"msg":"CANARY-REFUSAL","input":"CANARY-REFUSAL"}]}"#
        ),
        (.forbidden, #"{"detail":"CANARY-REFUSAL"}"#), (.conflict, "CANARY-REFUSAL"),
        (.internalServerError, #"{"detail":"CANARY-REFUSAL"}"#),
        (.created, "<html>CANARY-ANSWER</html>"),
        (
            .created,
            deployment(#""env":{"KEY":"CANARY-ANSWER"},"auth_context":{"principal_id":"CANARY-ANSWER"}"#)
        ),
    ]

    private static func deployment(_ more: String) -> String {
        #"{"id":"model-deployment-1","name":"chat","workspace":"w","project":null,"#
            + #""created_at":"2026-11-21T02:33:30.527678","updated_at":"2026-11-21T02:33:30.527688","#
            + #""entity_version":1,"config":"a","config_version":1,"status":"READY","status_message":"ready","#
            + #""status_history":[],"model_provider_id":null,\#(more)}"#
    }

    private static func router(_ answers: Answers) -> Router<BasicRequestContext> {
        @Sendable func answer(_ status: HTTPResponse.Status, _ text: String) -> Response {
            Response(
                status: status,
                headers: [.contentType: "application/json", .setCookie: "CANARY-COOKIE"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        let router = Router(context: BasicRequestContext.self)
        router.get("**") { request, _ in
            let data = request.uri.path.hasSuffix("/deployments") ? deployment(#""auth_context":{}"#) : ""
            let count = data.isEmpty ? 0 : 1
            return answer(
                .ok,
                #"{"data":[\#(data)],"pagination":{"page":1,"page_size":1000,"current_page_size":\#(count),"#
                    + #""total_pages":\#(count),"total_results":\#(count)}}"#)
        }
        router.post("**") { _, _ in
            let (status, text) = answers.next()
            return answer(status, text)
        }
        return router
    }

    @Test func plantedSecretsOfUpdatesAreFoundNowhere() async throws {
        let log = LogLines()
        let answers = Answers(Self.answers)
        try await withServer(Self.router(answers)) { base in
            try await withUpdatingGateway(
                [try source("research", "nemo", base)],
                environment: ["TOKEN": UpdatingGateway.sourceToken], logger: log.logger(.trace)
            ) { updating in
                _ = try await updating.row("uid=research/w/chat")
                var texts: [String] = []
                for (query, body) in Self.bodies {
                    texts.append(try await updating.patch(body, query: query))
                }
                #expect(answers.count == 0)
                for _ in Self.answers {
                    // None of these is shown by a list, so the gateway waits for its effect.
                    texts.append(try await updating.patch(#"{"config":"b"}"#))
                }
                #expect(answers.count == Self.answers.count)
                for arguments in [["-o", "json"], ["-o", "csv"], []] {
                    let command = try await updating.audit(arguments)
                    texts += [command.output, command.errors]
                }
                #expect(
                    try await updating.audit(["-o", "ndjson"]).output.split(separator: "\n").count
                        == Self.bodies.count + Self.answers.count)
                let paths = try FileManager.default.contentsOfDirectory(atPath: updating.folder.path)
                #expect(paths.contains { $0.hasSuffix(".audit") })
                for path in paths {
                    let bytes = try Data(contentsOf: updating.folder.appending(path: path))
                    for mark in Self.marks {
                        #expect(bytes.range(of: Data(mark.utf8)) == nil, "\(mark) in \(path)")
                    }
                }
                for text in texts {
                    for mark in Self.marks { #expect(!text.contains(mark), "\(mark) in \(text)") }
                }
            }
        }
        #expect(log.lines.count > 10)
        for line in log.lines {
            for mark in Self.marks { #expect(!line.contains(mark), "\(mark) in the log: \(line)") }
        }
    }

    private static let marks = [
        "CANARY-BODY", "CANARY-REFUSAL", "CANARY-ANSWER", "CANARY-COOKIE", UpdatingGateway.accessToken,
        UpdatingGateway.sourceToken,
    ]

    /// Bodies that are refused, with their queries.
    private static let bodies = [
        ("", #"{"config":"b","api_key":"CANARY-BODY"}"#), ("", #"{"config":{"key":"CANARY-BODY"}}"#),
        ("", #"{"config":["CANARY-BODY"]}"#), ("", #"{"config_version":"CANARY-BODY"}"#),
        ("", #"["CANARY-BODY"]"#),
        ("", #""CANARY-BODY""#), ("", #"{"config":"CANARY-BODY"#), ("", #"{"config":"CANARY-BODY\#u{7}"}"#),
        ("", #"{"config":"CANARY-BODY","config":"CANARY-BODY"}"#),
        ("", #"{"config":"CANARY-BODY"} CANARY-BODY"#),
        ("", #"{"config":"\#(UpdatingGateway.accessToken)"}"#),
        ("", #"{"config":"Bearer \#(UpdatingGateway.accessToken)","config_version":2}"#),
        ("?dry_run=true", #"{"config":"b","env":{"TOKEN":"CANARY-BODY"}}"#),
    ]

    /// The answers to writes in their order; the last one again and again.
    private final class Answers: Sendable {
        private let all: [(HTTPResponse.Status, String)]
        private let given = Mutex(0)

        init(_ all: [(HTTPResponse.Status, String)]) { self.all = all }

        /// The number of writes that were answered.
        var count: Int { given.withLock { $0 } }

        func next() -> (HTTPResponse.Status, String) {
            given.withLock { given in
                given += 1
                return all[min(given, all.count) - 1]
            }
        }
    }
}

extension UpdatingGateway {
    /// The head and the body of the answer to a `PATCH` of the one deployment.
    fileprivate func patch(_ body: String, query: String = "") async throws -> String {
        let answer = try await gateway.client.send(
            UpstreamRequest(
                method: .patch, url: gateway.base + "/v1/deployments/research/w/chat" + query,
                headers: [
                    Self.bearer, UpstreamRequest.Header("Content-Type", "application/merge-patch+json"),
                ], body: Array(body.utf8), options: ConnectionOptions(totalTimeout: .seconds(3600))))
        return answer.headers.map { "\($0.name): \($0.value)\n" }.joined()
            + String(decoding: answer.body, as: UTF8.self)
    }
}
