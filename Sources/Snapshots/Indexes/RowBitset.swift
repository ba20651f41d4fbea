import Deployments

/// A set of one list's rows: one bit for each row of the list.
struct RowBitset: Sendable, Hashable {
    /// The number of rows in the list.
    let rowCount: Int
    /// The bits, from the lowest bit of the first word on; the bits past the last row are 0.
    private var words: [UInt64]

    /// The empty set, of a list with `rowCount` rows.
    init(noneOf rowCount: Int) {
        self.rowCount = rowCount
        words = [UInt64](repeating: 0, count: (rowCount + 63) / 64)
    }

    /// The set of all rows, of a list with `rowCount` rows.
    init(allOf rowCount: Int) {
        self.rowCount = rowCount
        words = [UInt64](repeating: .max, count: (rowCount + 63) / 64)
        clearBeyondLast()
    }

    private mutating func clearBeyondLast() {
        if rowCount % 64 > 0 { words[words.count - 1] &= (1 << UInt64(rowCount % 64)) - 1 }
    }

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// The number of rows in the set.
    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    func contains(_ row: Int) -> Bool { words[row >> 6] & (1 << UInt64(row & 63)) != 0 }

    mutating func insert(_ rows: ArraySlice<UInt32>) {
        words.withUnsafeMutableBufferPointer { words in
            for row in rows { words[Int(row >> 6)] |= 1 << UInt64(row & 63) }
        }
    }

    mutating func remove(_ rows: ArraySlice<UInt32>) {
        words.withUnsafeMutableBufferPointer { words in
            for row in rows { words[Int(row >> 6)] &= ~(1 << UInt64(row & 63)) }
        }
    }

    mutating func formUnion(_ other: RowBitset) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    mutating func formIntersection(_ other: RowBitset) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    mutating func subtract(_ other: RowBitset) {
        for index in words.indices { words[index] &= ~other.words[index] }
    }

    /// The rows of the list that are not in the set.
    var complement: RowBitset {
        var others = RowBitset(allOf: rowCount)
        others.subtract(self)
        return others
    }

    /// The rows in ascending order.
    var rows: [UInt32] {
        [UInt32](unsafeUninitializedCapacity: count) { rows, filled in
            for (index, word) in words.enumerated() {
                var remaining = word
                while remaining != 0 {
                    rows[filled] = UInt32(truncatingIfNeeded: index << 6 | remaining.trailingZeroBitCount)
                    filled += 1
                    remaining &= remaining - 1
                }
            }
        }
    }

    /// Appends the `candidates` that are in the set, in their order, until `rows` has `limit` elements.
    func append(_ candidates: ArraySlice<UInt32>, to rows: inout [UInt32], limit: Int = .max) {
        words.withUnsafeBufferPointer { words in
            for row in candidates where words[Int(row >> 6)] & (1 << UInt64(row & 63)) != 0 {
                guard rows.count < limit else { return }
                rows.append(row)
            }
        }
    }
}
