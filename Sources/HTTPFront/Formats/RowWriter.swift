import Deployments
import Snapshots
import Wire

/// Writes records as a query requests them: copied as they are encoded, or only with the named fields.
struct RowWriter: Sendable {
    /// nil: every field.
    private let form: DeploymentForm?
    private let include: Set<Include>

    init(_ query: Query) {
        form = query.fields.map { DeploymentForm(paths: $0) }
        include = query.include
    }

    func write(_ id: RowID, of snapshot: Snapshot, to json: inout JSONWriter) {
        let list = snapshot.lists[Int(id.list)]
        let row = Int(id.row)
        guard let form else { return list.write(row: row, including: include, to: &json) }
        form.write(list.rows[row], to: &json) { json in
            list.rows[row].writeIncluded(include, to: &json)
        }
    }
}

extension LineBody {
    /// Records: in CSV as cells, with a column for each of these labels; in NDJSON as they are in a list's `data`.
    init(_ rows: [RowID], of snapshot: Snapshot, _ query: Query, in format: ResponseFormat, labels: [String])
    {
        if format == .csv {
            let columns = DeploymentColumns(paths: query.fields ?? DeploymentForm.allPaths, labels: labels)
            self.init(
                format, count: rows.count, holding: snapshot.lists, header: { columns.writeHeader(to: &$0) }
            ) { row, csv in
                columns.write(snapshot.deployment(rows[row]), to: &csv)
            }
        } else {
            let writer = RowWriter(query)
            self.init(format, count: rows.count, holding: snapshot.lists) { row, json in
                writer.write(rows[row], of: snapshot, to: &json)
                json.endLine()
            }
        }
    }
}
