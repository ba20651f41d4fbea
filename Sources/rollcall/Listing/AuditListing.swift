import Deployments
import Wire

/// Audit records are listed by the gateway that made the attempts, and by nobody else.
extension AuditRecord: ListedRecord {
    static var path: String { "/v1/audit" }
    static var noun: String { "audit record" }
    var isEarlierVersion: Bool { false }

    var color: ANSIColor {
        switch outcome {
        case .applied: .green
        case .refused: .red
        case .pending, .unknown: .yellow
        case .notApplied: .dim
        }
    }

    static let columns: [ListColumn<AuditRecord>] = [
        ListColumn(title: "AT", minimum: 20) { row, _ in row.at.toSeconds },
        ListColumn(title: "ACTOR", minimum: 8, dropRank: 3) { row, _ in row.actor.token ?? row.actor.address
        },
        ListColumn(title: "ACTION", minimum: 7, dropRank: 1) { row, _ in row.action.rawValue },
        ListColumn(title: "UID", minimum: 16) { row, _ in row.deployment },
        ListColumn(title: "OUTCOME", minimum: 11) { row, _ in row.outcome.rawValue },
        ListColumn(title: "PROBLEM", minimum: 12, dropRank: 2) { row, _ in row.problem?.kind.rawValue },
        ListColumn(title: "ID", minimum: 32) { row, _ in row.id },
    ]
}

extension Timestamp {
    /// The time without a fraction: `2026-12-01T04:30:00Z`.
    var toSeconds: String { description.prefix { $0 != "." } + "Z" }
}
