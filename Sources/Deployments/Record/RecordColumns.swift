package import Wire

/// A layout of records as lines of CSV cells: all fields in the table's order, or the named ones in the
/// client's order.
///
/// Members that are neither scalars nor lists of strings have no column.
package struct RecordColumns<Row: Record>: Sendable {
    private enum Column {
        case scalar(RecordField<Row>)
        /// A list, its elements separated by spaces.
        case list(RecordList<Row>)
    }

    /// The names of the columns: paths of the JSON form, each once; `labels` is one column for each key.
    package let names: [String]
    private let columns: [Column]

    /// Makes the layout; nil `paths` are all fields, and a path that does not exist is left out.
    ///
    /// `labels` are the label keys that get a column if a path is `labels`, or if `paths` is nil.
    package init(paths: [String]? = nil, labels: [String]) {
        let table = Row.table
        var known: Set<String> = []
        let laidOut = (paths ?? table.schema.paths).filter(table.schema.isPath).flatMap(table.schema.expand)
            .flatMap { $0 == "labels" ? labels.map { "labels.\($0)" } : [$0] }
            .filter { known.insert($0).inserted }
            .compactMap { name -> (name: String, column: Column)? in
                if let field = table.named(name) { return (name, .scalar(field)) }
                return table.lists.first { $0.name == name }.map { (name, .list($0)) }
            }
        names = laidOut.map(\.name)
        columns = laidOut.map(\.column)
    }

    /// Appends the line of names.
    package func writeHeader(to csv: inout CSVWriter) {
        for name in names { csv.text(name) }
        csv.endLine()
    }

    /// Appends one record's line.
    package func write(_ record: borrowing Row, to csv: inout CSVWriter) {
        for column in columns {
            switch column {
            case .scalar(let field): csv.value(field.get(record))
            case .list(let list): csv.text(list.get(record).joined(separator: " "))
            }
        }
        csv.endLine()
    }
}

extension CSVWriter {
    /// Appends one scalar's cell.
    package mutating func value(_ value: FieldValue) {
        switch value {
        case .null: null()
        case .text(let text): self.text(text)
        case .number(let number): self.number(number)
        case .time(let time): self.time(time)
        case .bool(let bool): self.bool(bool)
        }
    }
}
