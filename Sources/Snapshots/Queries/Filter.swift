package import Deployments

/// A condition on one field: at least one of its tests must hold.
package struct Filter: Sendable {
    /// The field whose value is tested.
    package let field: Field
    /// The tests, with operands as the client gave them.
    package let anyOf: [Test]
    /// The same tests with operands in the form in which the field compares them; made once, not for every
    /// row.
    let comparableTests: [Test]

    /// A filter that holds if any of the tests does.
    package init(field: Field, anyOf: [Test]) {
        self.field = field
        self.anyOf = anyOf
        comparableTests = anyOf.map { $0.mapOperands(field.comparable) }
    }

    /// True if any test holds for the field's value, which may be null.
    package func holds(for value: FieldValue) -> Bool {
        let value = field.comparable(value)
        return comparableTests.contains { $0.holds(for: value) }
    }

    /// True if the filter can exclude sources: if it is on a field that names them, as `uid` does, or on a field that is the same on all rows of
    /// a source unless rules set it.
    package var judgesSources: Bool { field.isOfSource || field.namesSource }

    /// False if this filter holds for no row of the source, whatever rows it has.
    ///
    /// A field that rules may set is judged by all values that it may then have.
    package func couldHold(forRowsOf source: SourceDescription) -> Bool {
        guard source.perRow[field.name] == nil else {
            return source.values(of: field).contains { holds(for: $0) }
        }
        return verdict(forRowsOf: source, byUID: true) ?? true
    }

    /// The value of this filter on every row of a source; nil if it depends on the row.
    func verdict(forRowsOf source: SourceDescription, byUID: Bool) -> Bool? {
        if field.isOfSource {
            return source.perRow[field.name] == nil ? holds(for: source.value(of: field)) : nil
        }
        return byUID && field.namesSource && !couldName(rowOf: source) ? false : nil
    }

    /// False if this filter holds for no row of the source; the filter must be on a field that names it.
    private func couldName(rowOf source: SourceDescription) -> Bool {
        let prefix = source.name + "/"
        return anyOf.contains { test in
            switch test {
            case .eq(let uid): uid.text?.hasPrefix(prefix) ?? false
            case .isIn(let uids): uids.contains { $0.text?.hasPrefix(prefix) ?? false }
            case .exists(let wanted): wanted
            default: true
            }
        }
    }

    /// One operator with its operand.
    ///
    /// A null satisfies no test but `exists(false)`.
    package enum Test: Sendable, Equatable {
        case eq(FieldValue)
        case ne(FieldValue)
        case isIn([FieldValue])
        case notIn([FieldValue])
        case like(LikePattern)
        case gt(FieldValue)
        case gte(FieldValue)
        case lt(FieldValue)
        case lte(FieldValue)
        case exists(Bool)

        /// The values that it compares a field with; none for other tests.
        var operands: [FieldValue] {
            switch self {
            case .eq(let operand), .ne(let operand): [operand]
            case .isIn(let operands), .notIn(let operands): operands
            case .like, .gt, .gte, .lt, .lte, .exists: []
            }
        }

        fileprivate func mapOperands(_ change: (FieldValue) -> FieldValue) -> Test {
            switch self {
            case .eq(let operand): .eq(change(operand))
            case .ne(let operand): .ne(change(operand))
            case .isIn(let operands): .isIn(operands.map(change))
            case .notIn(let operands): .notIn(operands.map(change))
            case .gt(let operand): .gt(change(operand))
            case .gte(let operand): .gte(change(operand))
            case .lt(let operand): .lt(change(operand))
            case .lte(let operand): .lte(change(operand))
            case .like, .exists: self
            }
        }

        /// True if the test holds; both sides must be comparable already, see ``Field/comparable(_:)``.
        fileprivate func holds(for value: FieldValue) -> Bool {
            if case .exists(let wanted) = self { return wanted != value.isNull }
            guard !value.isNull else { return false }
            func compared(_ operand: FieldValue) -> Order { order(value, operand) }
            return switch self {
            case .eq(let operand): compared(operand) == .same
            case .ne(let operand): compared(operand) != .same
            case .isIn(let operands): operands.contains { compared($0) == .same }
            case .notIn(let operands): !operands.contains { compared($0) == .same }
            case .like(let pattern): value.text.map(pattern.matches) ?? false
            case .gt(let operand): compared(operand) == .descending
            case .gte(let operand): [.descending, .same].contains(compared(operand))
            case .lt(let operand): compared(operand) == .ascending
            case .lte(let operand): [.ascending, .same].contains(compared(operand))
            case .exists: false
            }
        }
    }
}
