import Deployments
import Snapshots

/// Gathers filter parameters: the same filter given again adds to what may hold.
struct FilterSet {
    /// In the order in which they were first given.
    private var drafts: [FilterBuilder] = []

    /// Adds a filter's values; what is wrong with each of them is returned, and the rest counts as given.
    mutating func add(
        _ parameter: Parameter, as name: FilterName, at moment: inout RequestTime
    ) -> [ParameterError] {
        var errors: [ParameterError] = []
        do throws(ValueError) {
            try FilterBuilder(name).checkOperator()
            let items = Self.items(of: parameter, for: name)
            guard !items.isEmpty else { return [] }
            let index = draft(for: name)
            try drafts[index].checkRoom(for: items.count)
            for item in items {
                do throws(ValueError) {
                    try drafts[index].add(item, at: &moment)
                } catch {
                    errors.append(parameter.wrong(error, item: item))
                }
            }
        } catch {
            errors.append(parameter.wrong(error))
        }
        return errors
    }

    /// Every filter that was given at least one value.
    var filters: [Filter] { drafts.compactMap(\.filter) }

    /// A comma separates values, except where `eq` is spelled out; empty values are not given.
    private static func items(of parameter: Parameter, for name: FilterName) -> [String] {
        guard name.operation == .eq else { return parameter.items }
        return parameter.value.isEmpty ? [] : [parameter.value]
    }

    private mutating func draft(for name: FilterName) -> Int {
        let operation = name.operation ?? .eq
        let known = drafts.firstIndex { $0.name.field.name == name.field.name && $0.operation == operation }
        if let known { return known }
        drafts.append(FilterBuilder(name))
        return drafts.count - 1
    }
}
