package import Deployments

/// A use of a field by a query: the answer is right only if the field is known on every row that is reached.
package struct FieldUse: Sendable, Equatable {
    /// The part of a query that uses a field.
    package enum Role: Sendable, Equatable {
        case filter
        /// One of the fields that the words of `q` are looked for in.
        case words
        case sort
        case group
        case sum
        case min
        case max
    }

    /// The field.
    package let field: Field
    /// The part of the query that uses it.
    package let role: Role
}

extension Query {
    /// The fields that may be null and that a filter compares with the text `null`; each once.
    package var fieldsComparedWithNull: [Field] {
        let filters = condition.filters.filter { filter in
            filter.field.isNullable
                && filter.anyOf.contains { $0.operands.contains { $0.text?.lowercased() == "null" } }
        }
        var known: Set<String> = []
        return filters.map(\.field).filter { known.insert($0.name).inserted }
    }

    /// The fields that the query and its grouping use, each once, with the first part that uses it.
    ///
    /// Those of ``Query/answeredFrom`` count as filters.
    ///
    /// The order that a kind has without `sort` is no use: then the client depends on no field's order. Nor is
    /// a field that is only shown.
    package func fieldUses(of schema: RecordSchema, by grouping: Grouping?) -> [FieldUse] {
        var uses = (condition.filters.map(\.field) + answeredFrom).map { FieldUse(field: $0, role: .filter) }
        if !words.isEmpty { uses += schema.searched.map { FieldUse(field: $0, role: .words) } }
        uses += (sort ?? []).map { FieldUse(field: $0.field, role: .sort) }
        uses += (grouping?.keys ?? []).map { FieldUse(field: $0.field, role: .group) }
        uses += (grouping?.sums ?? []).map { FieldUse(field: $0, role: .sum) }
        uses += (grouping?.extremes ?? []).map {
            FieldUse(field: $0.field, role: $0.isGreatest ? .max : .min)
        }
        var known: Set<String> = []
        return uses.filter { known.insert($0.field.name).inserted }
    }
}

extension Condition {
    /// All filters in the condition, also those under "any" and "not".
    package var filters: [Filter] {
        switch self {
        case .field(let filter): [filter]
        case .all(let parts), .any(let parts): parts.flatMap(\.filters)
        case .not(let part): part.filters
        }
    }
}
