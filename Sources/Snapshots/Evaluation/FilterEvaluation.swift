import Deployments

/// Evaluation of a filter's tests over the distinct values instead of the rows.
extension FieldIndex {
    /// The rows whose value satisfies a test; the test's operands are comparable already.
    func rows(where test: Filter.Test) -> RowBitset {
        switch test {
        case .eq(let operand): rows(ofCodes: codes(of: operand).same)
        case .ne(let operand): nonNullRows(except: [operand])
        case .isIn(let operands): rows(ofAny: operands)
        case .notIn(let operands): nonNullRows(except: operands)
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

    private func nonNullRows(except operands: [FieldValue]) -> RowBitset {
        var found = rows(ofCodes: 0..<valueCount)
        found.subtract(rows(ofAny: operands))
        return found
    }

    /// The codes below, equal to and above an operand.
    private func codes(of operand: FieldValue) -> CodesAround {
        // An operand that is null or of another type has no position in the order.
        guard valueCount > 0, [.ascending, .same, .descending].contains(order(value(0), operand)) else {
            return CodesAround(lower: 0, upper: 0, count: 0)
        }
        let lower = (0..<valueCount).partitionPoint { order(value($0), operand) != .ascending }
        let upper = (0..<valueCount).partitionPoint { order(value($0), operand) == .descending }
        return CodesAround(lower: lower, upper: upper, count: valueCount)
    }
}

/// The ranges of codes whose values are below, equal to or above an operand.
private struct CodesAround {
    /// The first code that is not below the operand, and the first that is above it.
    var lower, upper: Int
    var count: Int

    var same: Range<Int> { lower..<upper }
    var below: Range<Int> { 0..<lower }
    var toSame: Range<Int> { 0..<upper }
    var above: Range<Int> { upper..<count }
    var fromSame: Range<Int> { lower..<count }
}
