import Deployments

/// The values that some readings give of a list's records, each kept once.
struct ColumnReader: Sendable {
    /// Stands for null where values have numbers.
    static let null = UInt32.max

    /// By reading.
    private(set) var interned: [ValueInterner]
    /// By reading, the number of every record's value, in the order in which they were listed.
    private(set) var numbers: [[UInt32]]

    /// Records that stay in a core's own memory while all readings are taken of them.
    private static let block = 256

    init(_ readings: [FieldReading], of rows: RowTable, pieces: Range<Int>) {
        interned = readings.map { _ in ValueInterner() }
        numbers = readings.map { _ in [] }
        for index in readings.indices {
            numbers[index].reserveCapacity(pieces.count * RowTable.pieceLimit)
        }
        for piece in pieces {
            for start in stride(from: 0, to: RowTable.pieceLimit, by: Self.block) {
                for (index, reading) in readings.enumerated() {
                    let value = reading.value
                    rows.read(
                        piece: piece, places: start..<start + Self.block,
                        { deployment in
                            let value = value(deployment)
                            return value.isNull ? Self.null : interned[index].number(of: value)
                        }, to: &numbers[index])
                }
            }
        }
    }

    /// The same readings of a whole list, its halves read at the same time.
    ///
    /// Fields at the same time would take three times as long: both cores would count the same records' references.
    static func concurrentMap(_ readings: [FieldReading], of rows: RowTable) async -> ColumnReader {
        let middle = rows.pieceCount / 2
        let halves = await Snapshots.concurrentMap([0..<middle, middle..<rows.pieceCount]) {
            ColumnReader(readings, of: rows, pieces: $0)
        }
        return halves[1...].reduce(into: halves[0]) { $0.append($1) }
    }

    private mutating func append(_ others: ColumnReader) {
        for index in interned.indices {
            let known = interned[index].numbers(of: others.interned[index])
            numbers[index] += others.numbers[index].map { $0 == Self.null ? $0 : known[Int($0)] }
        }
    }
}
