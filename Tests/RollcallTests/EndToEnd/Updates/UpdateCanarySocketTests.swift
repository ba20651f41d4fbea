import Deployments
import Foundation
import Hummingbird
import Logging
import NIOCore
import Synchronization
import TestSupport
import Testing
import Upstream
import Wire

@testable import rollcall

/// Secrets in bodies of updates and in answers to them are found nowhere afterwards.
@Suite(.timeLimit(.minutes(10))) struct UpdateCanarySocketTests {
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
            try await Program.inFolder { program in
                var source = try source("research", "nemo", base)
                source.allowsWrites = true
                var config = gatewayConfig([source], ttl: .seconds(3600))
                config.tokens = WritingClient.tokens
                config.store = .sqlite(path: program.folder.appending(path: "store.sqlite").path)
                var texts: [String] = []
                let environment = ["TOKEN": Self.sourceToken, "CLIENT_TOKEN": WritingClient.token]
                try await withGateway(config, environment: environment, logger: log.logger(.trace)) {
                    texts = try await Self.sendAll(WritingClient(gateway: $0), answers)
                    // The last of them are in the files that SQLite writes to first.
                    texts += try Self.files(in: program.folder)
                }
                texts += try Self.files(in: program.folder)
                for text in texts {
                    for mark in Self.marks {
                        #expect(!text.contains(mark), "\(mark) in \(text.prefix(2000))")
                    }
                }
            }
        }
        #expect(log.lines.count > 10)
        for line in log.lines {
            for mark in Self.marks { #expect(!line.contains(mark), "\(mark) in the log: \(line)") }
        }
    }

    /// Sends every update; gives the heads and bodies of all answers, and what the audit says in each form.
    private static func sendAll(_ client: WritingClient, _ answers: Answers) async throws -> [String] {
        let uid = "research/w/chat"
        var texts: [String] = []
        func add(_ answer: RunningGateway.Answer) {
            texts.append(
                answer.response.headers.map { "\($0.name): \($0.value)\n" }.joined()
                    + String(decoding: answer.response.body, as: UTF8.self))
        }
        _ = try await client.get("/v1/deployments") { $0.uids == [uid] }
        for (query, body) in bodies {
            let answer = try await client.patch(uid, body, query: query)
            #expect([400, 422].contains(answer.response.status), "\(body): \(answer.summary)")
            add(answer)
        }
        #expect(answers.count == 0)
        for _ in Self.answers { add(try await client.patch(uid, #"{"config":"b"}"#)) }
        #expect(answers.count == Self.answers.count)
        for format in ["json", "csv", "ndjson"] {
            add(try await client.get("/v1/audit?page_size=1000&format=\(format)"))
        }
        let count = try await client.get("/v1/audit?page_size=1000").json?["data"]?.count
        #expect(count == bodies.count + Self.answers.count)
        for target in ["/v1/deployments/\(uid)", "/v1/sources"] { add(try await client.get(target)) }
        let table = try await client.auditCommand()
        return texts + [table.output, table.errors]
    }

    /// The files of the store and of the audit, with their names.
    private static func files(in folder: URL) throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.contains("store.sqlite.audit"))
        return try names.map {
            $0 + String(decoding: try Data(contentsOf: folder.appending(path: $0)), as: UTF8.self)
        }
    }

    private static let sourceToken = "CANARY-SOURCE-TOKEN"
    private static let marks = [
        "CANARY-BODY", "CANARY-REFUSAL", "CANARY-ANSWER", "CANARY-COOKIE", WritingClient.token, sourceToken,
    ]

    /// Bodies that are refused, with their queries.
    private static let bodies = [
        ("", #"{"config":"b","api_key":"CANARY-BODY"}"#), ("", #"{"config":{"key":"CANARY-BODY"}}"#),
        ("", #"{"config":"b","CANARY-BODY-0123456789abcdef0123456789":1}"#),
        ("", #"{"config":["CANARY-BODY"]}"#), ("", #"{"config_version":"CANARY-BODY"}"#),
        ("", #"["CANARY-BODY"]"#),
        ("", #""CANARY-BODY""#), ("", #"{"config":"CANARY-BODY"#), ("", #"{"config":"CANARY-BODY\#u{7}"}"#),
        ("", #"{"config":"CANARY-BODY","config":"CANARY-BODY"}"#),
        ("", #"{"config":"CANARY-BODY"} CANARY-BODY"#),
        ("", #"{"config":"\#(WritingClient.token)"}"#),
        ("", #"{"config":"Bearer \#(WritingClient.token)","config_version":2}"#),
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
