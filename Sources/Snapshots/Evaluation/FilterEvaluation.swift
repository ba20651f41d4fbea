import Deployments

/// A filter's tests, evaluated over the distinct values instead of the rows.
extension FieldIndex {
    /// The rows for whose value a test with a comparable operand holds.
    func rows(where test: Filter.Test) -> RowBitset {
        switch test {
        case .eq(let operand): rows(ofCodes: codes(of: operand).same)
        case .ne(let operand): statedRows(butFor: [operand])
        case .isIn(let operands): rows(ofAny: operands)
        case .notIn(let operands): statedRows(butFor: operands)
        case .like(let pattern): rows(like: pattern)
        case .gt(let operand): rows(ofCodes: codes(of: operand).above)
        case .gte(let operand): rows(ofCodes: codes(of: operand).fromSame)
        case .lt(let operand): rows(ofCodes: codes(of: operand).below)
        case .lte(let operand): rows(ofCodes: codes(of: operand).toSame)
        case .exists(true): rows(ofCodes: 0..<valueCount)
        case .exists(false): rows(ofCodes: valueCount..<valueCount + 1)
        }
    }

    private func rows(ofAny operands: [FieldValue]) -> RowBitset {
        operands.map { rows(ofCodes: codes(of: $0).same) }
            .reduce(into: rows(ofCodes: 0..<0)) { $0.formUnion($1) }
    }

    private func statedRows(butFor operands: [FieldValue]) -> RowBitset {
        var found = rows(ofCodes: 0..<valueCount)
        found.subtract(rows(ofAny: operands))
        return found
    }

    /// The codes around an operand.
    private func codes(of operand: FieldValue) -> CodesAround {
        // What is of another kind, or null, stands nowhere.
        guard valueCount > 0, [.ascending, .same, .descending].contains(order(value(0), operand)) else {
            return CodesAround(lower: 0, upper: 0, count: 0)
        }
        let lower = (0..<valueCount).partitionPoint { order(value($0), operand) != .ascending }
        let upper = (0..<valueCount).partitionPoint { order(value($0), operand) == .descending }
        return CodesAround(lower: lower, upper: upper, count: valueCount)
    }
}

/// The codes of values as they stand to an operand.
private struct CodesAround {
    /// The first that is not below it, and the first that is above it.
    var lower, upper: Int
    var count: Int

    var same: Range<Int> { lower..<upper }
    var below: Range<Int> { 0..<lower }
    var toSame: Range<Int> { 0..<upper }
    var above: Range<Int> { upper..<count }
    var fromSame: Range<Int> { lower..<count }
}
