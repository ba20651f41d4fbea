extension Snapshot {
    /// What the rows that a query finds, on all its pages, come to: no I/O, no clock, one answer for one snapshot.
    ///
    /// The answer is that of ``summaryByDefinition(of:by:)``, but for how sums of fractions are rounded.
    package func summary(of query: Query, by grouping: Grouping) throws(TooManyGroups) -> Summary {
        let words = query.words.map { LikePattern(escaping: $0) }
        var groups = SummaryGroups(grouping)
        for list in lists {
            let found = list.rows(matching: query, words: words)
            guard !found.isEmpty else { continue }
            let counted = try GroupedRows(list, found.rows, by: grouping)
            for (tally, row) in zip(counted.tallies, counted.examples) {
                let deployment = list.rows[Int(row)].deployment
                try groups.add(tally, at: grouping.keys.map { $0.value(of: deployment) })
            }
        }
        return try groups.summary(of: query)
    }
}

/// The groups of a summary while rows are added to them.
struct SummaryGroups {
    private let grouping: Grouping
    private var groups: [Summary.Group] = []
    private var places: [GroupIdentity: Int] = [:]

    init(_ grouping: Grouping) { self.grouping = grouping }

    /// Adds rows that have the same values.
    mutating func add(_ tally: Summary.Tally, at values: [FieldValue]) throws(TooManyGroups) {
        let place = try place(of: values)
        groups[place].tally.add(tally)
        for (index, key) in grouping.keys.enumerated() where key.field.kind == .text(ignoresCase: true) {
            guard let spelt = values[index].text, let known = groups[place].values[index].text else {
                continue
            }
            if spelt.utf8.lexicographicallyPrecedes(known.utf8) {
                groups[place].values[index] = values[index]
            }
        }
    }

    /// What the rows come to that were added.
    func summary(of query: Query) throws(TooManyGroups) -> Summary {
        var total = Summary.Tally(summing: grouping.sums)
        for group in groups { total.add(group.tally) }
        total.sums = zip(total.sums, grouping.sums).filter { !$1.isOfUnit }.map(\.0)
        var withZeros = self
        if grouping.withZeros { try withZeros.addZeros(for: query) }
        return Summary(groups: withZeros.ordered, total: total)
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
        var combinations: Set<GroupIdentity> = []
        if words.allSatisfy({ $0 != nil }) {
            combinations = [GroupIdentity(words.map { _ in .null }, of: grouping)]
        }
        // Of the other values as they are shown, with nothing where a word stands.
        var templates = combinations.map { _ in words.map { _ in FieldValue.null } }
        for group in groups {
            let others = zip(group.values, words).map { $1 == nil ? $0 : .null }
            if combinations.insert(GroupIdentity(others, of: grouping)).inserted { templates.append(others) }
        }
        let each = words.reduce(1) { $0 * ($1?.count ?? 1) }
        guard templates.count * each <= Grouping.groupLimit else { throw TooManyGroups(onlyWithZeros: true) }
        for (index, words) in words.enumerated() {
            guard let words else { continue }
            templates = templates.flatMap { template in
                words.map { word in
                    var filled = template
                    filled[index] = .text(word)
                    return filled
                }
            }
        }
        for values in templates where query.couldFind(values, in: grouping.keys) {
            _ = try place(of: values)
        }
    }

    /// Where a field ignores case, its values are spelt in all groups as in the first of them.
    private var speltAlike: [Summary.Group] {
        var groups = groups
        for (index, key) in grouping.keys.enumerated() where key.field.kind == .text(ignoresCase: true) {
            var spellings: [[UInt8]: String] = [:]
            for case .text(let text) in groups.map(\.values[index]) {
                spellings.merge([Array(text.lowercased().utf8): text]) { first, second in
                    second.utf8.lexicographicallyPrecedes(first.utf8) ? second : first
                }
            }
            for place in groups.indices {
                guard let text = groups[place].values[index].text else { continue }
                groups[place].values[index] = FieldValue(spellings[Array(text.lowercased().utf8)])
            }
        }
        return groups
    }

    /// In a summary's order.
    private var ordered: [Summary.Group] {
        let keyed = speltAlike.map { group in
            (group: group, values: zip(group.values, grouping.keys).map { $1.field.comparable($0) })
        }
        return keyed.sorted { left, right in
            if left.group.tally.count != right.group.tally.count {
                return left.group.tally.count > right.group.tally.count
            }
            for (a, b) in zip(left.values, right.values) {
                switch order(a, b) {
                case .same: continue
                case .ascending, .nullSecond: return true
                case .descending, .nullFirst: return false
                }
            }
            return false
        }.map(\.group)
    }

    /// Where the group of these values is; it is made where there is none.
    private mutating func place(of values: [FieldValue]) throws(TooManyGroups) -> Int {
        let identity = GroupIdentity(values, of: grouping)
        if let place = places[identity] { return place }
        guard groups.count < Grouping.groupLimit else { throw TooManyGroups(onlyWithZeros: false) }
        places[identity] = groups.count
        groups.append(Summary.Group(values: values, tally: Summary.Tally(summing: grouping.sums)))
        return groups.count - 1
    }
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

/// What makes a group that group: its values as filters compare them, so that a filter finds its rows again.
private struct GroupIdentity: Hashable {
    private let values: [FieldValue]

    init(_ values: [FieldValue], of grouping: Grouping) {
        self.values = zip(values, grouping.keys).map { $1.field.comparable($0) }
    }

    static func == (left: GroupIdentity, right: GroupIdentity) -> Bool {
        left.values.count == right.values.count
            && zip(left.values, right.values).allSatisfy { order($0, $1) == .same }
    }

    func hash(into hasher: inout Hasher) {
        for value in values {
            // By its bytes: texts that Unicode calls equal are not the same to a filter.
            if case .text(var text) = value {
                text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
                hasher.combine(0xFF as UInt8)
            } else {
                hasher.combine(value)
            }
        }
    }
}
