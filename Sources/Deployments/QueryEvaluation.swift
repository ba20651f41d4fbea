/// What a query finds in a snapshot.
package struct QueryResult: Sendable {
    /// How many rows match, on all pages.
    package var total: Int
    /// The rows of the page asked for, in order; empty past the end.
    package var page: [RowID]
}

extension Snapshot {
    /// The rows that a query asks for: no I/O, no clock, one answer for one snapshot.
    package func rows(matching query: Query) -> QueryResult {
        let matches = allRows(matching: query)
        let (skipped, overflow) = (query.page - 1).multipliedReportingOverflow(by: query.pageSize)
        let page = overflow ? [] : matches.dropFirst(skipped).prefix(query.pageSize)
        return QueryResult(total: matches.count, page: Array(page))
    }

    /// The rows of all a query's pages, in order.
    package func allRows(matching query: Query) -> [RowID] {
        let patterns = query.words.map { LikePattern(escaping: $0) }
        let matches = defaultOrder.filter { id in
            let row = lists[Int(id.list)].rows[Int(id.row)]
            return query.holds(for: row.deployment, words: patterns)
        }
        return query.sort == Query.SortKey.standard ? matches : sorted(matches, by: query.sort)
    }

    /// A total order: the keys, nulls last either way, then uid, then version.
    private func sorted(_ rows: [RowID], by keys: [Query.SortKey]) -> [RowID] {
        let keyed = rows.map { id in
            let deployment = deployment(id)
            return (
                values: keys.map { $0.field.comparable($0.field.get(deployment)) }, id: id,
                tie: VersionKey(deployment)
            )
        }
        return keyed.sorted { left, right in
            for (index, key) in keys.enumerated() {
                switch order(left.values[index], right.values[index]) {
                case .same: continue
                case .nullSecond: return true
                case .nullFirst: return false
                case .ascending: return !key.descending
                case .descending: return key.descending
                }
            }
            return left.tie.uid == right.tie.uid
                ? (left.tie.version ?? .min) < (right.tie.version ?? .min)
                : left.tie.uid.utf8.lexicographicallyPrecedes(right.tie.uid.utf8)
        }.map(\.id)
    }
}

extension Query {
    /// Whether a record is among the rows: the definition of a query, row by row.
    package func holds(for deployment: ModelDeployment) -> Bool {
        holds(for: deployment, words: words.map { LikePattern(escaping: $0) })
    }

    fileprivate func holds(for deployment: ModelDeployment, words: [LikePattern]) -> Bool {
        guard allVersions || deployment.latest else { return false }
        guard filters.allSatisfy({ $0.holds(for: deployment) }) else { return false }
        guard condition?.holds(for: deployment) ?? true else { return false }
        return words.allSatisfy { word in
            [deployment.name, deployment.model, deployment.baseModel, deployment.workspace]
                .contains { $0.map(word.matches) ?? false }
        }
    }

    /// Whether a source's rows could match at all, judged by the filters on what is the same for all its rows.
    package func reaches(_ source: SourceDescription) -> Bool {
        let record = source.record(uid: "")
        guard condition?.couldHold(forRowsOf: source) ?? true else { return false }
        return filters.allSatisfy { filter in
            if filter.field.name == "uid" { return filter.couldName(rowOf: source) }
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

extension DeploymentField {
    /// Whether it is the same for all rows of a source.
    package var isOfSource: Bool {
        ["source", "platform", "adapter", "region"].contains(name) || name.hasPrefix("labels.")
    }

    /// A value as this field's comparisons see it: lower case where the field ignores case.
    func comparable(_ value: FieldValue) -> FieldValue {
        switch (kind, value) {
        case (.word, .text(let text)), (.text(ignoresCase: true), .text(let text)): .text(text.lowercased())
        default: value
        }
    }
}

/// How two values stand to each other.
enum Order {
    case ascending, same, descending
    /// Exactly one is null.
    case nullFirst, nullSecond
}

/// Compares two values of one field; texts by UTF-8 bytes.
func order(_ left: FieldValue, _ right: FieldValue) -> Order {
    func of<Value: Comparable>(_ a: Value, _ b: Value) -> Order {
        a == b ? .same : a < b ? .ascending : .descending
    }
    return switch (left, right) {
    case (.null, .null): .same
    case (.null, _): .nullFirst
    case (_, .null): .nullSecond
    case (.number(let a), .number(let b)): of(a, b)
    case (.time(let a), .time(let b)): of(a, b)
    case (.flag(let a), .flag(let b)): of(a ? 1 : 0, b ? 1 : 0)
    case (.text(let a), .text(let b)):
        a.utf8.elementsEqual(b.utf8)
            ? .same : a.utf8.lexicographicallyPrecedes(b.utf8) ? .ascending : .descending
    default: .nullSecond
    }
}
