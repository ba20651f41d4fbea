import Deployments

extension Snapshot {
    /// Counts and adds up the rows of all a query's pages without I/O and without a clock: the same snapshot
    /// gives the same result.
    ///
    /// Sums of fractions may be rounded differently than if they were added row by row.
    package func summary(of query: Query, by grouping: Grouping) throws(TooManyGroups) -> Summary {
        let words = query.wordPatterns
        var groups = SummaryGroups(grouping)
        for list in lists {
            let found = list.rows(matching: query, words: words)
            if !found.isEmpty { try groups.add(GroupedRows(list, found.rows, by: grouping), of: list) }
        }
        return try groups.summary(of: query)
    }
}

/// The groups of a summary while rows are added to them.
struct SummaryGroups {
    private let grouping: Grouping
    /// The values of each key.
    private var values: [GroupValues]
    private var groups: [NumberedGroup] = []
    /// The sums of the first group's fields, then of the second's, and so on.
    ///
    /// One flat array, since every list may have thousands of groups.
    private var sums: [Summary.Sum] = []
    /// The extremes, likewise.
    private var extremes: [Summary.Extreme] = []
    private var indexOfGroup: [UInt64: Int] = [:]

    init(_ grouping: Grouping) {
        self.grouping = grouping
        values = grouping.keys.map { GroupValues($0) }
    }

    /// Adds the grouped rows of one list.
    mutating func add(_ grouped: GroupedRows, of source: SourceRows) throws(TooManyGroups) {
        var numbers = [UInt64](repeating: 0, count: grouped.counts.count)
        for (index, key) in grouping.keys.enumerated() {
            let known = values[index].numbers(of: grouped.examples, in: source, by: key)
            for group in numbers.indices { numbers[group] |= NumberedGroup.part(known[group], of: index) }
        }
        var targets: [Int] = []
        targets.reserveCapacity(numbers.count)
        for numbers in numbers { targets.append(try index(of: numbers)) }
        for (index, count) in zip(targets, grouped.counts) { groups[index].count += count }
        for (field, added) in grouped.sums.enumerated() {
            for (index, sum) in zip(targets, added) { sums[index * grouping.sums.count + field].add(sum) }
        }
        for (field, added) in grouped.extremes.enumerated() {
            for (index, extreme) in zip(targets, added) {
                extremes[index * grouping.extremes.count + field].add(extreme)
            }
        }
    }

    /// The summary of the rows added so far.
    func summary(of query: Query) throws(TooManyGroups) -> Summary {
        var total = Summary.Tally(of: grouping)
        for index in groups.indices { total.add(tally(index)) }
        total.sums = zip(total.sums, grouping.sums).filter { grouping.sumsOfTotal.contains($1) }.map(\.0)
        var all = self
        if grouping.withZeros { try all.addZeros(for: query) }
        return Summary(groups: all.ordered, total: total, groupCount: all.groups.count)
    }

    /// Adds groups with count 0 for terms of closed vocabularies that no row has.
    ///
    /// If all keys have such terms, every combination is added; else each term beside each combination of the
    /// other keys' values that rows have. Groups that the query excludes by the grouped values alone are left
    /// out, since their 0 would carry no information.
    private mutating func addZeros(for query: Query) throws(TooManyGroups) {
        let terms = grouping.keys.map { key in
            key.terms?.filter { query.couldFind([.text($0)], in: [key]) }
        }
        guard terms.contains(where: { $0 != nil }) else { return }
        var templates: Set<UInt64> = terms.allSatisfy { $0 != nil } ? [0] : []
        let others = terms.enumerated().filter { $1 == nil }.map { NumberedGroup.part(.max, of: $0.offset) }
        let mask = others.reduce(0, |)
        if mask != 0 { templates.formUnion(groups.map { $0.numbers & mask }) }
        let combinations = terms.reduce(1) { $0 * ($1?.count ?? 1) }
        guard templates.count * combinations <= Grouping.groupLimit else {
            throw TooManyGroups(onlyWithZeros: true)
        }
        var filled = Array(templates)
        for (index, terms) in terms.enumerated() {
            guard let terms else { continue }
            let parts = terms.map { NumberedGroup.part(values[index].number(of: .text($0)), of: index) }
            filled = filled.flatMap { template in parts.map { template | $0 } }
        }
        let shown = values.map(\.shown)
        for numbers in filled {
            let group = NumberedGroup(numbers: numbers)
            let values = shown.indices.map { shown[$0][group.number(of: $0)] }
            if query.couldFind(values, in: grouping.keys) { _ = try index(of: numbers) }
        }
    }

