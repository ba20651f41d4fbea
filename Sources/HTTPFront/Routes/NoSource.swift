import Deployments
import Snapshots
import Wire

extension ReadContext {
    /// Refuses a request if there is no list to answer it from.
    ///
    /// - Throws: `no-data` if no source reached has a list. If no source is reached, its `detail` may name a near value.
    func needsList(_ scope: SourceScope, for query: Query) throws(Problem) {
        guard !scope.canAnswer else { return }
        guard scope.sources.isEmpty else {
            throw .noData(scope, "no source that matches this query has a list yet; see `sources`")
        }
        let near = query.nearMiss(among: published.sources.map(\.source))
        let hint = near.map { "; did you mean `\($0)`?" } ?? ""
        throw .noData(scope, "no source matches this query" + hint)
    }
}

extension Query {
    /// A filter near the first one that no source satisfies, which a source does satisfy; nil if none is near.
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
    /// The field with the nearest of its values; if no source has a value, the nearest label's key; nil if none is near.
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

    /// The strings of which the field must have one.
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
    /// The filters that rows have to satisfy, not those under a `not`.
    fileprivate var asserted: [Filter] {
        switch self {
        case .field(let filter): [filter]
        case .all(let parts), .any(let parts): parts.flatMap(\.asserted)
        case .not: []
        }
    }
}
