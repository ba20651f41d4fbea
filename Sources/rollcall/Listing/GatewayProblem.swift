import Deployments
import Wire

/// What a gateway refuses, as it says it: a problem document (RFC 9457).
struct GatewayProblem: Sendable, Equatable {
    /// The HTTP status; 0 for a problem in an audit record.
    var status: Int
    /// The last part of its type, such as `no-data`; empty without one.
    var kind: String
    /// What is wrong, and the sources that it is about, a line each; safe on a terminal.
    var lines: [String]

    /// Reads a problem document; one in another form is its status alone.
    init(status: Int, _ document: JSONValue?) {
        self.status = status
        kind = document?["type"]?.string?.split(separator: ":").last.map(String.init) ?? ""
        let mistakes = (document?["errors"]?.elements ?? []).map { error in
            CommandFailure.line(
                parameter: error["parameter"]?.string ?? error["member"]?.string ?? "?",
                pointer: error["pointer"]?.string, detail: error["detail"]?.string ?? "is wrong",
                didYouMean: error["did_you_mean"]?.string)
        }
        let detail = document?["detail"]?.string ?? document?["title"]?.string
        // The mistakes say all that the detail of a wrong request does.
        let isAllMistakes = !mistakes.isEmpty && (status == 400 || kind == "invalid-body")
        var lines = isAllMistakes ? mistakes : [detail ?? "HTTP \(status)"] + mistakes
        for source in document?["sources"]?.elements ?? [] {
            if let summary = SourceSummary(source) { lines.append(summary.line) }
        }
        self.lines = lines.map { $0.neutralized() }
    }

    /// The failure of a command; `hasToken` is true if the request had a token.
    func failure(_ code: CommandFailure.Code, hasToken: Bool) -> CommandFailure {
        let hint =
            status == 401 ? [hasToken ? "The gateway refused $ROLLCALL_TOKEN." : "Set $ROLLCALL_TOKEN."] : []
        return CommandFailure(code, (lines + hint).joined(separator: "\n"))
    }
}
