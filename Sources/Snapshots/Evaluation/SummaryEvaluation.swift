import Deployments

extension Snapshot {
    /// What the rows that a query finds, on all its pages, come to: no I/O, no clock, one answer for one snapshot.
    ///
    /// The answer is that of ``summaryByDefinition(of:by:)``, but for how sums of fractions are rounded.
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
    /// By key.
    private var values: [GroupValues]
    private var groups: [NumberedGroup] = []
    /// Group by group, what each field adds up to: side by side, as there may be thousands of groups in every list.
    private var sums: [Summary.Sum] = []
    private var places: [UInt64: Int] = [:]

    init(_ grouping: Grouping) {
        self.grouping = grouping
        values = grouping.keys.map { GroupValues($0) }
    }

    /// Adds one row.
    mutating func add(_ deployment: ModelDeployment) throws(TooManyGroups) {
        var numbers: UInt64 = 0
        for (index, key) in grouping.keys.enumerated() {
            numbers |= NumberedGroup.part(values[index].number(of: key.value(of: deployment)), of: index)
        }
        let place = try place(of: numbers)
        groups[place].count += 1
        for (index, field) in grouping.sums.enumerated() {
            sums[place * grouping.sums.count + index].add(field.get(deployment).number)
        }
    }

    /// Adds rows of one list that are put together already.
    mutating func add(_ grouped: GroupedRows, of source: SourceRows) throws(TooManyGroups) {
        var numbers = [UInt64](repeating: 0, count: grouped.counts.count)
        for (index, key) in grouping.keys.enumerated() {
            let known = values[index].numbers(of: grouped.examples, in: source, by: key)
            for group in numbers.indices { numbers[group] |= NumberedGroup.part(known[group], of: index) }
        }
        var places: [Int] = []
        places.reserveCapacity(numbers.count)
        for numbers in numbers { places.append(try place(of: numbers)) }
        for (place, count) in zip(places, grouped.counts) { groups[place].count += count }
        for (field, added) in grouped.sums.enumerated() {
            for (place, sum) in zip(places, added) { sums[place * grouping.sums.count + field].add(sum) }
        }
    }

    /// What the rows come to that were added.
    func summary(of query: Query) throws(TooManyGroups) -> Summary {
        var total = Summary.Tally(summing: grouping.sums)
        for place in groups.indices { total.add(tally(place)) }
        total.sums = zip(total.sums, grouping.sums).filter { !$1.isOfUnit }.map(\.0)
        var all = self
        if grouping.withZeros { try all.addZeros(for: query) }
        return Summary(groups: all.ordered, total: total)
    }

    /// Adds the words that no row has: where only words are grouped, every combination of them; else the words
    /// beside each combination of the other values that rows have.
    ///
    /// Those that the query excludes by the grouped values alone are left out, since their 0 would say nothing.
    private mutating func addZeros(for query: Query) throws(TooManyGroups) {
        let words = grouping.keys.map { key in
            key.words?.filter { query.couldFind([.text($0)], in: [key]) }
        }
        guard words.contains(where: { $0 != nil }) else { return }
        var templates: Set<UInt64> = words.allSatisfy { $0 != nil } ? [0] : []
        let others = words.enumerated().filter { $1 == nil }.map { NumberedGroup.part(.max, of: $0.offset) }
        let mask = others.reduce(0, |)
        if mask != 0 { templates.formUnion(groups.map { $0.numbers & mask }) }
        let each = words.reduce(1) { $0 * ($1?.count ?? 1) }
        guard templates.count * each <= Grouping.groupLimit else { throw TooManyGroups(onlyWithZeros: true) }
        var filled = Array(templates)
        for (index, words) in words.enumerated() {
            guard let words else { continue }
            let parts = words.map { NumberedGroup.part(values[index].number(of: .text($0)), of: index) }
            filled = filled.flatMap { template in parts.map { template | $0 } }
        }
        let shown = values.map(\.shown)
        for numbers in filled {
            let group = NumberedGroup(numbers: numbers)
            let values = shown.indices.map { shown[$0][group.number(of: $0)] }
            if query.couldFind(values, in: grouping.keys) { _ = try place(of: numbers) }
        }
    }

    /// In a summary's order.
    private var ordered: [Summary.Group] {
        let ranks = values.map(\.ranks)
        // The first key's rank before all others, as there are no more keys than fit.
        let ranked = groups.indices.map { place in
            let group = groups[place]
            let rank = ranks.indices.reduce(0) { $0 << NumberedGroup.bits | ranks[$1][group.number(of: $1)] }
            return (count: group.count, rank: rank, place: place)
        }
        let sorted = ranked.sorted { $0.count == $1.count ? $0.rank < $1.rank : $0.count > $1.count }
        let shown = values.map(\.shown)
        return sorted.map { _, _, place in
            let values = shown.indices.map { shown[$0][groups[place].number(of: $0)] }
            return Summary.Group(values: values, tally: tally(place))
        }
    }

    private func tally(_ place: Int) -> Summary.Tally {
        let first = place * grouping.sums.count
        return Summary.Tally(
            count: groups[place].count, sums: Array(sums[first..<first + grouping.sums.count]))
    }

    /// Where the group of these values is; it is made where there is none.
    private mutating func place(of numbers: UInt64) throws(TooManyGroups) -> Int {
        if let place = places[numbers] { return place }
        guard groups.count < Grouping.groupLimit else { throw TooManyGroups(onlyWithZeros: false) }
        places[numbers] = groups.count
        groups.append(NumberedGroup(numbers: numbers))
        for _ in grouping.sums { sums.append(Summary.Sum()) }
        return groups.count - 1
    }
}

/// A group by the numbers that its values have.
private struct NumberedGroup {
    /// Those of all keys, one beside another: ``Grouping/keyLimit`` of them fit.
    let numbers: UInt64
    var count = 0

    /// Far more than there may be groups.
    static let bits = 21

    /// What a key's number adds to ``numbers``.
    static func part(_ number: UInt32, of key: Int) -> UInt64 {
        (UInt64(number) & (1 << UInt64(bits) - 1)) << UInt64(bits * key)
    }

    func number(of key: Int) -> Int { Int(numbers >> UInt64(Self.bits * key) & (1 << UInt64(Self.bits) - 1)) }
}

extension Query {
    /// Whether a row could be found that has these values in these keys, as far as those alone tell.
    fileprivate func couldFind(_ values: [FieldValue], in keys: [Grouping.Key]) -> Bool {
        var record = ModelDeployment(uid: "", source: "", platform: "", adapter: "")
        var known: Set<String> = []
        // Of a time only the day or hour is known.
        for (key, value) in zip(keys, values) where key.span == nil {
            key.field.set(&record, value)
            known.insert(key.field.name)
        }
        let whole = Condition.all(filters.map { .field($0) } + [condition].compactMap { $0 })
        return whole.verdict { known.contains($0.field.name) ? $0.holds(for: record) : nil } ?? true
    }
}
