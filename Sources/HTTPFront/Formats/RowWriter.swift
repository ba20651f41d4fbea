import Deployments
import Snapshots
import Wire

/// Writes records as a query requests them: as a copy of the encoded record, or with only the named fields.
struct RowWriter: Sendable {
    private let snapshot: Snapshot
    private let include: Set<Include>
    /// The writers of the named fields, one for each list; nil if every field is requested.
    private let writers: [@Sendable (RowLocation, inout JSONWriter) -> Void]?

    init(_ query: Query, of snapshot: Snapshot) {
        self.snapshot = snapshot
        include = query.include
        writers = query.fields.map { paths in
            snapshot.lists.map { $0.rows.storage.jsonWriter(paths: paths, including: query.include) }
        }
    }

    func write(_ id: RowID, to json: inout JSONWriter) {
        let list = snapshot.lists[Int(id.list)]
        let row = Int(id.row)
        guard let writers else { return list.write(row: row, including: include, to: &json) }
        writers[Int(id.list)](list.rows.location(of: row), &json)
    }
}

extension LineBody {
    /// The lines of records: in CSV as cells, with a column for each of these labels; in NDJSON as in a list's `data`.
    init(_ rows: [RowID], of snapshot: Snapshot, _ query: Query, in format: ResponseFormat, labels: [String])
    {
        let lists = snapshot.lists
        if format == .csv {
            let writers = lists.map { $0.rows.storage.csvWriter(paths: query.fields, labels: labels) }
            self.init(
                format, count: rows.count, retainedLists: lists, header: { writers.first?.writeHeader(&$0) }
            ) { row, csv in
                let id = rows[row]
                writers[Int(id.list)].writeRow(lists[Int(id.list)].rows.location(of: Int(id.row)), &csv)
            }
        } else {
            let writer = RowWriter(query, of: snapshot)
            self.init(format, count: rows.count, retainedLists: lists) { row, json in
                writer.write(rows[row], to: &json)
                json.endLine()
            }
        }
    }
}
