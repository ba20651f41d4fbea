import ArgumentParser
import Deployments
import Snapshots
import Wire

/// How the list is written.
enum ListFormat: String, CaseIterable, ExpressibleByArgument {
    case table, json, csv, ndjson
}

/// Writes an answer in one of the formats: rows to standard output, what is wrong with them where it does no harm.
struct ListOutput {
    var format: ListFormat
    var terminal: Terminal
    var output: Output
    var now: Timestamp

    func write(_ answer: ListAnswer) {
        switch format {
        case .table: writeTable(answer)
        case .json: write(json: json(answer) + [UInt8(ascii: "\n")])
        case .ndjson:
            var json = JSONWriter()
            for row in answer.rows {
                json.clear()
                DeploymentForm.whole.write(row, to: &json)
                json.endLine()
                write(json: json.bytes)
            }
        case .csv: writeCSV(answer.rows)
        }
        // The JSON form says it itself; under a table it belongs to what is read.
        if format == .csv || format == .ndjson {
            for line in remarks(answer) { output.writeError(line + "\n") }
        }
    }

    /// Labels have a column for each key that occurs.
    private func writeCSV(_ rows: [ModelDeployment]) {
        let columns = RecordColumns<ModelDeployment>(labels: Set(rows.flatMap(\.labels.keys)).sorted())
        var csv = CSVWriter()
        columns.writeHeader(to: &csv)
        output.write(csv.bytes)
        for row in rows {
            csv.clear()
            columns.write(terminal.isInteractive ? row.neutralised() : row, to: &csv)
            output.write(csv.bytes)
        }
    }

    private func writeTable(_ answer: ListAnswer) {
        let table = DeploymentTable(width: terminal.width, isColoured: terminal.isColoured, now: now)
        if !answer.rows.isEmpty {
            output.write(Array((table.lines(answer.rows).joined(separator: "\n") + "\n\n").utf8))
        }
        output.print(summary(answer))
        for line in remarks(answer) { output.print(line) }
    }

    /// `3 deployments from 2 sources, as of 5s ago`.
    private func summary(_ answer: ListAnswer) -> String {
        let listed = answer.sources.count { $0.observedAt != nil }
        var text = "\(counted(answer.rows.count, "deployment")) from \(counted(listed, "source"))"
        if let oldest = answer.oldestObservedAt { text += ", as of \(age(of: oldest, at: now)) ago" }
        return text
    }

    /// One line per source that is not fresh, and one where rows may be missing.
    private func remarks(_ answer: ListAnswer) -> [String] {
        let sources = answer.sources.filter { $0.state != "fresh" || $0.failure != nil }.map { source in
            let seen = source.observedAt.map { " (list of \(age(of: $0, at: now)) ago)" } ?? ""
            return (source.line + seen).neutralised()
        }
        return sources + (answer.isComplete ? [] : ["This list is not complete: rows may be missing."])
    }

    private func write(json: [UInt8]) {
        output.write(terminal.isInteractive ? escapedForTerminal(json) : json)
    }

    /// The form of `GET /v1/deployments`, without what belongs to its pages.
    private func json(_ answer: ListAnswer) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: answer.rows.count * 1400)
        json.object { json in
            json.key("data")
            json.array { for row in answer.rows { DeploymentForm.whole.write(row, to: &$0) } }
            json.key("complete")
            json.bool(answer.isComplete)
            json.key("fresh")
            json.bool(answer.isFresh)
            json.key("oldest_observed_at")
            json.timeOrNull(answer.oldestObservedAt)
            json.key("sources")
            json.array { for source in answer.sources { source.write(to: &$0) } }
        }
        return json.bytes
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
