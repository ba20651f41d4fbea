import Deployments

/// The rows of one list by one field's values.
///
/// Each distinct value has a code: they are numbered from 0 in the values' order, and null comes after all. The
/// values themselves stay in the records; one is looked up by any row that has its code.
final class FieldIndex: Sendable {
    let accessor: FieldAccessor
    /// How many values there are, and so the code of null, whether any row has that or not.
    let valueCount: Int
    let codes: RowCodes
    /// The values as numbers, by code; empty where they are none.
    let numbers: [Double]
    private let rows: RowTable
    private let read: @Sendable (RowLocation) -> FieldValue
    /// By code, where its rows begin in ``postings``; then where those of null end.
    private let starts: [UInt32]
    /// The rows by code, those of one code ascending; empty where all rows have the same, as many fields do.
    private let postings: [UInt32]
    /// The values as `like` compares them, once a query needs them.
    private let folded: OnceValue<CaseFoldedStrings>

    /// Reads every row once; of a source's own facts, which all its rows share, only the first.
    convenience init(_ accessor: FieldAccessor, of rows: RowTable) {
        if accessor.isOfSource {
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

    /// Of rows that are read: for each in the order of the list, the number of its value.
    convenience init(
        _ accessor: FieldAccessor, of rows: RowTable, interned: ValueInterner, numbers: [UInt32],
        withStrings: Bool
    ) {
        let column = DictionaryColumn(rows.ordered(numbers), of: interned.strings)
        let strings =
            withStrings
            ? CaseFoldedStrings(of: column.sorted.lazy.map { interned.strings.string($0) }) : nil
        self.init(accessor, of: rows, column: column, strings: strings)
    }

    private init(
        _ accessor: FieldAccessor, of rows: RowTable, column: DictionaryColumn, strings: CaseFoldedStrings?
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

    /// True where all rows have the same value, or none; their code is 0 then.
    var isSame: Bool { postings.isEmpty }

    /// The value of a code below ``valueCount``.
    func value(_ code: Int) -> FieldValue {
        read(rows.location(of: isSame ? 0 : Int(postings[Int(starts[code])])))
    }

    /// The rows of a code, ascending; not where ``isSame``.
    func rows(ofCode code: Int) -> ArraySlice<UInt32> { postings[Int(starts[code])..<Int(starts[code + 1])] }

    /// The rows of some codes that follow one another.
    func rows(ofCodes codes: Range<Int>) -> RowBitset {
        guard !codes.isEmpty else { return RowBitset(noneOf: rows.count) }
        guard !isSame else {
            return codes.contains(0) ? RowBitset(allOf: rows.count) : RowBitset(noneOf: rows.count)
        }
        let (start, end) = (Int(starts[codes.lowerBound]), Int(starts[codes.upperBound]))
        // Whichever is less: to put in what has one of the codes, or to take out what has not.
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

    /// The rows whose value is a text that matches.
    func rows(like pattern: LikePattern) -> RowBitset {
        guard valueCount > 0, value(0).text != nil else { return RowBitset(noneOf: rows.count) }
        let matching = strings.indices(matching: pattern)
        guard !isSame else { return rows(ofCodes: 0..<matching.count) }
        var found = RowBitset(noneOf: rows.count)
        for code in matching { found.insert(rows(ofCode: code)) }
        return found
    }

    /// True once a query has needed ``strings``.
    var hasStrings: Bool { folded.stored != nil }

    /// Made at first use.
    private var strings: CaseFoldedStrings {
        folded.value { CaseFoldedStrings(of: (0..<valueCount).lazy.map { self.value($0).text }) }
    }
}
