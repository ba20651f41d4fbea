package import Deployments

/// One field's condition: any of its tests holds.
package struct Filter: Sendable {
    package let field: Field
    package let anyOf: [Test]
    /// The same tests with operands as the field compares them: made once, not for every row.
    let comparableTests: [Test]

    package init(field: Field, anyOf: [Test]) {
        self.field = field
        self.anyOf = anyOf
        comparableTests = anyOf.map { $0.mapOperands(field.comparable) }
    }

    /// True where the field has a value for which a test holds.
    package func holds(for value: FieldValue) -> Bool {
        let value = field.comparable(value)
        return comparableTests.contains { $0.holds(for: value) }
    }

    /// For a filter on `uid`: true where it could hold for a row of this source.
    func couldName(rowOf source: SourceDescription) -> Bool {
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

    /// One operator with its operand; a null satisfies none but `exists(false)`.
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

        /// Both sides are comparable already, see ``Field/comparable(_:)``.
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
