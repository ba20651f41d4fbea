import Deployments

/// The values of one key of a summary, with numbers from 0, which is that of null.
///
/// Values that filters compare as the same have one number, so that a filter finds a group's rows again.
struct GroupValues {
    private let field: Field
    private var interned = ValueInterner()
    /// By number, as answers show them: where the field ignores case, in the first spelling by bytes.
    private(set) var shown: [FieldValue] = [.null]

    init(_ key: Grouping.Key) { field = key.field }

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

    /// Those of some rows; each of their values is looked at once.
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

    /// By number, the rank in the field's order; null has the last.
    var ranks: [Int] {
        var ranks = [Int](repeating: shown.count, count: shown.count)
        let sorted = interned.strings.withView { $0.sorted(Array(0..<interned.strings.count)) { $0 < $1 } }
        for (rank, number) in sorted.enumerated() { ranks[number + 1] = rank }
        return ranks
    }
}
