import Deployments

/// The values of one key of a summary, numbered; null has the number 0.
///
/// Values that filters treat as equal have the same number, so that a filter on a group's value finds its
/// rows.
struct GroupValues {
    private let field: Field
    private var interned = ValueInterner()
    /// The values by number, as answers show them: if the field ignores case, in the spelling that is first
    /// by bytes.
    private(set) var shown: [FieldValue] = [.null]

    init(_ key: Grouping.Key) { field = key.field }

    /// The number of a value, which is added if it is new.
    mutating func number(of value: FieldValue) -> UInt32 {
        guard !value.isNull else { return 0 }
        let number = interned.number(of: field.comparable(value)) + 1
        if Int(number) == shown.count {
            shown.append(value)
        } else if order(value, shown[Int(number)]) == .ascending {
            shown[Int(number)] = value
        }
        return number
    }

    /// The numbers of some rows' values; each distinct value is read once.
    mutating func numbers(of rows: [UInt32], in source: SourceRows, by key: Grouping.Key) -> [UInt32] {
        let index = source.index(of: FieldAccessor(grouping: key))
        let read = source.rows.storage.reader(of: FieldAccessor(shown: key))
        var known = [UInt32?](repeating: nil, count: index.valueCount + 1)
        return zip(rows, index.codes.of(rows)).map { row, code in
            if let number = known[Int(code)] { return number }
            let number = number(of: read(source.rows.location(of: Int(row))))
            known[Int(code)] = number
            return number
        }
    }

    /// The rank of each number in the field's order; null has the last rank.
    var ranks: [Int] {
        var ranks = [Int](repeating: shown.count, count: shown.count)
        let sorted = interned.strings.withView { $0.sorted(Array(0..<interned.strings.count)) { $0 < $1 } }
        for (rank, number) in sorted.enumerated() { ranks[number + 1] = rank }
        guard !field.urgency.isEmpty else { return ranks }
        // Terms of a vocabulary, of which there are few; null stays last.
        let terms = shown.indices.dropFirst().map { (rank: field.rank(of: shown[$0].text ?? ""), number: $0) }
        for (rank, term) in terms.sorted(by: { $0 < $1 }).enumerated() { ranks[term.number] = rank }
        return ranks
    }
}
