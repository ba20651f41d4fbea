import Deployments

/// The values that some fields have in a list's records, each distinct value stored once.
package struct ColumnReader: Sendable {
    /// Stands for null where values have numbers.
    static let null = UInt32.max

    /// Records that stay in a core's own memory while all fields are read of them.
    static let block = 256

    /// By field.
    private(set) var interned: [ValueInterner]
    /// By field, the number of every record's value, in the order in which they were listed.
    private(set) var numbers: [[UInt32]]

    /// Of so many fields; `capacity` is how many records are expected.
    init(_ fields: Int, capacity: Int) {
        interned = (0..<fields).map { _ in ValueInterner() }
        numbers = (0..<fields).map { _ in [] }
        for field in numbers.indices { numbers[field].reserveCapacity(capacity) }
    }

    @inline(__always)
    mutating func append(_ value: FieldValue, to field: Int) {
        numbers[field].append(value.isNull ? Self.null : interned[field].number(of: value))
    }

    /// Reads a whole list, its halves at the same time.
    ///
    /// Fields at the same time would take three times as long: both cores would count the same records' references.
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
