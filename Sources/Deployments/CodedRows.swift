/// How a list's rows fall into the distinct values of a field: what a ``FieldIndex`` keeps.
struct CodedRows {
    private(set) var valueCount = 0
    private(set) var codes = RowCodes.same
    /// By code, where its rows begin in ``places``; then where those of null end.
    private(set) var starts: [UInt32]
    /// The rows by code, then ascending; empty where all have one code.
    private(set) var places: [UInt32] = []

    init(_ reading: FieldReading, of rows: SettledRows) {
        let rowCount = UInt32(rows.count)
        starts = [0, rowCount]
        guard let first = rows.first else { return }
        if reading.isOfSource {
            let isNull = reading.value(first.deployment).isNull
            if !isNull { (valueCount, starts) = (1, [0, rowCount, rowCount]) }
            return
        }
        var interned = InternedValues()
        let listed = rows.listed { deployment in
            let value = reading.value(deployment)
            return value.isNull ? Self.null : interned.number(of: value)
        }
        code(rows.ordered(listed), interned.texts)
    }

    /// Stands for null where values have numbers.
    private static let null = UInt32.max

    /// Gives the values that rows have their codes; one may be left of a record whose key came before.
    private mutating func code(_ numbers: [UInt32], _ texts: GatheredTexts) {
        var counts = [UInt32](repeating: 0, count: texts.count)
        for number in numbers where number != Self.null { counts[Int(number)] += 1 }
        let sorted = texts.withView { $0.sorted(counts.indices.filter { counts[$0] > 0 }) { $0 < $1 } }
        valueCount = sorted.count
        var codeOfNumber = [UInt32](repeating: 0, count: texts.count)
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
        let codes = numbers.map { $0 == Self.null ? nullCode : codeOfNumber[Int($0)] }
        self.codes = RowCodes(codes, last: valueCount)
        place(codes)
    }

    /// Sets ``places``, now that it is known where each code's begin.
    private mutating func place(_ codes: [UInt32]) {
        var next = starts
        places = [UInt32](repeating: 0, count: codes.count)
        for (row, code) in codes.enumerated() {
            places[Int(next[Int(code)])] = UInt32(row)
            next[Int(code)] += 1
        }
    }
}
