import Synchronization
import TestSupport
import Upstream

/// A gateway with one deployment, that answers updates as a test says.
final class StubGateway: Sendable {
    /// An answer, or the lack of one.
    enum Answer: Sendable {
        case response(UpstreamResponse)
        case broken
        case unreachable

        /// A problem document.
        static func problem(
            _ status: Int, _ kind: String, _ detail: String, more: String = "",
            headers: [(name: String, value: String)] = []
        ) -> Answer {
            .response(
                .text(
                    #"{"type":"urn:rollcall:problem:\#(kind)","detail":"\#(detail)"\#(more)}"#,
                    status: status,
                    headers: headers))
        }

        /// A document, with the id of the update's record.
        static func json(_ status: Int, _ text: String) -> Answer {
            .response(.text(text, status: status, headers: [("rollcall-audit", StubGateway.audit)]))
        }
    }

    static let audit = "0198e7c2f6417f0e8a4d6b1c3f5a7e92"
    static let before = row(config: "llama-v1", version: 1, revision: "9b84943f525502a8")
    static let after = row(config: "llama-v2", version: 1, revision: "9b84943f525502a8")
    static let listed = row(config: "llama-v2", version: 2, revision: "c0ffee0123456789")

    static func row(config: String, version: Int, revision: String) -> String {
        #"{"uid":"research/ml-prod/chat","source":"research","status":"READY","version":\#(version),"#
            + #""config":"\#(config)","config_version":1,"revision":"\#(revision)"}"#
    }

    static let writes = """
        {"members":[{"field":"config","type":"text","required":true},{"field":"config_version","type":"integer"}]}
        """

    private struct State {
        var requests: [UpstreamRequest] = []
        var updates: [Answer]
        var records: [Answer]
        var rows: [Answer]
    }

    private let state: Mutex<State>
    private let source: Answer
    private let dryRun: Answer

    /// Each list of answers is given one by one, the last one again and again.
    init(
        source: Answer = .json(200, #"{"data":{"name":"research","adapter":"nemo","writes":\#(writes)}}"#),
        dryRun: Answer = .json(
            200,
            """
            {"data":{"before":\(before),"after":\(after),"request":{"method":"POST",
            "url":"https://nemo.example.com/v2/deployments/chat","body":{"config":"llama-v2"}}},"audit":"\(audit)"}
            """),
        updates: [Answer] = [], records: [Answer] = [], rows: [Answer] = []
    ) {
        self.source = source
        self.dryRun = dryRun
        state = Mutex(State(updates: updates, records: records, rows: rows))
    }

    /// The requests, as `METHOD path?query`.
    var requests: [String] {
        state.withLock { state in
            state.requests.map { request in
                "\(request.method.rawValue) \(request.path)"
                    + (request.query.isEmpty ? "" : "?" + request.query.joined(separator: "&"))
            }
        }
    }

    /// The updates that were sent, dry runs aside.
    var updates: [UpstreamRequest] {
        state.withLock { $0.requests.filter { $0.method == .patch && $0.query.isEmpty } }
    }

    var transport: ScriptedTransport {
        ScriptedTransport { request in
            switch self.answer(to: request) {
            case .response(let response): return response
            case .broken: throw UpstreamError(code: .unreachable, detail: "the connection ended")
            case .unreachable:
                throw UpstreamError(code: .unreachable, detail: "no connection", isUnsent: true)
            }
        }
    }

    private func answer(to request: UpstreamRequest) -> Answer {
        func next(_ answers: inout [Answer]) -> Answer {
            guard let first = answers.first else { return .problem(404, "not-found", "nothing is scripted") }
            return answers.count > 1 ? answers.removeFirst() : first
        }
        return state.withLock { state in
            state.requests.append(request)
            switch (request.method, request.path) {
            case (.patch, _): return request.query.isEmpty ? next(&state.updates) : dryRun
            case (_, "/v1/sources/research"): return source
            case (_, "/v1/deployments/research/ml-prod/chat"): return next(&state.rows)
            default: return next(&state.records)
            }
        }
    }
}
