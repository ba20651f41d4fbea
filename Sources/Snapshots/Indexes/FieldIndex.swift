import Deployments
import Synchronization

/// The rows of one list by one field's values.
///
/// Each distinct value has a code: they are numbered from 0 in the values' order, and null comes after all. The
/// values themselves stay in the records; one is looked up by any row that has its code.
final class FieldIndex: Sendable {
    let reading: FieldReading
    /// How many values there are, and so the code of null, whether any row has that or not.
    let valueCount: Int
    let codes: RowCodes
    /// The values as numbers, by code; empty where they are none.
    let numbers: [Double]
    private let rows: RowTable
    /// By code, where its rows begin in ``places``; then where those of null end.
    private let starts: [UInt32]
    /// The rows by code, those of one code ascending; empty where all rows have the same, as many fields do.
    private let places: [UInt32]
    /// The values as `like` sees them, once it was asked for.
    private let folded: Mutex<CaseFoldedStrings?>

    /// Reads every row once; of a source's own facts, which all its rows share, only the first.
    convenience init(_ reading: FieldReading, of rows: RowTable) {
        if reading.isOfSource {
            let isNull = rows.first.map { reading.value($0).isNull } ?? true
            self.init(reading, of: rows, coded: DictionaryColumn(allOf: rows.count, null: isNull), texts: nil)
        } else {
            let read = ColumnReader([reading], of: rows, pieces: 0..<rows.pieceCount)
            self.init(
                reading, of: rows, interned: read.interned[0], numbers: read.numbers[0], withTexts: false)
        }
    }

    /// Of rows that are read: for each in the order of the list, the number of its value.
    convenience init(
        _ reading: FieldReading, of rows: RowTable, interned: ValueInterner, numbers: [UInt32],
        withTexts: Bool
    ) {
        let coded = DictionaryColumn(rows.ordered(numbers), of: interned.texts)
        let texts = withTexts ? CaseFoldedStrings(of: coded.sorted.lazy.map { interned.texts.text($0) }) : nil
        self.init(reading, of: rows, coded: coded, texts: texts)
    }

    private init(
        _ reading: FieldReading, of rows: RowTable, coded: DictionaryColumn, texts: CaseFoldedStrings?
    ) {
        self.reading = reading
        self.rows = rows
        (valueCount, codes, starts, places) = (coded.valueCount, coded.codes, coded.starts, coded.places)
        folded = Mutex(texts)
        numbers = (0..<coded.valueCount).compactMap { code in
            let row = coded.places.isEmpty ? 0 : Int(coded.places[Int(coded.starts[code])])
            return reading.isNumber ? reading.value(rows[row]).number : nil
        }
    }

    /// Whether all rows have the same value, or none; their code is 0 then.
    var isSame: Bool { places.isEmpty }

    /// The value of a code below ``valueCount``.
    func value(_ code: Int) -> FieldValue {
        reading.value(rows[isSame ? 0 : Int(places[Int(starts[code])])])
    }

    /// The rows of a code, ascending; not where ``isSame``.
    func rows(ofCode code: Int) -> ArraySlice<UInt32> { places[Int(starts[code])..<Int(starts[code + 1])] }

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
            found.insert(places[start..<end])
            return found
        }
        var found = RowBitset(allOf: rows.count)
        found.remove(places[..<start])
        found.remove(places[end...])
        return found
    }

    /// The rows whose value is a text that matches.
    func rows(like pattern: LikePattern) -> RowBitset {
        guard valueCount > 0, value(0).text != nil else { return RowBitset(noneOf: rows.count) }
        let matching = texts.places(matching: pattern)
        guard !isSame else { return rows(ofCodes: 0..<matching.count) }
        var found = RowBitset(noneOf: rows.count)
        for code in matching { found.insert(rows(ofCode: code)) }
        return found
    }

    /// Whether `like` was asked for.
    var hasTexts: Bool { folded.withLock { $0 != nil } }

    /// Made at first use.
    private var texts: CaseFoldedStrings {
        folded.withLock { folded in
            if let folded { return folded }
            let made = CaseFoldedStrings(of: (0..<valueCount).lazy.map { self.value($0).text })
            folded = made
            return made
        }
    }
}
