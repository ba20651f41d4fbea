import Deployments
import Snapshots
import Wire

/// The members that `include=source_state` adds to each row of a source.
struct SourceFacts: Sendable {
    /// Their names, in order.
    static let names = ["observed_at", "source_state"]

    /// The time of the source's oldest list; nil without a list.
    let observedAt: Timestamp?
    /// The source's state at the time of the answer; nil if it is not known.
    let state: SourceStatus.State?

    func write(to json: inout JSONWriter) {
        json.key("observed_at")
        json.timeOrNull(observedAt)
        json.key("source_state")
        json.stringOrNull(state?.rawValue)
    }

    func write(to csv: inout CSVWriter) {
        csv.value(FieldValue(observedAt))
        csv.value(FieldValue(state?.rawValue))
    }
}

extension SourceScope {
    /// The facts of each list's source.
    fileprivate func facts(of snapshot: Snapshot) -> [SourceFacts] {
        snapshot.lists.map { list in
            let source = sources.first { $0.status.source.name == list.source.name }
            return SourceFacts(observedAt: source?.observedAt, state: source?.state)
        }
    }
}

/// Writes records as a query requests them: as a copy of the encoded record, or with only the named fields.
struct RowWriter: Sendable {
    private let snapshot: Snapshot
    private let include: Set<Include>
    /// The writers of the named fields, one for each list; nil if every field is requested.
    private let writers: [@Sendable (RowLocation, inout JSONWriter) -> Void]?
    /// The facts that follow each row, one for each list; nil if none are requested.
    private let facts: [SourceFacts]?

    init(_ query: Query, of snapshot: Snapshot, _ scope: SourceScope) {
        self.snapshot = snapshot
        include = query.include
        facts = query.withSourceState ? scope.facts(of: snapshot) : nil
        writers = query.fields.map { paths in
            snapshot.lists.map { $0.rows.storage.jsonWriter(paths: paths, including: query.include) }
        }
    }

    func write(_ id: RowID, to json: inout JSONWriter) {
        writeRow(id, to: &json)
        guard let facts = facts?[Int(id.list)] else { return }
        json.reopenObject()
        facts.write(to: &json)
        json.close("}")
    }

    private func writeRow(_ id: RowID, to json: inout JSONWriter) {
        let list = snapshot.lists[Int(id.list)]
        let row = Int(id.row)
        guard let writers else { return list.write(row: row, including: include, to: &json) }
        writers[Int(id.list)](list.rows.location(of: row), &json)
    }
}

extension LineBody {
    /// The lines of records: in CSV as cells, with a column for each of the sources' labels; in NDJSON as in a list's
    /// `data`.
    init(
        _ rows: [RowID], of snapshot: Snapshot, _ kind: RecordKind, _ query: Query, _ format: LineFormat,
        _ scope: SourceScope
    ) {
        let lists = snapshot.lists
        guard format.format == .csv else {
            let writer = RowWriter(query, of: snapshot, scope)
            self.init(format.format, count: rows.count, retainedLists: lists) { row, json in
                writer.write(rows[row], to: &json)
                json.endLine()
            }
            return
        }
        let labels = scope.labelKeys
        let writers = lists.map { $0.rows.storage.csvWriter(paths: query.fields, labels: labels) }
        let facts = query.withSourceState ? scope.facts(of: snapshot) : nil
        @Sendable func writeHeader(to csv: inout CSVWriter) {
            if format.withByteOrderMark { csv.byteOrderMark() }
            kind.writeHeader(paths: query.fields, labels: labels, to: &csv)
            guard facts != nil else { return }
            csv.reopenLine()
            for name in SourceFacts.names { csv.text(name) }
            csv.endLine()
        }
        self.init(.csv, count: rows.count, retainedLists: lists, header: writeHeader) { row, csv in
            let id = rows[row]
            writers[Int(id.list)].writeRow(lists[Int(id.list)].rows.location(of: Int(id.row)), &csv)
            guard let facts = facts?[Int(id.list)] else { return }
            csv.reopenLine()
            facts.write(to: &csv)
            csv.endLine()
        }
    }
}

/// A format of lines, with the mark that may begin it.
struct LineFormat: Sendable {
    /// CSV or NDJSON.
    var format: ResponseFormat
    /// True if CSV begins with a byte order mark.
    var withByteOrderMark = false
}
