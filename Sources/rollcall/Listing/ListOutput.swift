import ArgumentParser
import Deployments
import HTTPFront
import Snapshots
import Wire

/// The formats of `rollcall list`.
enum ListFormat: String, CaseIterable, ExpressibleByArgument {
    case table, json, csv, ndjson
}

/// Writes an answer in one of the formats: rows to standard output, remarks where they do not disturb the
/// format, and the reasons for an exit code to standard error.
struct ListOutput {
    var format: ListFormat
    var terminal: Terminal
    var output: Output
    var now: Timestamp
    /// True if each row is one version of a deployment, since earlier versions were requested too.
    var showsVersions = false

    /// Writes an answer; `isRefused` is true if the command then fails because of it.
    func write<Row: ListedRecord>(_ answer: RecordAnswer<Row>, isRefused: Bool = false) {
        switch format {
        case .table: writeTable(answer, withRemarks: !isRefused)
        case .json: write(json: json(answer) + [UInt8(ascii: "\n")])
        case .ndjson:
            var json = JSONWriter()
            for row in answer.rows where !output.hasFailed() {
                json.clear()
                Row.forms.complete.write(row, to: &json)
                json.endLine()
                write(json: json.bytes)
            }
        case .csv: writeCSV(answer.rows)
        }
        // JSON holds the remarks itself; a table prints those on sources below.
        if format == .csv || format == .ndjson || isRefused {
            for line in remarks(answer) { output.writeError(line + "\n") }
        }
        if format != .json || isRefused {
            for notice in answer.notices { output.writeError(notice.line.neutralized() + "\n") }
        }
    }

    /// Writes one record, as a line of its kind's list in CSV, else as JSON.
    func write<Row: ListedRecord>(one record: Row) {
        guard format != .csv else { return writeCSV([record]) }
        var json = JSONWriter()
        Row.forms.complete.write(record, to: &json)
        json.endLine()
        write(json: json.bytes)
    }

    /// Writes CSV, with a label column for each key that occurs.
    private func writeCSV<Row: ListedRecord>(_ rows: [Row]) {
        let columns = RecordColumns<Row>(labels: Set(rows.flatMap(\.labels.keys)).sorted())
        var csv = CSVWriter()
        columns.writeHeader(to: &csv)
        output.write(csv.bytes)
        for row in rows where !output.hasFailed() {
            csv.clear()
            columns.write(terminal.isInteractive ? row.neutralized() : row, to: &csv)
            output.write(csv.bytes)
        }
    }

    private func writeTable<Row: ListedRecord>(_ answer: RecordAnswer<Row>, withRemarks: Bool) {
        let table = ListTable<Row>(
            width: terminal.width, usesColor: terminal.usesColor, now: now, showsVersions: showsVersions)
        if !answer.rows.isEmpty {
            output.write(Array((table.lines(answer.rows).joined(separator: "\n") + "\n\n").utf8))
        }
        output.print(summary(answer))
        if withRemarks { for line in remarks(answer) { output.print(line) } }
    }

    /// A summary such as `3 deployments from 2 sources, as of 5s ago`, or `5 versions of 3 deployments from …`.
    private func summary<Row: ListedRecord>(_ answer: RecordAnswer<Row>) -> String {
        let listed = answer.sources.count { $0.observedAt != nil }
        let versions = showsVersions ? counted(answer.rows.count, "version") + " of " : ""
        let deployments = showsVersions ? Set(answer.rows.map(\.uid)).count : answer.rows.count
        var text = versions + counted(deployments, Row.noun)
        if Row.isOfPlatforms { text += " from \(counted(listed, "source"))" }
        if let oldest = answer.oldestObservedAt { text += ", as of \(age(of: oldest, at: now)) ago" }
        return text
    }

    /// Remarks: one line for each source that is not fresh, and one where rows may be missing.
    private func remarks<Row: ListedRecord>(_ answer: RecordAnswer<Row>) -> [String] {
        let sources = answer.sources.filter { $0.state != "fresh" || $0.failure != nil }.map { source in
            let listAge = source.observedAt.map { " (list from \(age(of: $0, at: now)) ago)" } ?? ""
            return (source.line + listAge).neutralized()
        }
        return sources + (answer.isComplete ? [] : ["This list is not complete: rows may be missing."])
    }

    private func write(json: [UInt8]) {
        output.write(terminal.isInteractive ? escapedForTerminal(json) : json)
    }

    /// The JSON of the kind's list, without the members on paging.
    private func json<Row: ListedRecord>(_ answer: RecordAnswer<Row>) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: answer.rows.count * 1400)
        json.object { json in
            json.key("data")
            json.array { for row in answer.rows { Row.forms.complete.write(row, to: &$0) } }
            json.key("complete")
            json.bool(answer.isComplete)
            json.key("fresh")
            json.bool(answer.isFresh)
            json.key("oldest_observed_at")
            json.timeOrNull(answer.oldestObservedAt)
            json.key("notices")
            json.array { for notice in answer.notices { notice.write(to: &$0) } }
            json.key("sources")
            json.array { for source in answer.sources { source.write(to: &$0) } }
        }
        return json.bytes
    }
}

extension Notice {
    /// One line, such as `unread-field: …`, with the nearest right term.
    fileprivate var line: String {
        code + (detail.isEmpty ? "" : ": \(detail)") + (didYouMean.map { "; did you mean `\($0)`?" } ?? "")
    }
}

extension SourceSummary {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            for (key, text) in [("name", name), ("platform", platform), ("state", state)] {
                json.key(key)
                json.string(text)
            }
            json.key("observed_at")
            json.timeOrNull(observedAt)
            json.key("count")
            json.int(count)
            json.key("error")
            guard let failure else { return json.null() }
            json.object { json in
                json.key("class")
                json.string(failure.errorClass)
                json.key("message")
                json.string(failure.message)
            }
        }
    }
}
