import Deployments

/// Counts and sums of one list's rows, grouped by the codes of their values.
struct GroupedRows {
    /// The number of rows in each group; the order of the groups has no meaning.
    let counts: [Int]
    /// One row of each group, from which the group's values are read.
    let examples: [UInt32]
    /// The sums, by summed field and then by group.
    let sums: [[Summary.Sum]]
    /// The extremes, by ``Grouping/extremes`` and then by group.
    let extremes: [[Summary.Extreme]]

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
        extremes = grouping.extremes.map { extreme in
            groups.extremes(of: source.index(of: extreme.field), rows, isGreatest: extreme.isGreatest)
        }
    }
}

/// The group number of each of some rows; at first all rows are in one group.
private struct NumberedRows {
    private(set) var count = 1
    /// The group of each row, below ``count``.
    private(set) var numbers: [UInt32]

    init(_ rows: Int) { numbers = [UInt32](repeating: 0, count: rows) }

    /// Splits the groups so that all rows of a group have the same code.
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

    /// The extremes of a time, group by group.
    func extremes(of index: FieldIndex, _ rows: [UInt32], isGreatest: Bool) -> [Summary.Extreme] {
        // Codes are in the order of the values, so only the extreme code's value is read.
        var best = [Int?](repeating: nil, count: count)
        var stated = [Int](repeating: 0, count: count)
        var missing = stated
        index.codes.forEach(of: rows) { position, code in
            let group = Int(numbers[position])
            guard code < index.valueCount else {
                missing[group] += 1
                return
            }
            stated[group] += 1
            best[group] = best[group].map { isGreatest ? max($0, code) : min($0, code) } ?? code
        }
        return best.indices.map { group in
            var extreme = Summary.Extreme(isGreatest: isGreatest)
            if let code = best[group] { extreme.add(index.value(code).time, of: stated[group]) }
            if missing[group] > 0 { extreme.add(nil, of: missing[group]) }
            return extreme
        }
    }
}

/// Numbers for pairs of a group and a code, from 0 in the order of first occurrence.
private struct KnownGroups {
    private(set) var count = 0
    /// One more than the number of each pair, 0 for a pair not seen yet.
    ///
    /// Empty if there are many more possible pairs than rows; then ``sparse`` is used instead.
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
