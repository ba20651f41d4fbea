import Deployments
import Snapshots
import Wire

extension ReadContext {
    /// Refuses an answer for which there is nothing to take it from.
    ///
    /// - Throws: `no-data` where no source reached has a list; where none is reached, it tells what is near.
    func needsList(_ scope: SourceScope, for query: Query) throws(Problem) {
        guard !scope.canAnswer else { return }
        guard scope.sources.isEmpty else {
            throw .noData(scope, "no source that this query reaches has a list")
        }
        let near = query.nearMiss(among: published.sources.map(\.source))
        let hint = near.map { "; did you mean `\($0)`?" } ?? ""
        throw .noData(scope, "this query reaches no source" + hint)
    }
}

extension Query {
    /// The nearest filter that a source satisfies, in place of the first one that no source does; nil where none is
    /// near.
    fileprivate func nearMiss(among sources: [SourceDescription]) -> String? {
        for filter in condition.asserted where filter.field.isOfSource {
            guard !sources.contains(where: { filter.holds(for: $0.value(of: filter.field)) }) else {
                continue
            }
            return filter.nearMiss(among: sources)
        }
        return nil
    }
}

extension Filter {
    /// The field with the nearest of its values, where it has any; else a label's nearest key.
    fileprivate func nearMiss(among sources: [SourceDescription]) -> String? {
        let values = Set(sources.compactMap { $0.value(of: field).text }).sorted()
        if values.isEmpty {
            return nearest(
                to: field.name, among: Set(sources.flatMap(\.labels.keys)).sorted().map { "labels.\($0)" })
        }
        for operand in operands {
            if let value = nearest(to: operand, among: values) { return "\(field.name)=\(value)" }
        }
        return nil
    }

    /// The texts of which the field must be one.
    private var operands: [String] {
        let values = anyOf.flatMap { test -> [FieldValue] in
            switch test {
            case .eq(let value): [value]
            case .isIn(let values): values
            default: []
            }
        }
        return values.compactMap(\.text)
    }
}

extension Condition {
    /// The filters that it asks for, not those that it rules out.
    fileprivate var asserted: [Filter] {
        switch self {
        case .field(let filter): [filter]
        case .all(let parts), .any(let parts): parts.flatMap(\.asserted)
        case .not: []
        }
    }
}
