import Deployments

/// Rows of one list, grouped and added up by the codes of their values.
struct GroupedRows {
    /// How many rows each group has; the groups are in no order that means anything.
    let counts: [Int]
    /// A row of each group, whose values are those of the group.
    let examples: [UInt32]
    /// By field that is added up, then by group.
    let sums: [[Summary.Sum]]

    init(_ source: SourceRows, _ rows: [UInt32], by grouping: Grouping) throws(TooManyGroups) {
        var groups = NumberedRows(rows.count)
        for key in grouping.keys { groups.split(by: source.index(of: FieldAccessor(grouping: key)), rows) }
        guard groups.count <= Grouping.groupLimit else { throw TooManyGroups(onlyWithZeros: false) }
        var counts = [Int](repeating: 0, count: groups.count)
        var examples = [UInt32](repeating: 0, count: groups.count)
        for (position, group) in groups.numbers.enumerated() {
            counts[Int(group)] += 1
            examples[Int(group)] = rows[position]
        }
        (self.counts, self.examples) = (counts, examples)
        sums = grouping.sums.map { groups.sums(of: source.index(of: $0), rows) }
    }
}

/// The group of each of some rows; all are in one at first.
private struct NumberedRows {
    private(set) var count = 1
    /// The group of each row, below ``count``.
    private(set) var numbers: [UInt32]

    init(_ rows: Int) { numbers = [UInt32](repeating: 0, count: rows) }

    /// Parts the groups so that all rows of each have one code.
    mutating func split(by index: FieldIndex, _ rows: [UInt32]) {
        guard !index.isSame else { return }
        let width = index.valueCount + 1
        var known = KnownGroups(pairs: count * width, rows: rows.count)
        index.codes.forEach(of: rows) { position, code in
            numbers[position] = known.number(of: Int(numbers[position]) * width + code)
        }
        count = known.count
    }

    /// The sums of a field, group by group.
    func sums(of index: FieldIndex, _ rows: [UInt32]) -> [Summary.Sum] {
        var sums = [Summary.Sum](repeating: Summary.Sum(), count: count)
        let values = index.numbers
        index.codes.forEach(of: rows) { position, code in
            sums[Int(numbers[position])].add(code < values.count ? values[code] : nil)
        }
        return sums
    }
}

/// Numbers from 0 for pairs of a group and a code, in the order in which they come.
private struct KnownGroups {
    private(set) var count = 0
    /// By pair, one more than its number; where there would be many more pairs than rows, ``sparse`` instead.
    private var dense: [UInt32]
    private var sparse: [Int: UInt32] = [:]

    init(pairs: Int, rows: Int) {
        dense = [UInt32](repeating: 0, count: pairs <= max(1 << 16, rows * 4) ? pairs : 0)
    }

    @inline(__always)
    mutating func number(of pair: Int) -> UInt32 {
        let known = dense.isEmpty ? sparse[pair, default: 0] : dense[pair]
        if known > 0 { return known - 1 }
        count += 1
        if dense.isEmpty { sparse[pair] = UInt32(count) } else { dense[pair] = UInt32(count) }
        return UInt32(count - 1)
    }
}
