import Deployments
import Snapshots
import Wire

/// A filter while its operands are gathered.
struct FilterBuilder {
    let name: FilterName
    /// ``FieldValue/null`` stands for "no value".
    private var values: [FieldValue] = []
    private var patterns: [LikePattern] = []

    /// The values that one filter may have, on all its repetitions.
    static let valueLimit = 200
    /// The longest value, in bytes of UTF-8.
    static let valueLengthLimit = 4096

    init(_ name: FilterName) { self.name = name }

    var operation: FilterOperator { name.operation ?? .eq }

    /// - Throws: where the operator means nothing for the field.
    func checkOperator() throws(ValueError) {
        let allowed = name.field.kind.operators
        guard !allowed.contains(operation) else { return }
        let terms = allowed.map(\.rawValue).joined(separator: ", ")
        throw ValueError("`\(operation.rawValue)` does not apply to `\(name.field.name)`; use \(terms)")
    }

    /// - Throws: where so many more values would be too many.
    func checkRoom(for count: Int) throws(ValueError) {
        guard values.count + patterns.count + count > Self.valueLimit else { return }
        throw ValueError("a filter may have at most \(Self.valueLimit) values")
    }

    /// Adds an operand as a query string has it.
    mutating func add(_ text: String, at time: inout RequestTime) throws(ValueError) {
        guard text.utf8.count <= Self.valueLengthLimit else {
            throw ValueError("a value may have at most \(Self.valueLengthLimit) bytes")
        }
        switch operation.entry.operand {
        case .pattern: patterns.append(LikePattern(text))
        case .bool: values.append(.bool(try readBool(text)))
        case .value, .list: values.append(try name.field.kind.operand(text, at: &time))
        }
    }

    /// Adds an operand as JSON has it: a text is read as a query string's value, another must be of the field's kind.
    mutating func add(_ value: JSONValue, at time: inout RequestTime) throws(ValueError) {
        let kind = operation.entry.operand == .bool ? .bool : name.field.kind
        let isPattern = operation.entry.operand == .pattern
        switch (value.kind, kind) {
        case (.string, _): try add(value.string ?? "", at: &time)
        case (.null, _) where operation.takesNull: values.append(.null)
        case (.null, _): throw ValueError("`\(operation.rawValue)` does not take null")
        case (.bool, .bool): values.append(FieldValue.bool(value.bool ?? false))
        case (.int, .number(let integer)), (.double, .number(let integer)):
            let number = value.double ?? 0
            guard !integer || number.rounded() == number else { throw ValueError("must be a whole number") }
            values.append(.number(number))
        default: throw ValueError("must be \(isPattern ? "a string" : kind.expected)")
        }
    }

    /// nil where no operand was given.
    var filter: Filter? {
        let tests = tests
        return tests.isEmpty ? nil : Filter(field: name.field, anyOf: tests)
    }

    /// Several values of an operator mean that any may hold; of `ne` and `nin`, that the field has none of them.
    private var tests: [Filter.Test] {
        let stated = values.filter { !$0.isNull }
        let hasNull = stated.count < values.count
        return switch operation {
        case .eq, .in:
            (stated.isEmpty ? [] : [operation == .eq && stated.count == 1 ? .eq(stated[0]) : .isIn(stated)])
                + (hasNull ? [.exists(false)] : [])
        case .ne, .nin:
            stated.isEmpty
                ? (hasNull ? [.exists(true)] : [])
                : [operation == .ne && stated.count == 1 ? .ne(stated[0]) : .notIn(stated)]
        case .like: patterns.map { .like($0) }
        case .gt: stated.map { .gt($0) }
        case .gte: stated.map { .gte($0) }
        case .lt: stated.map { .lt($0) }
        case .lte: stated.map { .lte($0) }
        case .exists: stated.map { .exists($0.bool ?? true) }
        }
    }
}
