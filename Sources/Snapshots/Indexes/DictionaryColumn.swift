import Deployments

/// A dictionary-encoded column: the distinct values of a field in order, a code for each row, and posting
/// lists.
struct DictionaryColumn {
    /// The number of distinct values.
    private(set) var valueCount: Int
    /// The number of each code's value.
    private(set) var sorted: [Int] = []
    /// The code of each row.
    private(set) var codes = RowCodes.same
    /// The index in ``postings`` at which each code's rows begin, null's included; then the end of null's
    /// rows.
    private(set) var starts: [UInt32]
    /// The rows by code, then ascending; empty if all rows have the same code.
    private(set) var postings: [UInt32] = []

    /// A column in which all rows are null, or all have the same value.
    init(allOf rowCount: Int, null isNull: Bool) {
        valueCount = isNull ? 0 : 1
        starts = isNull ? [0, UInt32(rowCount)] : [0, UInt32(rowCount), UInt32(rowCount)]
    }

    /// A column from each row's number among `strings`.
    ///
    /// A string may have no row: it is the value of a record that was dropped because an earlier one has its
    /// key.
    init(_ numbers: [UInt32], of strings: PackedStrings) {
        var counts = [UInt32](repeating: 0, count: strings.count)
        for number in numbers where number != ColumnReader.null { counts[Int(number)] += 1 }
        let sorted = strings.withView { $0.sorted(counts.indices.filter { counts[$0] > 0 }) { $0 < $1 } }
        valueCount = sorted.count
        self.sorted = sorted
        var codeOfNumber = [UInt32](repeating: 0, count: strings.count)
        starts = [0]
        starts.reserveCapacity(sorted.count + 2)
        var end: UInt32 = 0
        for (code, number) in sorted.enumerated() {
            codeOfNumber[number] = UInt32(code)
            end += counts[number]
            starts.append(end)
        }
        starts.append(UInt32(numbers.count))
        guard valueCount > 1 || (valueCount == 1 && Int(end) < numbers.count) else { return }
        let nullCode = UInt32(valueCount)
        let codes = numbers.map { $0 == ColumnReader.null ? nullCode : codeOfNumber[Int($0)] }
        self.codes = RowCodes(codes, last: valueCount)
        fillPostings(codes)
    }

    /// Sets ``postings``; ``starts`` must be set.
    private mutating func fillPostings(_ codes: [UInt32]) {
        var next = starts
        postings = [UInt32](repeating: 0, count: codes.count)
        for (row, code) in codes.enumerated() {
            postings[Int(next[Int(code)])] = UInt32(row)
            next[Int(code)] += 1
        }
    }
}
