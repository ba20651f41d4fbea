import Deployments
import Snapshots

/// Collects filter parameters; a filter that is given again adds its values to the first one.
struct FilterSet {
    /// The filters, in the order in which they were first given.
    private var builders: [FilterBuilder] = []

    /// Adds a filter's values.
    ///
    /// - Returns: The errors of invalid values; the valid values are added nevertheless.
    mutating func add(
        _ parameter: Parameter, as name: FilterName, at time: inout RequestTime
    ) -> [ParameterError] {
        var errors: [ParameterError] = []
        do throws(ValueError) {
            try FilterBuilder(name).checkOperator()
            let items = Self.items(of: parameter, for: name)
            guard !items.isEmpty else { return [] }
            let index = builder(for: name)
            try builders[index].checkRoom(for: items.count)
            for item in items {
                do throws(ValueError) {
                    try builders[index].add(item, at: &time)
                } catch {
                    errors.append(parameter.wrong(error, item: item))
                }
            }
        } catch {
            errors.append(parameter.wrong(error))
        }
        return errors
    }

    /// The filters that have at least one value.
    var conditions: [Condition] { builders.compactMap(\.filter).map { .field($0) } }

    /// The values of a parameter.
    ///
    /// A comma separates values, unless `eq` is spelled out; empty values count as not given.
    private static func items(of parameter: Parameter, for name: FilterName) -> [String] {
        guard name.operation == .eq else { return parameter.items }
        return parameter.value.isEmpty ? [] : [parameter.value]
    }

    /// The index of the builder with this field and operator; a new one is added if there is none.
    private mutating func builder(for name: FilterName) -> Int {
        let operation = name.operation ?? .eq
        let known = builders.firstIndex { $0.name.field.name == name.field.name && $0.operation == operation }
        if let known { return known }
        builders.append(FilterBuilder(name))
        return builders.count - 1
    }
}
