package import Deployments
package import Wire

/// Access to the records of one list for an engine that does not know their type: values by field, and bytes.
///
/// Each kind of record has its own conforming type, not a generic one. Work that is done record by record is
/// in the extensions below, which the compiler specializes for each conforming type.
package protocol RowStorage: Sendable {
    /// The kind of record.
    associatedtype Row: Record

    /// The records in the order of the list, in pieces of ``RowLocation/pieceLimit``.
    ///
    /// The order of the list is about the order in which the records were allocated. In the order of their
    /// keys, going over them would spend most of the time waiting for memory.
    var pieces: [[Row]] { get }

    /// The number of ``pieces``.
    var pieceCount: Int { get }

    /// Stores pieces of ``RowLocation/pieceLimit`` records, of which only the last may be smaller.
    init(pieces: [[Row]])

    /// A function that reads one field's value; the field is looked up once, not for every record.
    func reader(of accessor: FieldAccessor) -> @Sendable (RowLocation) -> FieldValue

    /// Reads the values of every record of some pieces, in the order of the list.
    func readColumns(_ accessors: [FieldAccessor], pieces: Range<Int>) -> ColumnReader

    /// The uid of a record.
    func uid(at location: RowLocation) -> String
    /// The version of a record; nil if it has none.
    func version(at location: RowLocation) -> Int?

    /// True if two lists have the same records; both lists of locations are in the order of the keys.
    func isSame(_ locations: [UInt32], as other: any RowStorage, _ otherLocations: [UInt32]) -> Bool

    /// The number of these rows' keys that `other` does not have; both are in the order of the keys.
    func count(_ locations: [UInt32], missingFrom other: any RowStorage, _ otherLocations: [UInt32]) -> Int

    /// The number of records that are the current version of their uid and have a value, for each named field.
    func valueCounts(of names: [String]) -> [Int]

    /// The lookups of the records that are the current version of their uid, in the order in which they are found.
    func lookupCounts() -> [LookupCount]

    /// The JSON of a member that `include=` adds; nil if the record has none.
    func included(_ member: Include, at location: RowLocation) -> [UInt8]?

    /// Appends the members that `including` adds to a record.
    func writeIncluded(_ including: Set<Include>, at location: RowLocation, to json: inout JSONWriter)

    /// A function that appends a record as a JSON object with only the named fields and the members of
    /// `including`.
    func jsonWriter(
        paths: [String], including: Set<Include>
    ) -> @Sendable (RowLocation, inout JSONWriter) -> Void

    /// A writer of records as lines of CSV; nil `paths` are all fields, see ``RecordColumns``.
    func csvWriter(paths: [String]?, labels: [String]) -> CSVRowWriter
}

/// A writer of a list's records as lines of CSV.
package struct CSVRowWriter: Sendable {
    /// Appends the line of column names.
    package let writeHeader: @Sendable (inout CSVWriter) -> Void
    /// Appends one record's line.
    package let writeRow: @Sendable (RowLocation, inout CSVWriter) -> Void
}

/// The location of a row in a ``RowStorage``.
package struct RowLocation: Sendable {
    /// The rows of a piece: few enough that cores share a list evenly, and that no piece is a large
    /// allocation.
    static let pieceLimit = 2048

    /// The index of the piece.
    package let piece: Int
    /// The index in the piece.
    package let index: Int

    /// The location of the row at a position of the list.
    init(_ position: UInt32) {
        (piece, index) = Int(position).quotientAndRemainder(dividingBy: Self.pieceLimit)
    }
}

extension RowStorage {
    subscript(location: RowLocation) -> Row {
        _read { yield pieces[location.piece][location.index] }
    }

    /// The number of ``pieces``.
    package var pieceCount: Int { pieces.count }

    /// A function that reads one field's value; null for a field that the table does not have.
    package func reader(of accessor: FieldAccessor) -> @Sendable (RowLocation) -> FieldValue {
        guard let get = Row.table.named(accessor.field.name)?.get else { return { _ in .null } }
        return { location in accessor.value(get(pieces[location.piece][location.index])) }
    }

    /// Reads a block of records at a time for all fields, so that the records stay in the cache.
    package func readColumns(_ accessors: [FieldAccessor], pieces range: Range<Int>) -> ColumnReader {
        var columns = ColumnReader(accessors.count, capacity: range.count * RowLocation.pieceLimit)
        let getters = accessors.map { Row.table.named($0.field.name)?.get }
        for piece in range {
            let rows = pieces[piece]
            for start in stride(from: 0, to: rows.count, by: ColumnReader.block) {
                let end = min(start + ColumnReader.block, rows.count)
                for column in accessors.indices {
                    guard let get = getters[column] else { continue }
                    let accessor = accessors[column]
                    // By index, since iterating over the rows would retain each.
                    for index in start..<end {
                        columns.append(accessor.value(get(rows[index])), to: column)
                    }
                }
            }
        }
        return columns
    }

    /// The number of current records with a value, for each named field; 0 for one that the table does not have.
    package func valueCounts(of names: [String]) -> [Int] {
        let getters = names.map { Row.table.named($0)?.get }
        let isCurrent = Row.table.schema.current.flatMap { Row.table.named($0.name)?.get }
        var counts = [Int](repeating: 0, count: names.count)
        for piece in pieces {
            for index in piece.indices {
                if let isCurrent, isCurrent(piece[index]) != .bool(true) { continue }
                for field in getters.indices {
                    if let get = getters[field], !get(piece[index]).isNull { counts[field] += 1 }
                }
            }
        }
        return counts
    }

    /// The lookups of the current records.
    package func lookupCounts() -> [LookupCount] {
        let isCurrent = Row.table.schema.current.flatMap { Row.table.named($0.name)?.get }
        var counts: [LookupCount] = []
        for piece in pieces {
            for index in piece.indices {
                if let isCurrent, isCurrent(piece[index]) != .bool(true) { continue }
                counts.add(piece[index].lookups)
            }
        }
        return counts
    }

    /// The uid of a record.
    package func uid(at location: RowLocation) -> String { self[location].uid }

    /// The version of a record; nil if it has none.
    package func version(at location: RowLocation) -> Int? { self[location].version }

    /// True if both have the same records; false if `other` is of another type.
    package func isSame(
        _ locations: [UInt32], as other: any RowStorage, _ otherLocations: [UInt32]
    ) -> Bool {
        guard let other = other as? Self, locations.count == otherLocations.count else { return false }
        return locations.indices.allSatisfy {
            self[RowLocation(locations[$0])] == other[RowLocation(otherLocations[$0])]
        }
    }

    /// The number of keys that `other` does not have: all of them if it is of another type.
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

    /// The JSON of a member that `include=` adds; nil if the record has none.
    package func included(_ member: Include, at location: RowLocation) -> [UInt8]? {
        self[location].included(member)
    }

    /// Appends the members that `including` adds to a record.
    package func writeIncluded(
        _ including: Set<Include>, at location: RowLocation, to json: inout JSONWriter
    ) {
        self[location].writeIncluded(including, to: &json)
    }

    /// A function that appends a record; the layout is computed once.
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

    /// A writer of lines of CSV; the columns are computed once.
    package func csvWriter(paths: [String]?, labels: [String]) -> CSVRowWriter {
        let columns = RecordColumns<Row>(paths: paths, labels: labels)
        return CSVRowWriter(writeHeader: { columns.writeHeader(to: &$0) }) { location, csv in
            columns.write(pieces[location.piece][location.index], to: &csv)
        }
    }
}
