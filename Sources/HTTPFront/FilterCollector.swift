import Deployments
import Wire

/// Gathers filter parameters: the same filter given again adds to what may hold.
struct FilterCollector {
    private struct Draft {
        var name: FilterName
        var values: [FieldValue] = []
        var patterns: [LikePattern] = []
    }

    /// In the order in which they were first given.
    private var drafts: [Draft] = []
    private let now: Timestamp

    /// The values that one filter may have, on all its repetitions.
    static let valueLimit = 200
    /// The longest value, in bytes of UTF-8.
    static let valueLengthLimit = 4096

    init(now: Timestamp) { self.now = now }

    /// Adds a filter's values; what is wrong with each of them is returned, and the rest counts as given.
    mutating func add(_ parameter: Parameter, as name: FilterName) -> [ParameterError] {
        func wrong(_ value: String, _ detail: String, didYouMean: String? = nil) -> ParameterError {
            ParameterError(parameter: parameter.name, value: value, detail, didYouMean: didYouMean)
        }
        let operation = name.operation ?? .eq
        let allowed = name.field.kind.operators
        guard allowed.contains(operation) else {
            let words = allowed.map(\.rawValue).joined(separator: " ")
            return [
                wrong(
                    parameter.value,
                    "`\(operation.rawValue)` means nothing for this field; there are \(words)")
            ]
        }
        let items = Self.items(of: parameter.value, for: name)
        guard !items.isEmpty else { return [] }
        let index = draft(for: name.field, operation)
        guard drafts[index].values.count + drafts[index].patterns.count + items.count <= Self.valueLimit
        else {
            return [wrong(parameter.value, "a filter may have at most \(Self.valueLimit) values")]
        }
        var errors: [ParameterError] = []
        for item in items {
            guard item.utf8.count <= Self.valueLengthLimit else {
                errors.append(wrong(item, "a value may have at most \(Self.valueLengthLimit) bytes"))
                continue
            }
            do throws(OperandError) {
                switch operation {
                case .like: drafts[index].patterns.append(LikePattern(item))
                case .exists: drafts[index].values.append(.flag(try readFlag(item)))
                default: drafts[index].values.append(try name.field.kind.operand(item, now: now))
                }
            } catch {
                errors.append(wrong(item, error.detail, didYouMean: error.didYouMean))
            }
        }
        return errors
    }

    /// Every filter that was given at least one value.
    var filters: [Filter] {
        drafts.compactMap { draft in
            let tests = Self.tests(draft.name.operation ?? .eq, draft.values, draft.patterns)
            return tests.isEmpty ? nil : Filter(field: draft.name.field, anyOf: tests)
        }
    }

    /// A comma separates values, except where `eq` is spelled out; empty values are not given.
    private static func items(of value: String, for name: FilterName) -> [String] {
        guard name.operation != .eq else { return value.isEmpty ? [] : [value] }
        return value.utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
    }

    /// Several values of an operator mean that any may hold; of `ne` and `nin`, that the field has none of them.
    private static func tests(
        _ operation: FilterOperator, _ values: [FieldValue], _ patterns: [LikePattern]
    ) -> [Filter.Test] {
        guard let first = values.first else { return patterns.map { .like($0) } }
        return switch operation {
        case .eq: values.count == 1 ? [.eq(first)] : [.isIn(values)]
        case .ne: values.count == 1 ? [.ne(first)] : [.notIn(values)]
        case .in: [.isIn(values)]
        case .nin: [.notIn(values)]
        case .like: []
        case .gt: values.map { .gt($0) }
        case .gte: values.map { .gte($0) }
        case .lt: values.map { .lt($0) }
        case .lte: values.map { .lte($0) }
        case .exists: values.map { .exists($0.flag ?? true) }
        }
    }

    private mutating func draft(for field: DeploymentField, _ operation: FilterOperator) -> Int {
        let known = drafts.firstIndex {
            $0.name.field.name == field.name && $0.name.operation == operation
        }
        if let known { return known }
        drafts.append(Draft(name: FilterName(field: field, operation: operation)))
        return drafts.count - 1
    }
}
