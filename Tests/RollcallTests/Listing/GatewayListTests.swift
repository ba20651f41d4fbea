import Deployments
import HTTPFront
import Synchronization
import Testing
import Wire

@testable import rollcall

@Suite struct GatewayListTests {
    @Test func allPagesAreReadAsOneList() async throws {
        let gateway = ScriptedGateway([
            page(["a", "b"], next: "t1", total: 4), page(["c"], next: "t2", total: 4),
            page(["d"], total: 4),
        ])
        let terms = [try ListTerm("name.like=llama 3&x"), try ListTerm("max_age=0")]
        let answer = try await gateway.list().read(terms)
        #expect(answer.rows.map(\.name) == ["a", "b", "c", "d"])
        #expect(answer.isComplete)
        #expect(answer.oldestObservedAt == Timestamp("2026-01-01T00:00:00Z"))
        let base = "http://127.0.0.1:8080/v1/deployments?"
        #expect(
            gateway.urls == [
                "\(base)name.like=llama%203%26x&max_age=0&page_size=1000",
                "\(base)page_token=t1&page_size=1000", "\(base)page_token=t2&page_size=1000",
            ])
    }

    @Test func noticesAreThoseOfTheFirstPage() async throws {
        let notices = #"{"code":"rows-held","source":"research","rows":97,"detail":"lacks"}"#
        let gateway = ScriptedGateway([
            page(["a"], next: "t1", total: 2, notices: notices), page(["b"], total: 2, notices: notices),
        ])
        let answer = try await gateway.list().read([])
        #expect(
            answer.notices == [Notice(code: "rows-held", source: "research", rows: 97, detail: "lacks")])
    }

    @Test func anEmptyListIsAnAnswer() async throws {
        let answer = try await ScriptedGateway([page([], total: 0)]).list().read([])
        #expect(answer.rows == [])
        #expect(
            answer.sources == [
                SourceSummary(
                    name: "research", platform: "nimbus", state: "stale",
                    observedAt: Timestamp("2026-01-01T00:00:00Z"), count: 3,
                    failure: .init(errorClass: "rate_limited", message: "429"))
            ])
    }

    @Test func aListThatTheGatewayLetGoIsReadAgainOnce() async throws {
        let gateway = ScriptedGateway([
            page(["a"], next: "t1", total: 2), gone, page(["b"], next: "t2", total: 2, snapshot: "s2"),
            page(["c"], total: 2, snapshot: "s2"),
        ])
        #expect(try await gateway.list().read([]).rows.map(\.name) == ["b", "c"])
        let forgetful = ScriptedGateway([
            page(["a"], next: "t1", total: 2), gone, page(["b"], next: "t2", total: 2), gone,
        ])
        #expect(await failure(forgetful)?.message.hasPrefix("the gateway dropped the list twice") == true)
        #expect(forgetful.urls.count == 4)
    }

    @Test(arguments: [
        [page(["a"], total: 2)], [page(["a"], next: "t", total: 2), page([], next: "u", total: 2)],
        [page(["a"], next: "t", total: 9), page(["b"], next: "t", total: 9)],
        [page(["a"], next: "t", total: 2), page(["b", "c"], next: "u", total: 2)],
        [page(["a"], next: "t", total: 2), page(["b"], total: 2, snapshot: "s2")],
    ])
    func pagesThatDoNotAddUpAreRefused(_ pages: [String]) async {
        let failure = await failure(ScriptedGateway(pages))
        #expect(failure?.code == .unreachable)
        #expect(failure?.message.contains("does not respond like a Rollcall gateway") == true)
    }

    @Test(arguments: [
        "{}", "<html>", "", #"{"data":[{"uid":1}]}"#, "[1]",
    ])
    func whatIsNoGatewaysListIsRefused(_ body: String) async {
        let failure = await failure(ScriptedGateway([body]))
        #expect(failure?.code == .unreachable)
        #expect(
            failure?.message.hasPrefix("http://127.0.0.1:8080 does not respond like a Rollcall gateway")
                == true)
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
            (421, #"{"type":"urn:rollcall:problem:misdirected","detail":"elsewhere"}"#, .usage, "elsewhere"),
        ] as [(Int, String, CommandFailure.Code, String)])
    func aRefusalIsReportedInTheGatewaysWords(
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
                let body = state.bodies.removeFirst()
                let status = body == gone ? 410 : self.status
                return GatewayList.Reply(status: status, body: Array(body.utf8))
            }
        }
    }
}

private let gone = ##"{"type":"urn:rollcall:problem:snapshot-gone","status":410}"##

private func page(
    _ names: [String], next token: String? = nil, total: Int, snapshot: String = "s1", notices: String? = nil
) -> String {
    let next = token.map { "\"\($0)\"" } ?? "null"
    let rows = names.map { #"{"uid":"research/\#($0)","source":"research","name":"\#($0)"}"# }
    return """
        {"data":[\(rows.joined(separator: ","))],
        "pagination":{"total_results":\(total),"next_page_token":\(next)},
        "snapshot":{"id":"\(snapshot)"},"complete":true,"fresh":false,"oldest_observed_at":"2026-01-01T00:00:00Z",
        \(notices.map { "\"notices\":[\($0)]," } ?? "")
        "sources":[{"name":"research","platform":"nimbus","state":"stale","observed_at":"2026-01-01T00:00:00Z",
        "count":3,"error":{"class":"rate_limited","message":"429"}}]}
        """
}