    /// The groups in a summary's order.
    private var ordered: [Summary.Group] {
        let ranks = values.map(\.ranks)
        // One number from all keys' ranks, the first key's in the highest bits; the keys are few enough to
        // fit.
        let ranked = groups.indices.map { index in
            let group = groups[index]
            let rank = ranks.indices.reduce(0) { $0 << NumberedGroup.bits | ranks[$1][group.number(of: $1)] }
            return (count: group.count, rank: rank, index: index)
        }
        let sorted = ranked.sorted { left, right in
            if grouping.sort.isEmpty {
                if left.count != right.count { return left.count > right.count }
            } else if let isFirst = isFirst(left.index, right.index, by: ranks) {
                return isFirst
            }
            return left.rank < right.rank
        }
        let shown = values.map(\.shown)
        return sorted.prefix(grouping.limit ?? .max).map { _, _, index in
            let values = shown.indices.map { shown[$0][groups[index].number(of: $0)] }
            return Summary.Group(values: values, tally: tally(index))
        }
    }

    /// True if the left group comes first by ``Grouping/sort``; nil if both are equal by it.
    private func isFirst(_ left: Int, _ right: Int, by ranks: [[Int]]) -> Bool? {
        for key in grouping.sort {
            let (a, b) = (value(of: key, left, ranks), value(of: key, right, ranks))
            if a == b { continue }
            guard let a else { return false }
            guard let b else { return true }
            return key.descending ? a > b : a < b
        }
        return nil
    }

    /// A number in the order of the values that a group has in a sort key; nil if it has none.
    private func value(of key: Grouping.SortKey, _ group: Int, _ ranks: [[Int]]) -> Double? {
        switch key.target {
        case .count: return Double(groups[group].count)
        case .key(let index):
            let number = groups[group].number(of: index)
            return number == 0 ? nil : Double(ranks[index][number])
        case .sum(let index): return sums[group * grouping.sums.count + index].value
        }
    }

    private func tally(_ index: Int) -> Summary.Tally {
        let (summed, told) = (grouping.sums.count, grouping.extremes.count)
        return Summary.Tally(
            count: groups[index].count, sums: Array(sums[index * summed..<(index + 1) * summed]),
            extremes: Array(extremes[index * told..<(index + 1) * told]))
    }

    /// The index of the group with these numbers; a new group is added if there is none.
    private mutating func index(of numbers: UInt64) throws(TooManyGroups) -> Int {
        if let index = indexOfGroup[numbers] { return index }
        guard groups.count < Grouping.groupLimit else { throw TooManyGroups(onlyWithZeros: false) }
        indexOfGroup[numbers] = groups.count
        groups.append(NumberedGroup(numbers: numbers))
        for _ in grouping.sums { sums.append(Summary.Sum()) }
        for extreme in grouping.extremes { extremes.append(Summary.Extreme(isGreatest: extreme.isGreatest)) }
        return groups.count - 1
    }
}

/// A group, identified by the numbers of its values.
private struct NumberedGroup {
    /// The numbers of all keys in one integer, which has room for ``Grouping/keyLimit`` of them.
    let numbers: UInt64
    var count = 0

    /// The bits of one number: room for far more values than there may be groups.
    static let bits = 21

    /// A key's number, shifted to its position in ``numbers``.
    static func part(_ number: UInt32, of key: Int) -> UInt64 {
        (UInt64(number) & (1 << UInt64(bits) - 1)) << UInt64(bits * key)
    }

    func number(of key: Int) -> Int { Int(numbers >> UInt64(Self.bits * key) & (1 << UInt64(Self.bits) - 1)) }
}

extension Query {
    /// False if the query excludes every row that has these values in these keys; the keys' values alone are
    /// judged.
    fileprivate func couldFind(_ values: [FieldValue], in keys: [Grouping.Key]) -> Bool {
        // A time's exact value is not known, only its day or hour.
        let known = zip(keys, values).filter { $0.0.span == nil }
        let verdict = condition.verdict { filter in
            known.first { $0.0.field == filter.field }.map { filter.holds(for: $0.1) }
        }
        return verdict ?? true
    }
}
