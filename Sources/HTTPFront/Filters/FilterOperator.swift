import Deployments

/// The operators of the filter grammar.
///
/// ``entry`` is the single table of them, used by the parser, its errors, the description of the API and the
/// reference in the README.
package enum FilterOperator: String, Sendable, CaseIterable {
    case eq, ne, `in`, nin, like, gt, gte, lt, lte, exists

    /// The kind of operand that an operator takes.
    enum Operand {
        /// A value of the field's kind.
        case value
        /// A list of values of the field's kind.
        case list
        /// A ``LikePattern``.
        case pattern
        case bool
    }

    /// One operator's row of the table.
    struct Entry {
        let operand: Operand
        /// True for a kind of values to which the operator applies.
        let takes: (Field.Kind) -> Bool
        /// The condition under which it holds: a phrase after "holds where the field".
        let summary: String
    }

    var entry: Entry {
        switch self {
        case .eq:
            Entry(operand: .value, takes: { _ in true }, summary: "is this value, byte by byte if it is text")
        case .ne: Entry(operand: .value, takes: { _ in true }, summary: "is another value")
        case .in: Entry(operand: .list, takes: { _ in true }, summary: "is one of these")
        case .nin: Entry(operand: .list, takes: { _ in true }, summary: "is a value, and none of these")
        case .like:
            Entry(
                operand: .pattern, takes: \.hasLetters,
                summary:
                    "contains this under NFKC case folding; with `%` as a wildcard, the whole text must match"
            )
        case .gt: Entry(operand: .value, takes: \.hasOrder, summary: "is greater, or later")
        case .gte: Entry(operand: .value, takes: \.hasOrder, summary: "is this, greater or later")
        case .lt: Entry(operand: .value, takes: \.hasOrder, summary: "is smaller, or earlier")
        case .lte: Entry(operand: .value, takes: \.hasOrder, summary: "is this, smaller or earlier")
        case .exists:
            Entry(operand: .bool, takes: { _ in true }, summary: "`true`: is not null; `false`: is null")
        }
    }

    /// True if null is an allowed operand; it stands for "no value".
    ///
    /// Only a `filter` object can contain it.
    var takesNull: Bool { [.eq, .ne, .in, .nin].contains(self) }
}

extension Field.Kind {
    /// The operators that apply to values of this kind.
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
