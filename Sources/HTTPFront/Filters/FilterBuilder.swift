import Deployments
import Snapshots
import Wire

/// Builds one filter from its operands.
struct FilterBuilder {
    let name: FilterName
    /// The operands; ``FieldValue/null`` stands for "no value".
    private var values: [FieldValue] = []
    private var patterns: [LikePattern] = []

    /// The maximum number of values of one filter, over all its repetitions.
    static let valueLimit = 200
    /// The maximum length of a value, in bytes of UTF-8.
    static let valueLengthLimit = 4096

    init(_ name: FilterName) { self.name = name }

    var operation: FilterOperator { name.operation ?? .eq }

    /// Checks the operator.
    ///
    /// - Throws: if the operator does not apply to the field.
    func checkOperator() throws(ValueError) {
        let allowed = name.field.kind.operators
        guard !allowed.contains(operation) else { return }
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        throw ValueError("`\(operation.rawValue)` does not apply to `\(name.field.name)`; use \(names)")
    }

    /// Checks the limit before more values are added.
    ///
    /// - Throws: if `count` more values exceed ``valueLimit``.
    func checkRoom(for count: Int) throws(ValueError) {
        guard values.count + patterns.count + count > Self.valueLimit else { return }
        throw ValueError("a filter may have at most \(Self.valueLimit) values")
    }

    /// Adds an operand from a query string.
    mutating func add(_ text: String, at time: inout RequestTime) throws(ValueError) {
        guard text.utf8.count <= Self.valueLengthLimit else {
            throw ValueError("a value may have at most \(Self.valueLengthLimit) bytes")
        }
        switch operation.entry.operand {
        case .pattern: patterns.append(LikePattern(text))
        case .bool: values.append(.bool(try readBool(text)))
        case .value, .list:
            do throws(ValueError) {
                let spelled = name.field.respelled?(text) ?? text
                values.append(try name.field.kind.operand(spelled, at: &time))
            } catch {
                throw ValueError(error, about: ValueError.Operand(field: name.field, text: text))
            }
        }
    }

    /// Adds an operand from JSON.
    ///
    /// A string is read like a value in a query string; any other value must be of the field's kind.
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

    /// The filter; nil if it has no operand.
    var filter: Filter? {
        let tests = tests
        return tests.isEmpty ? nil : Filter(field: name.field, anyOf: tests)
    }

    /// The tests, at least one of which must hold.
    ///
    /// The field must match any of several values; for `ne` and `nin` it must match none of them.
    private var tests: [Filter.Test] {
        let nonNull = values.filter { !$0.isNull }
        let hasNull = nonNull.count < values.count
        return switch operation {
        case .eq, .in:
            (nonNull.isEmpty
                ? [] : [operation == .eq && nonNull.count == 1 ? .eq(nonNull[0]) : .isIn(nonNull)])
                + (hasNull ? [.exists(false)] : [])
        case .ne, .nin:
            nonNull.isEmpty
                ? (hasNull ? [.exists(true)] : [])
                : [operation == .ne && nonNull.count == 1 ? .ne(nonNull[0]) : .notIn(nonNull)]
        case .like: patterns.map { .like($0) }
        case .gt: nonNull.map { .gt($0) }
        case .gte: nonNull.map { .gte($0) }
        case .lt: nonNull.map { .lt($0) }
        case .lte: nonNull.map { .lte($0) }
        case .exists: nonNull.map { .exists($0.bool ?? true) }
        }
    }
}
