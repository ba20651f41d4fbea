import Deployments

/// An index of one list's rows by one field's values.
///
/// Each distinct value has a code: codes are numbered from 0 in the order of the values, and null has the
/// last. The values themselves stay in the records; a code's value is read from any row that has the code.
final class FieldIndex: Sendable {
    let accessor: FieldAccessor
    /// The number of distinct values, which is also the code of null, even if no row is null.
    let valueCount: Int
    let codes: RowCodes
    /// The values as numbers, by code; empty if the field is not a number.
    let numbers: [Double]
    private let rows: RowTable
    private let read: @Sendable (RowLocation) -> FieldValue
    /// The index in ``postings`` at which each code's rows begin, null's included; then the end of null's
    /// rows.
    private let starts: [UInt32]
    /// The rows by code, then ascending; empty if all rows have the same code, as in many fields.
    private let postings: [UInt32]
    /// The values as `like` compares them, made when a query first needs them.
    private let folded: OnceValue<FoldedStrings>

    /// Reads every row once.
    ///
    /// If `isShared` is true, all rows have the same value, and it reads only the first one.
    convenience init(_ accessor: FieldAccessor, of rows: RowTable, isShared: Bool) {
        if isShared {
            let isNull =
                rows.isEmpty || rows.storage.reader(of: accessor)(rows.location(of: 0)).isNull
            self.init(
                accessor, of: rows, column: DictionaryColumn(allOf: rows.count, null: isNull), strings: nil)
        } else {
            let columns = rows.storage.readColumns([accessor], pieces: 0..<rows.storage.pieceCount)
            self.init(
                accessor, of: rows, interned: columns.interned[0], numbers: columns.numbers[0],
                withStrings: false)
        }
    }

    /// An index of rows that are read already.
    ///
    /// `numbers` are the numbers of the records' values in `interned`, in the order of the list. With
    /// `withStrings`, the values for `like` are made at once.
    convenience init(
        _ accessor: FieldAccessor, of rows: RowTable, interned: ValueInterner, numbers: [UInt32],
        withStrings: Bool
    ) {
        let column = DictionaryColumn(rows.ordered(numbers), of: interned.strings)
        let strings =
            withStrings
            ? FoldedStrings(of: column.sorted.lazy.map { interned.strings.string($0) }) : nil
        self.init(accessor, of: rows, column: column, strings: strings)
    }

    private init(
        _ accessor: FieldAccessor, of rows: RowTable, column: DictionaryColumn, strings: FoldedStrings?
    ) {
        self.accessor = accessor
        self.rows = rows
        let read = rows.storage.reader(of: accessor)
        self.read = read
        (valueCount, codes, starts, postings) =
            (column.valueCount, column.codes, column.starts, column.postings)
        folded = strings.map { OnceValue($0) } ?? OnceValue()
        numbers =
            accessor.field.isNumber
            ? (0..<column.valueCount).compactMap { code in
                let row = column.postings.isEmpty ? 0 : Int(column.postings[Int(column.starts[code])])
                return read(rows.location(of: row)).number
            } : []
    }

    /// True if all rows have the same value, or all are null; their code is then 0.
    var isSame: Bool { postings.isEmpty }

    /// The value of a code below ``valueCount``.
    func value(_ code: Int) -> FieldValue {
        read(rows.location(of: isSame ? 0 : Int(postings[Int(starts[code])])))
    }

    /// The rows of a code, ascending; ``isSame`` must be false.
    func rows(ofCode code: Int) -> ArraySlice<UInt32> { postings[Int(starts[code])..<Int(starts[code + 1])] }

    /// The rows of a range of codes.
    func rows(ofCodes codes: Range<Int>) -> RowBitset {
        guard !codes.isEmpty else { return RowBitset(noneOf: rows.count) }
        guard !isSame else {
            return codes.contains(0) ? RowBitset(allOf: rows.count) : RowBitset(noneOf: rows.count)
        }
        let (start, end) = (Int(starts[codes.lowerBound]), Int(starts[codes.upperBound]))
        // Whichever touches fewer rows: insert the rows of the codes, or remove all others.
        if end - start <= rows.count / 2 {
            var found = RowBitset(noneOf: rows.count)
            found.insert(postings[start..<end])
            return found
        }
        var found = RowBitset(allOf: rows.count)
        found.remove(postings[..<start])
        found.remove(postings[end...])
        return found
    }

    /// The rows whose value is a string that matches.
    func rows(like pattern: LikePattern) -> RowBitset {
        guard valueCount > 0, value(0).text != nil else { return RowBitset(noneOf: rows.count) }
        let matching = strings.indices(matching: pattern)
        guard !isSame else { return rows(ofCodes: 0..<matching.count) }
        var found = RowBitset(noneOf: rows.count)
        for code in matching { found.insert(rows(ofCode: code)) }
        return found
    }

    /// True if ``strings`` are made.
    var hasStrings: Bool { folded.stored != nil }

    /// The values as `like` compares them; made at first use.
    private var strings: FoldedStrings {
        folded.value { FoldedStrings(of: (0..<valueCount).lazy.map { self.value($0).text }) }
    }
}
