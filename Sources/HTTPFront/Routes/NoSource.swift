import Deployments
import Snapshots
import Wire

extension ReadContext {
    /// Refuses a request if there is no list to answer it from.
    ///
    /// - Throws: `no-data` if no source reached has a list. If no source is reached, `detail` may name the nearest
    ///   value that a source has.
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
    /// A suggestion for the first filter that no source satisfies: a similar filter that a source satisfies; nil if
    /// none is similar.
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
    /// The field with the most similar of its values, or the most similar label if no source has a value; nil if none
    /// is similar.
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

    /// The strings that the filter compares the field with by `eq` and `in`.
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
    /// The filters that a row may have to satisfy: all of them except those under a `not`.
    fileprivate var asserted: [Filter] {
        switch self {
        case .field(let filter): [filter]
        case .all(let parts), .any(let parts): parts.flatMap(\.asserted)
        case .not: []
        }
    }
}
