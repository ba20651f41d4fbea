import Deployments
import Wire

/// Shows one audit record: the facts of the attempt, and what it changed.
struct AuditReport {
    let terminal: Terminal
    let output: Output

    /// Prints a record.
    func show(_ record: AuditRecord) {
        for (name, text) in facts(of: record) {
            guard let text else { continue }
            let label = name + String(repeating: " ", count: max(1, 10 - name.utf8.count))
            output.print(label + text.neutralized(limit: 2000))
        }
        let (before, after) = (document(record.before), document(record.after))
        let differences = MemberDifference.all(from: before, to: after)
            // A platform's own record of one deployment may have fewer members than its list.
            .filter { record.shownAt != nil || $0.after != nil }
        guard after != nil, !differences.isEmpty else { return }
        output.print("")
        let table = DifferenceTable(
            titles: ("BEFORE", record.outcome == .applied ? "AFTER" : "ASKED FOR"), width: terminal.width,
            usesColor: terminal.usesColor)
        for line in table.lines(differences) { output.print(line) }
    }

    private func facts(of record: AuditRecord) -> [(name: String, text: String?)] {
        let actor = [record.actor.token, record.actor.address.map { "from \($0)" }].compactMap(\.self)
        var problem =
            record.problem.map { [$0.kind.rawValue, $0.errorClass?.rawValue].compactMap(\.self) } ?? []
        if let detail = record.problem?.detail, !detail.isEmpty { problem.append(detail) }
        return [
            ("id", record.id), ("at", "\(record.at)"),
            ("actor", actor.isEmpty ? nil : actor.joined(separator: " ")), ("action", record.action.rawValue),
            ("uid", record.deployment), ("outcome", record.outcome.rawValue),
            ("shown at", record.shownAt.map { "\($0)" }),
            ("problem", problem.isEmpty ? nil : problem.joined(separator: ": ")),
        ]
            + (record.problem?.mistakes ?? []).map {
                (
                    "",
                    CommandFailure.line(
                        parameter: $0.member, pointer: nil, detail: $0.detail, didYouMean: $0.didYouMean)
                )
            } + [("key", record.idempotencyKey), ("request", record.requestID)]
    }

    private func document(_ bytes: [UInt8]?) -> JSONValue? {
        bytes.flatMap { try? JSONDocument(parsing: $0) }?.root
    }
}
