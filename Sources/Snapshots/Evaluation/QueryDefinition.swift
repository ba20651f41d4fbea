package import Deployments
import Wire

/// What a query and a summary mean, row by row.
///
/// Nothing that serves requests works this way; what does is tested against it.
extension Snapshot {
    /// What ``rows(matching:)`` finds on all pages: each row judged by itself, then sorted by its values.
    package func rowsByDefinition(matching query: Query) -> [RowID] {
        let words = query.wordPatterns
        let keyed = lists.indices.flatMap { list in
            lists[list].rows.enumerated().compactMap { row, listed -> SortedRow? in
                let deployment = listed
                guard query.holds(for: deployment, words: words) else { return nil }
                return SortedRow(
                    values: query.sort.map { $0.value(of: deployment) }, deployment: deployment,
                    id: RowID(list: Int32(clamping: list), row: Int32(clamping: row)))
            }
        }
        return keyed.sorted { $0.precedes($1, by: query.sort) }.map(\.id)
    }

    /// What ``summary(of:by:)`` gives, each row added by itself.
    package func summaryByDefinition(
        of query: Query, by grouping: Grouping
    ) throws(TooManyGroups) -> Summary {
        var groups = SummaryGroups(grouping)
        for id in rowsByDefinition(matching: query) { try groups.add(deployment(id)) }
        return try groups.summary(of: query)
    }
}

private struct SortedRow {
    var values: [FieldValue]
    var deployment: ModelDeployment
    var id: RowID

    /// A total order: the keys, then uid, then version; of two lists that have the same, the first list's.
    func precedes(_ other: SortedRow, by keys: [Query.SortKey]) -> Bool {
        if let isFirst = keys.precedes(values, other.values) { return isFirst }
        let order = ByteComparison(deployment, other.deployment)
        return order == .same ? id.list < other.id.list : order == .before
    }
}

extension Query.SortKey {
    /// What a record is sorted by.
    func value(of deployment: borrowing ModelDeployment) -> FieldValue {
        field.comparable(field.get(deployment))
    }
}

extension [Query.SortKey] {
    /// Whether the row of the first values comes first, nulls last either way; nil where the keys do not tell.
    func precedes(_ left: [FieldValue], _ right: [FieldValue]) -> Bool? {
        for (index, key) in enumerated() {
            switch order(left[index], right[index]) {
            case .same: continue
            case .nullSecond: return true
            case .nullFirst: return false
            case .ascending: return !key.descending
            case .descending: return key.descending
            }
        }
        return nil
    }
}

extension Query {
    /// Whether a record is among the rows: the definition of a query, row by row.
    package func holds(for deployment: ModelDeployment) -> Bool {
        holds(for: deployment, words: wordPatterns)
    }

    fileprivate func holds(for deployment: ModelDeployment, words: [LikePattern]) -> Bool {
        guard allVersions || deployment.latest else { return false }
        guard filters.allSatisfy({ $0.holds(for: deployment) }) else { return false }
        guard condition?.holds(for: deployment) ?? true else { return false }
        return words.allSatisfy { word in
            Self.searched.contains { $0.get(deployment).text.map(word.matches) ?? false }
        }
    }

    /// The fields that ``words`` are looked for in.
    static let searched = ["name", "model", "base_model", "workspace"].compactMap(DeploymentField.named)

    /// Whether a source's rows could match at all, judged by the filters on what is the same for all its rows, and
    /// on their uids unless these are still to be looked at.
    package func reaches(_ source: SourceDescription, byUID: Bool = true) -> Bool {
        let record = source.record(uid: "")
        guard condition?.couldHold(forRowsOf: source, byUID: byUID) ?? true else { return false }
        return filters.allSatisfy { filter in
            if filter.field.name == "uid" { return !byUID || filter.couldName(rowOf: source) }
            return !filter.field.isOfSource || filter.holds(for: record)
        }
    }
}

extension Filter {
    package func holds(for deployment: ModelDeployment) -> Bool {
        let value = field.comparable(field.get(deployment))
        return comparableTests.contains { $0.holds(for: value) }
    }

    /// For a filter on `uid`: whether it could hold for a row of this source.
    func couldName(rowOf source: SourceDescription) -> Bool {
        let prefix = source.name + "/"
        return anyOf.contains { test in
            switch test {
            case .eq(let uid): uid.text?.hasPrefix(prefix) ?? false
            case .isIn(let uids): uids.contains { $0.text?.hasPrefix(prefix) ?? false }
            case .exists(let wanted): wanted
            default: true
            }
        }
    }
}

extension Filter.Test {
    /// Both sides are comparable already, see ``DeploymentField/comparable(_:)``.
    fileprivate func holds(for value: FieldValue) -> Bool {
        if case .exists(let wanted) = self { return wanted != value.isNull }
        guard !value.isNull else { return false }
        func compared(_ operand: FieldValue) -> Order { order(value, operand) }
        return switch self {
        case .eq(let operand): compared(operand) == .same
        case .ne(let operand): compared(operand) != .same
        case .isIn(let operands): operands.contains { compared($0) == .same }
        case .notIn(let operands): !operands.contains { compared($0) == .same }
        case .like(let pattern): value.text.map(pattern.matches) ?? false
        case .gt(let operand): compared(operand) == .descending
        case .gte(let operand): [.descending, .same].contains(compared(operand))
        case .lt(let operand): compared(operand) == .ascending
        case .lte(let operand): [.ascending, .same].contains(compared(operand))
        case .exists: false
        }
    }
}
