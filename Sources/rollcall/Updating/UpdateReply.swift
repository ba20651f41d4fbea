import Upstream
import Wire

/// What one answer to an update, or the lack of one, says about it.
enum UpdateReply: Sendable {
    /// It was applied; the row is as the list shows it.
    case shown(JSONValue?)
    /// It was applied, and the list does not show it yet; the row is as the platform states it, if it does.
    case accepted(JSONValue?)
    /// It was sent, and nothing says whether it was applied.
    case unknown(GatewayProblem)
    /// This update, or another of the same deployment, has not ended; the pause is what the gateway asks for.
    case inFlight(GatewayProblem, pause: Duration)
    /// It was not applied.
    case refused(GatewayProblem)
    /// No answer came, or one that is none of a gateway's; `isUnsent` is true if no gateway got anything.
    case noAnswer(String, isUnsent: Bool)

    init(_ response: UpstreamResponse) {
        let root = (try? JSONDocument(parsing: response.body))?.root
        let isProblem = root?["type"]?.string?.hasPrefix("urn:rollcall:problem:") == true
        let problem = GatewayProblem(status: response.status, root)
        switch (response.status, problem.kind) {
        case (200, _) where root?["data"]?.kind == .object: self = .shown(root?["data"])
        case (202, _) where root?["data"] != nil: self = .accepted(root?["data"])
        case (_, "outcome-unknown") where isProblem: self = .unknown(problem)
        case (_, "conflict") where isProblem:
            let seconds = response.header("retry-after").flatMap { Int($0) } ?? 1
            self = .inFlight(problem, pause: .seconds(min(max(seconds, 1), 60)))
        // A fault of the gateway does not say how far it came, nor does a proxy before it.
        case (500..., let kind) where isProblem && kind != "internal": self = .refused(problem)
        case (400..<500, _): self = .refused(problem)
        default:
            self = .noAnswer(
                isProblem
                    ? problem.lines.joined(separator: "; ") : "HTTP \(response.status), not of a gateway",
                isUnsent: false)
        }
    }

    /// The id of an update's audit record in an answer; nil without one.
    static func audit(in response: UpstreamResponse) -> String? {
        response.header("rollcall-audit").flatMap { AuditID.isValid($0) ? $0 : nil }
    }
}

/// The ids of audit records.
enum AuditID {
    /// True for 32 hexadecimal digits.
    static func isValid(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { $0.hexadecimalValue != nil }
    }
}
