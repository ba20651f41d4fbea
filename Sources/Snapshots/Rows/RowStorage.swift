package import Deployments
package import Wire

/// The records of one list, for an engine that knows no kind of record: values by field, and bytes.
///
/// A kind of record conforms with a type of its own, not a generic one: what is done record by record stands in the
/// extensions below, which the compiler specializes for each conformer.
package protocol RowStorage: Sendable {
    associatedtype Row: Record

    /// In the order in which they were listed, which is about that in which their records were made: in the order of
    /// their keys, most of the time of settling and encoding them would go into waiting for memory.
    var pieces: [[Row]] { get }

    var pieceCount: Int { get }

    init(pieces: [[Row]])

    /// A way to one field's values, looked up once.
    func reader(of accessor: FieldAccessor) -> @Sendable (RowLocation) -> FieldValue

    /// Reads values of every record of some pieces, in the order in which they were listed.
    func readColumns(_ accessors: [FieldAccessor], pieces: Range<Int>) -> ColumnReader

    func uid(at location: RowLocation) -> String
    func version(at location: RowLocation) -> Int?

    /// True where two lists have the same records, in the order of their keys.
    func isSame(_ locations: [UInt32], as other: any RowStorage, _ otherLocations: [UInt32]) -> Bool

    /// How many of these rows' keys `other` has not; both are in the order of their keys.
    func count(_ locations: [UInt32], missingFrom other: any RowStorage, _ otherLocations: [UInt32]) -> Int

    /// The text of a member that `include=` adds; nil where the record has none.
    func included(_ member: Include, at location: RowLocation) -> [UInt8]?

    /// Appends the members that `including` adds to a record.
    func writeIncluded(_ including: Set<Include>, at location: RowLocation, to json: inout JSONWriter)

    /// Appends records as JSON objects with only the named fields, and what `including` adds.
    func jsonWriter(
        paths: [String], including: Set<Include>
    ) -> @Sendable (RowLocation, inout JSONWriter) -> Void

    /// Appends records as lines of CSV; nil paths are all. See ``RecordColumns``.
    func csvWriter(paths: [String]?, labels: [String]) -> CSVRowWriter
}

/// How records become lines of CSV.
package struct CSVRowWriter: Sendable {
    package let writeHeader: @Sendable (inout CSVWriter) -> Void
    package let writeRow: @Sendable (RowLocation, inout CSVWriter) -> Void
}

/// Where a row stands in a ``RowStorage``.
package struct RowLocation: Sendable {
    /// Rows a piece: few enough that cores share a list evenly, and that no piece is a large allocation.
    static let pieceLimit = 2048

    package let piece: Int
    package let index: Int

    /// By the position that the row had in its list.
    init(_ position: UInt32) {
        (piece, index) = Int(position).quotientAndRemainder(dividingBy: Self.pieceLimit)
    }
}

extension RowStorage {
    subscript(location: RowLocation) -> Row {
        _read { yield pieces[location.piece][location.index] }
    }

    package var pieceCount: Int { pieces.count }

    package func reader(of accessor: FieldAccessor) -> @Sendable (RowLocation) -> FieldValue {
        guard let get = Row.table.named(accessor.field.name)?.get else { return { _ in .null } }
        return { location in accessor.value(get(pieces[location.piece][location.index])) }
    }

    package func readColumns(_ accessors: [FieldAccessor], pieces range: Range<Int>) -> ColumnReader {
        var columns = ColumnReader(accessors.count, capacity: range.count * RowLocation.pieceLimit)
        let getters = accessors.map { Row.table.named($0.field.name)?.get }
        for piece in range {
            for start in stride(from: 0, to: pieces[piece].count, by: ColumnReader.block) {
                let end = min(start + ColumnReader.block, pieces[piece].count)
                for (column, accessor) in accessors.enumerated() {
                    guard let get = getters[column] else { continue }
                    // By index: a row taken out of its array is retained.
                    for index in start..<end {
                        columns.append(accessor.value(get(pieces[piece][index])), to: column)
                    }
                }
            }
        }
        return columns
    }

    package func uid(at location: RowLocation) -> String { self[location].uid }

    package func version(at location: RowLocation) -> Int? { self[location].version }

    package func isSame(
        _ locations: [UInt32], as other: any RowStorage, _ otherLocations: [UInt32]
    ) -> Bool {
        guard let other = other as? Self, locations.count == otherLocations.count else { return false }
        return locations.indices.allSatisfy {
            self[RowLocation(locations[$0])] == other[RowLocation(otherLocations[$0])]
        }
    }

    package func count(
        _ locations: [UInt32], missingFrom other: any RowStorage, _ otherLocations: [UInt32]
    ) -> Int {
        guard let other = other as? Self else { return locations.count }
        var (found, next) = (0, 0)
        for location in locations {
            while next < otherLocations.count {
                let order = ByteComparison(
                    other[RowLocation(otherLocations[next])], self[RowLocation(location)])
                if order == .same { found += 1 }
                guard order == .before else { break }
                next += 1
            }
        }
        return locations.count - found
    }

    package func included(_ member: Include, at location: RowLocation) -> [UInt8]? {
        self[location].included(member)
    }

    package func writeIncluded(
        _ including: Set<Include>, at location: RowLocation, to json: inout JSONWriter
    ) {
        self[location].writeIncluded(including, to: &json)
    }

    package func jsonWriter(
        paths: [String], including: Set<Include>
    ) -> @Sendable (RowLocation, inout JSONWriter) -> Void {
        let form = RecordForm<Row>(paths: paths)
        return { location, json in
            form.write(pieces[location.piece][location.index], to: &json) { json in
                pieces[location.piece][location.index].writeIncluded(including, to: &json)
            }
        }
    }

    package func csvWriter(paths: [String]?, labels: [String]) -> CSVRowWriter {
        let columns = RecordColumns<Row>(paths: paths, labels: labels)
        return CSVRowWriter(writeHeader: { columns.writeHeader(to: &$0) }) { location, csv in
            columns.write(pieces[location.piece][location.index], to: &csv)
        }
    }
}
