import Hummingbird
import NIOCore
import Synchronization
import Testing

@testable import rollcall

/// `rollcall update` as a user runs it, against a gateway of a few fixed answers.
@Suite(.timeLimit(.minutes(10)), .serialized) struct UpdateProgramTests {
    /// Answers updates with these statuses one by one, the last one again and again.
    private static func router(_ statuses: [HTTPResponse.Status], counting keys: KeyList) -> Router<
        BasicRequestContext
    > {
        @Sendable func answer(_ status: HTTPResponse.Status, _ text: String) -> Response {
            Response(
                status: status, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        let router = Router(context: BasicRequestContext.self)
        router.get("/v1/sources/research") { _, _ in
            answer(.ok, #"{"data":{"name":"research","writes":\#(StubGateway.writes)}}"#)
        }
        router.patch("/v1/deployments/research/ml-prod/chat") { request, _ in
            guard request.uri.query != "dry_run=true" else {
                return answer(
                    .ok,
                    #"{"data":{"before":\#(StubGateway.before),"after":\#(StubGateway.after),"#
                        + #""request":{"method":"POST","url":"https://nemo.example.com/","body":null}}}"#)
            }
            let key = request.headers.first { $0.name.canonicalName == "idempotency-key" }?.value ?? ""
            let status = keys.add(key, of: statuses)
            guard status == .ok else {
                return answer(status, #"{"type":"urn:rollcall:problem:conflict","detail":"in flight"}"#)
            }
            return answer(status, #"{"data":\#(StubGateway.listed)}"#)
        }
        return router
    }

    @Test func anUpdateEndsWith0AndItsKeyIsRepeated() async throws {
        let keys = KeyList()
        try await withServer(Self.router([.conflict, .ok], counting: keys)) { base in
            try await Program.inFolder { program in
                let run = try await program(
                    "update", "research/ml-prod/chat", "config=llama-v2", "--yes", "--gateway", base)
                #expect(run.code == 0, "\(run.errors)")
                #expect(run.output.hasPrefix("research/ml-prod/chat\n\nMEMBER  NOW       THEN\n"))
                #expect(run.output.contains("\nUpdated.\n\nMEMBER   BEFORE    AFTER\nversion  1         2\n"))
                let key = try #require(keys.all.first)
                #expect(keys.all == [key, key])
                #expect(run.errors == "Idempotency-Key: \(key)\n")
            }
        }
    }

    @Test func withoutATerminalNothingIsAskedOrSent() async throws {
        let keys = KeyList()
        try await withServer(Self.router([.ok], counting: keys)) { base in
            try await Program.inFolder { program in
                let run = try await program(
                    "update", "research/ml-prod/chat", "config=llama-v2", "--gateway", base)
                #expect(run.code == 64)
                #expect(run.output.isEmpty)
                #expect(run.errors.hasPrefix("rollcall: nothing was sent: without a terminal"))
                let dry = try await program(
                    "update", "research/ml-prod/chat", "config=llama-v2", "--gateway", base, "--dry-run")
                #expect(dry.code == 0)
                #expect(dry.output.hasSuffix("Nothing was sent: this was a dry run.\n"))
                #expect(keys.all.isEmpty)
            }
        }
    }

    @Test func aGatewayThatIsNotThereIs69() async throws {
        try await Program.inFolder { program in
            let run = try await program(
                "update", "research/ml-prod/chat", "config=x", "--yes", "--gateway", "http://127.0.0.1:1")
            #expect(run.code == 69)
            #expect(run.output.isEmpty)
            #expect(run.errors.hasSuffix("Start one with `rollcall serve`, or name one with --gateway.\n"))
        }
    }
}

/// The keys of updates in their order.
private final class KeyList: Sendable {
    private let keys = Mutex<[String]>([])

    var all: [String] { keys.withLock { $0 } }

    /// Notes a key, and picks the answer to it.
    func add(_ key: String, of statuses: [HTTPResponse.Status]) -> HTTPResponse.Status {
        keys.withLock { keys in
            keys.append(key)
            return statuses[min(keys.count, statuses.count) - 1]
        }
    }
}
