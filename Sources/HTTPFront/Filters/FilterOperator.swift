import Deployments

/// The operators of the filter grammar: the one table of them, behind the parser, its errors, the description of
/// the API and the reference in the README.
package enum FilterOperator: String, Sendable, CaseIterable {
    case eq, ne, `in`, nin, like, gt, gte, lt, lte, exists

    /// What stands after an operator.
    enum Operand {
        /// A value of the field's kind.
        case value
        /// A list of them.
        case list
        /// A ``LikePattern``.
        case pattern
        case bool
    }

    /// What the operator is, in one row.
    struct Entry {
        let operand: Operand
        /// Whether values of a kind can be judged by it.
        let takes: (Field.Kind) -> Bool
        /// When it holds: half a sentence, for people.
        let summary: String
    }

    var entry: Entry {
        switch self {
        case .eq: Entry(operand: .value, takes: { _ in true }, summary: "is this value")
        case .ne: Entry(operand: .value, takes: { _ in true }, summary: "is another value")
        case .in: Entry(operand: .list, takes: { _ in true }, summary: "is one of these")
        case .nin: Entry(operand: .list, takes: { _ in true }, summary: "is a value, and none of these")
        case .like:
            Entry(
                operand: .pattern, takes: \.hasLetters,
                summary:
                    "contains this, without case; with `%`, which is any run, the whole text is like this")
        case .gt: Entry(operand: .value, takes: \.hasOrder, summary: "is greater, or later")
        case .gte: Entry(operand: .value, takes: \.hasOrder, summary: "is this, greater or later")
        case .lt: Entry(operand: .value, takes: \.hasOrder, summary: "is smaller, or earlier")
        case .lte: Entry(operand: .value, takes: \.hasOrder, summary: "is this, smaller or earlier")
        case .exists:
            Entry(operand: .bool, takes: { _ in true }, summary: "`true`: is not null; `false`: is null")
        }
    }

    /// Whether null is an operand, which then stands for "no value": in a `filter` object alone.
    var takesNull: Bool { [.eq, .ne, .in, .nin].contains(self) }
}

extension Field.Kind {
    /// The operators that mean something for values of this kind.
    var operators: [FilterOperator] { FilterOperator.allCases.filter { $0.entry.takes(self) } }

    fileprivate var hasLetters: Bool {
        switch self {
        case .text, .term: true
        case .number, .time, .bool: false
        }
    }

    fileprivate var hasOrder: Bool {
        switch self {
        case .text, .number, .time: true
        case .term, .bool: false
        }
    }
}
