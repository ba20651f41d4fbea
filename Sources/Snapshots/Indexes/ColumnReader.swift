import Deployments

/// The values of some fields in a list's records, each distinct value stored once.
package struct ColumnReader: Sendable {
    /// The number that stands for null.
    static let null = UInt32.max

    /// The number of records read for all fields in turn: few enough to stay in a core's cache.
    static let block = 256

    /// The distinct values of each field.
    private(set) var interned: [ValueInterner]
    /// The numbers of the records' values, field by field, in the order of the list.
    private(set) var numbers: [[UInt32]]

    /// An empty reader of `fields` fields; `capacity` is the number of records expected.
    init(_ fields: Int, capacity: Int) {
        interned = (0..<fields).map { _ in ValueInterner() }
        numbers = (0..<fields).map { _ in [] }
        for field in numbers.indices { numbers[field].reserveCapacity(capacity) }
    }

    /// Appends the value of the next record.
    @inline(__always)
    mutating func append(_ value: FieldValue, to field: Int) {
        numbers[field].append(value.isNull ? Self.null : interned[field].number(of: value))
    }

    /// Reads a complete list, both halves concurrently.
    ///
    /// Reading different fields concurrently would take three times as long, since the cores would contend
    /// for the reference counts of the same records.
    static func concurrent(_ accessors: [FieldAccessor], of rows: RowTable) async -> ColumnReader {
        let count = rows.storage.pieceCount
        let halves = await concurrentMap([0..<count / 2, count / 2..<count]) {
            rows.storage.readColumns(accessors, pieces: $0)
        }
        return halves[1...].reduce(into: halves[0]) { $0.append($1) }
    }

    private mutating func append(_ others: ColumnReader) {
        for field in interned.indices {
            let known = interned[field].numbers(of: others.interned[field])
            numbers[field] += others.numbers[field].map { $0 == Self.null ? $0 : known[Int($0)] }
        }
    }
}
