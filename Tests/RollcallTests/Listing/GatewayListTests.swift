import Deployments
import Synchronization
import Testing
import Wire

@testable import rollcall

@Suite struct GatewayListTests {
    @Test func allPagesAreReadAsOneList() async throws {
        let gateway = ScriptedGateway([
            page(["a", "b"], 1, of: 2, total: 3), page(["c"], 2, of: 2, total: 3),
        ])
        let answer = try await gateway.list().read([try ListTerm("name.like=llama 3&x")])
        #expect(answer.rows.map(\.name) == ["a", "b", "c"])
        #expect(answer.isComplete)
        #expect(answer.oldestObservedAt == Timestamp("2026-01-01T00:00:00Z"))
        let base = "http://127.0.0.1:8080/v1/deployments?name.like=llama%203%26x"
        #expect(gateway.urls == ["\(base)&page=1&page_size=1000", "\(base)&page=2&page_size=1000"])
    }

    /// A second demand could bring other rows than those that the first page is from.
    @Test func anAgeIsDemandedOfTheFirstPageOnly() async throws {
        let gateway = ScriptedGateway([
            page(["a"], 1, of: 2, total: 2), page(["b"], 2, of: 2, total: 2),
        ])
        let terms = [try ListTerm("max_age=0"), try ListTerm("strict=true")]
        #expect(try await gateway.list().read(terms).rows.map(\.name) == ["a", "b"])
        let base = "http://127.0.0.1:8080/v1/deployments?"
        #expect(
            gateway.urls == [
                "\(base)max_age=0&strict=true&page=1&page_size=1000",
                "\(base)strict=true&page=2&page_size=1000",
            ])
    }

    @Test func anEmptyListIsAnAnswer() async throws {
        let answer = try await ScriptedGateway([page([], 1, of: 0, total: 0)]).list().read([])
        #expect(answer.rows == [])
        #expect(
            answer.sources == [
                SourceSummary(
                    name: "research", platform: "nimbus", state: "stale",
                    observedAt: Timestamp("2026-01-01T00:00:00Z"), count: 3,
                    failure: .init(errorClass: "rate_limited", message: "429"))
            ])
    }

    @Test func rowsThatChangeBetweenPagesAreReadAgainOnce() async throws {
        let gateway = ScriptedGateway([
            page(["a"], 1, of: 2, total: 2), page(["c"], 2, of: 2, total: 2, snapshot: "s2"),
            page(["b"], 1, of: 2, total: 2, snapshot: "s2"), page(["c"], 2, of: 2, total: 2, snapshot: "s2"),
        ])
        #expect(try await gateway.list().read([]).rows.map(\.name) == ["b", "c"])
        let lively = ScriptedGateway([
            page(["a"], 1, of: 2, total: 2), page(["c"], 2, of: 2, total: 2, snapshot: "s2"),
            page(["b"], 1, of: 2, total: 2, snapshot: "s2"), page(["c"], 2, of: 2, total: 2, snapshot: "s3"),
        ])
        #expect(await failure(lively)?.code == .unreachable)
        #expect(lively.urls.count == 4)
    }

    @Test(arguments: [
        page(["a"], 1, of: 1, total: 2), page([], 1, of: 5, total: 5),
        page(["a"], 1, of: 9_999_999, total: 1),
        "{}", "<html>", "", #"{"data":[{"uid":1}]}"#, "[1]",
    ])
    func whatIsNoGatewaysListIsRefused(_ body: String) async {
        let failure = await failure(ScriptedGateway([body, page([], 2, of: 9_999_999, total: 1)]))
        #expect(failure?.code == .unreachable)
        #expect(
            failure?.message.hasPrefix("http://127.0.0.1:8080 does not answer as a Rollcall gateway") == true)
    }

    @Test(
        arguments: [
            (
                400, #"{"errors":[{"parameter":"stauts","detail":"unknown","did_you_mean":"status"}]}"#,
                .usage,
                "stauts: unknown; did you mean `status`?"
            ),
            (
                401, #"{"type":"urn:rollcall:problem:unauthenticated","detail":"no"}"#, .no,
                "no\nSet $ROLLCALL_TOKEN."
            ),
            (503, #"{"type":"urn:rollcall:problem:incomplete","detail":"not all"}"#, .no, "not all"),
            (
                503,
                #"{"type":"urn:rollcall:problem:no-data","title":"No\u001b[2J data","sources":[{"name":"a","state":"failed","error":{"class":"auth","message":"401"}}]}"#,
                .unreachable, "No\u{FFFD}[2J data\na: failed: auth, 401"
            ),
            (504, #"{"type":"urn:rollcall:problem:not-fresh-enough","detail":"old"}"#, .no, "old"),
            (500, #"{"type":"urn:rollcall:problem:internal"}"#, .unreachable, "HTTP 500"),
            (404, #"{}"#, .unreachable, "HTTP 404"),
        ] as [(Int, String, CommandFailure.Code, String)])
    func aRefusalIsToldInTheGatewaysWords(
        _ status: Int, _ body: String, _ code: CommandFailure.Code, _ message: String
    ) async {
        let gateway = ScriptedGateway([body], status: status)
        #expect(await failure(gateway) == CommandFailure(code, message))
    }

    @Test func noAnswerSaysWhereItLooked() async throws {
        let list = GatewayList(gateway: try BaseURL("http://127.0.0.1:1"), token: nil) { _, _ in
            throw SourceError(.unreachable, "connection refused")
        }
        let error = await #expect(throws: CommandFailure.self) { try await list.read([]) }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("http://127.0.0.1:1: unreachable: connection refused") == true)
    }

    @Test(arguments: [
        "READY", "", "=x", "page=2", "page_size=5", "fields=uid", "format=csv", "include=native",
    ])
    func whatIsNoTermIsRefused(_ text: String) {
        #expect(throws: ListTerm.Refusal.self) { try ListTerm(text) }
    }

    @Test(arguments: [
        ("a=b", "a", "b"), ("a=", "a", ""), ("a=b=c", "a", "b=c"),
        ("filter[name][$like]=x", "filter[name][$like]", "x"),
    ])
    func aTermIsANameAndAValue(_ text: String, _ name: String, _ value: String) throws {
        #expect(try ListTerm(text) == ListTerm(name: name, value: value))
    }

    private func failure(_ gateway: ScriptedGateway) async -> CommandFailure? {
        do {
            _ = try await gateway.list().read([])
            return nil
        } catch { return error as? CommandFailure }
    }
}

/// Answers one body after another.
private final class ScriptedGateway: Sendable {
    private let state: Mutex<(bodies: [String], urls: [String])>
    private let status: Int

    init(_ bodies: [String], status: Int = 200) {
        state = Mutex((bodies, []))
        self.status = status
    }

    var urls: [String] { state.withLock { $0.urls } }

    func list() throws -> GatewayList {
        GatewayList(gateway: try BaseURL("http://127.0.0.1:8080"), token: nil) { url, _ in
            try self.state.withLock { state in
                state.urls.append(url)
                guard !state.bodies.isEmpty else {
                    throw SourceError(.unreachable, "nothing more is scripted")
                }
                return GatewayList.Reply(status: self.status, body: Array(state.bodies.removeFirst().utf8))
            }
        }
    }
}

private func page(
    _ names: [String], _ number: Int, of pages: Int, total: Int, snapshot: String = "s1"
) -> String {
    let rows = names.map { #"{"uid":"research/\#($0)","source":"research","name":"\#($0)"}"# }
    return """
        {"data":[\(rows.joined(separator: ","))],
        "pagination":{"page":\(number),"total_pages":\(pages),"total_results":\(total)},
        "snapshot":{"id":"\(snapshot)"},"complete":true,"fresh":false,"oldest_observed_at":"2026-01-01T00:00:00Z",
        "sources":[{"name":"research","platform":"nimbus","state":"stale","observed_at":"2026-01-01T00:00:00Z",
        "count":3,"error":{"class":"rate_limited","message":"429"}}]}
        """
}
