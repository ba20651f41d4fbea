import ArgumentParser
import Wire

/// The formats of `rollcall update`.
enum UpdateFormat: String, CaseIterable, ExpressibleByArgument {
    case table, json
}

/// Shows an update: what it would change, and what became of it.
struct UpdateReport {
    let uid: String
    let format: UpdateFormat
    let terminal: Terminal
    let output: Output
    /// The fields that the update names.
    let named: Set<String>

    /// Shows what would change, and the request that the platform would get; in JSON only to one who is asked.
    func show(_ preview: UpdatePreview, isAsking: Bool) {
        let differences = MemberDifference.all(from: preview.before, to: preview.after, naming: named)
        let lines =
            [uid, ""] + table(("NOW", "THEN"), differences) + ["", "The platform would get:"]
            + preview.requestLines + [""]
        if format == .table {
            for line in lines { output.print(line) }
        } else if isAsking {
            output.writeError(lines.joined(separator: "\n") + "\n")
        }
    }

    /// Ends a dry run.
    func end(dryRun preview: UpdatePreview) {
        guard format == .json else { return output.print("Nothing was sent: this was a dry run.") }
        write("not_applied", audit: preview.audit) { json in
            json.key("before")
            json.value(preview.before)
            json.key("after")
            json.value(preview.after)
            json.key("request")
            json.value(preview.request)
        }
    }

    /// Shows what became of an update.
    ///
    /// - Throws: ``CommandFailure`` unless it was applied.
    func tell(_ end: UpdateEnd, after preview: UpdatePreview, key: String, condition: String) throws {
        if format == .json { writeJSON(end, after: preview, key: key) }
        let lookup = end.audit.map { "rollcall audit \($0)" } ?? "rollcall audit idempotency_key=\(key)"
        switch end.outcome {
        case .applied(let isShown):
            if format == .table { showApplied(end, after: preview, isShown: isShown) }
            if !isShown {
                output.writeError("Its list does not show it yet; find out with: \(lookup)\n")
            }
        case .refused(let problem):
            throw CommandFailure(
                problem.codeOfUpdate,
                (["not updated: " + (problem.lines.first ?? "")] + problem.lines.dropFirst()
                    + problem.hintsOfUpdate).joined(separator: "\n"))
        case .unsent(let reason):
            throw CommandFailure(.unreachable, "not updated: no gateway could be reached: \(reason)")
        case .unknown(let reasons):
            throw CommandFailure(
                .no,
                """
                it is not known whether the update was applied: \(reasons.joined(separator: "\n"))
                Find out with: \(lookup)
                To ask again, add --idempotency-key \(key) --if-match '\(condition)': a gateway that has it does not \
                send it twice.
                """)
        }
    }

    private func showApplied(_ end: UpdateEnd, after preview: UpdatePreview, isShown: Bool) {
        output.print(isShown ? "Updated." : "The platform has applied the update.")
        guard let row = end.row else { return }
        let differences = MemberDifference.all(from: end.before ?? preview.before, to: row, naming: named)
            // A platform's own record of one deployment may have fewer members than its list.
            .filter { isShown || $0.after != nil }
        guard !differences.isEmpty else { return }
        output.print("")
        for line in table(("BEFORE", "AFTER"), differences) { output.print(line) }
    }

    private func table(_ titles: (String, String), _ differences: [MemberDifference]) -> [String] {
        DifferenceTable(titles: titles, width: terminal.width, usesColor: terminal.usesColor).lines(
            differences)
    }

    private func writeJSON(_ end: UpdateEnd, after preview: UpdatePreview, key: String) {
        var (outcome, lines, isShown) = ("applied", [String](), false)
        switch end.outcome {
        case .applied(let shown): isShown = shown
        case .refused(let problem): (outcome, lines) = ("refused", problem.lines)
        case .unsent(let reason): (outcome, lines) = ("not_applied", [reason])
        case .unknown(let reasons): (outcome, lines) = ("unknown", reasons)
        }
        write(outcome, audit: end.audit) { json in
            json.key("shown")
            json.bool(isShown)
            json.key("idempotency_key")
            json.string(key)
            json.key("problem")
            json.stringOrNull(lines.isEmpty ? nil : lines.joined(separator: "\n"))
            json.key("before")
            json.value(end.before ?? preview.before)
            json.key("after")
            if let row = end.row { json.value(row) } else { json.null() }
        }
    }

    private func write(_ outcome: String, audit: String?, _ members: (inout JSONWriter) -> Void) {
        var json = JSONWriter()
        json.object { json in
            json.key("outcome")
            json.string(outcome)
            json.key("uid")
            json.string(uid)
            json.key("audit")
            json.stringOrNull(audit)
            members(&json)
        }
        json.endLine()
        output.write(terminal.isInteractive ? escapedForTerminal(json.bytes) : json.bytes)
    }
}
