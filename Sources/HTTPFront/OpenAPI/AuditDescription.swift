import Deployments
import Snapshots

/// The description of the audit log.
extension OperationDescription {
    private static let headers = ResponseDescription.rowHeaders

    static let listAudit = OperationDescription(
        id: "listAudit", summary: "The audit log",
        details:
            "Every attempt to change something, filtered, sorted and paged. It reaches no sources; requires the right "
            + "`audit`.",
        use: .list, schema: .audit,
        answers: [
            .init(
                "A page.", headers + ["Link.next"], "AuditList", example: Examples.list(of: .audit),
                lines: Examples.lines(of: .audit))
        ],
        problems: [.invalidParameter, .storeUnavailable, .snapshotGone, .tooManyRequests],
        links: ["NextAuditPage", "ListedAttempt"],
        curl: ["curl -s \"$G/v1/audit?outcome=unknown&sort=-at\""])

    static let getAuditRecord = OperationDescription(
        id: "getAuditRecord", summary: "One attempt to change something",
        details: "An audit record, by its id.",
        use: .one, schema: .audit, path: ["audit.id"],
        answers: [
            .init(
                "The record.", headers, "OneAuditRecord", example: Examples.one(of: .audit),
                lines: Examples.lines(of: .audit))
        ],
        problems: [.invalidParameter, .storeUnavailable, .notFound, .tooManyRequests],
        curl: ["curl -s \"$G/v1/audit/\(Examples.auditID)\""])
}

extension ResponseSchemas {
    /// The schema of a member that is neither a scalar nor a list of strings.
    static func value(of object: RecordSchema.Member) -> JSONTree {
        let value: JSONTree =
            switch object.name {
            case "lookups": list(of: "Lookup")
            case "problem.errors": list(of: "MemberError")
            default: ["type": ["object", "null"]]
            }
        return value.adding(["description": .text(object.summary)])
    }
}
