package import Deployments
package import Snapshots
import Wire

/// The definition of a query and of a summary, row by row in plain code; tests compare the engine with it.
extension Snapshot {
    /// The rows that ``rows(matching:)`` must find on all pages: each row is judged alone, then sorted by its
    /// values.
    package func rowsByDefinition(matching query: Query) -> [RowID] {
        let keys = query.sort ?? [Query.SortKey(field: createdAt, descending: true)]
        let found = lists.enumerated().flatMap { list, rows in
            rows.deployments.enumerated().compactMap { row, record -> DefinedRow? in
                guard query.holds(for: record) else { return nil }
                let id = RowID(list: Int32(list), row: Int32(row))
                return DefinedRow(
                    values: keys.map { sortedValue(of: $0.field, in: record) }, record: record, id: id)
            }
        }
        return found.sorted { $0.precedes($1, by: keys) }.map(\.id)
    }

    /// The result that ``summary(of:by:)`` must have, with each row added alone.
    package func summaryByDefinition(
        of query: Query, by grouping: Grouping
    ) throws(TooManyGroups) -> Summary {
        var groups = DefinedGroups(grouping)
        for id in rowsByDefinition(matching: query) {
            guard let record = deployment(id) else { continue }
            groups.add(record)
        }
        guard groups.count <= Grouping.groupLimit else { throw TooManyGroups(onlyWithZeros: false) }
        if grouping.withZeros { groups.addZeros(of: query) }
        guard groups.count <= Grouping.groupLimit else { throw TooManyGroups(onlyWithZeros: true) }
        return groups.summary
    }
}

extension Query {
    /// True if a record is among the rows of the query.
    package func holds(for record: ModelDeployment) -> Bool {
        guard allVersions || record.latest else { return false }
        guard condition.holds(for: record) else { return false }
        return words.allSatisfy { word in
            let wanted = Array(word.plainlyFoldedWithoutMarks.utf8)
            return [record.name, record.model, record.baseModel, record.workspace].contains { text in
                text.map { wanted.isEmpty || Array($0.plainlyFoldedWithoutMarks.utf8).contains(wanted) }
                    ?? false
            }
        }
    }
}

extension Condition {
    /// A condition that requires all of the filters.
    package static func filters(_ filters: [Filter]) -> Condition { .all(filters.map { .field($0) }) }

    /// True if a record satisfies the condition.
    package func holds(for record: ModelDeployment) -> Bool {
        switch self {
        case .field(let filter): filter.anyOf.contains { $0.holds(for: filter.field, in: record) }
        case .all(let parts): parts.allSatisfy { $0.holds(for: record) }
        case .any(let parts): parts.contains { $0.holds(for: record) }
        case .not(let part): !part.holds(for: record)
        }
    }
}

extension Filter.Test {
    fileprivate func holds(for field: Field, in record: ModelDeployment) -> Bool {
        let stated = value(of: field, in: record)
        if case .exists(let wanted) = self { return stated.isNull != wanted }
        guard !stated.isNull else { return false }
        func compared(_ operand: FieldValue) -> Int? { compare(stated, field.comparable(operand)) }
        return switch self {
        case .eq(let operand): compared(operand) == 0
        case .ne(let operand): compared(operand) != 0
        case .isIn(let operands): operands.contains { compared($0) == 0 }
        case .notIn(let operands): !operands.contains { compared($0) == 0 }
        case .like(let pattern): stated.text.map(pattern.matches) ?? false
        case .gt(let operand): compared(operand).map { $0 > 0 } ?? false
        case .gte(let operand): compared(operand).map { $0 >= 0 } ?? false
        case .lt(let operand): compared(operand).map { $0 < 0 } ?? false
        case .lte(let operand): compared(operand).map { $0 <= 0 } ?? false
        case .exists: false
        }
    }
}

private let createdAt = Field.of("created_at")

extension Field {
    fileprivate static func of(_ name: String) -> Field {
        RecordSchema.deployments.named(name) ?? .label("none")
    }
}

/// A record's value as filters and sorts compare it.
private func value(of field: Field, in record: ModelDeployment) -> FieldValue {
    field.comparable(DeploymentField.named(field.name)?.get(record) ?? .null)
}

/// A record's value as sorts compare it: words with an order of their own by their position in it.
private func sortedValue(of field: Field, in record: ModelDeployment) -> FieldValue {
    ranked(value(of: field, in: record), of: field)
}

private func ranked(_ value: FieldValue, of field: Field) -> FieldValue {
    let orders = [
        "status":
            "failed lost degraded unknown pending deploying updating stopping deleting stopped ready deleted",
        "serving": "none partial unknown idle full",
    ]
    guard let order = orders[field.name], let text = value.text?.lowercased(),
        let position = order.split(separator: " ").firstIndex(of: text[...])
    else { return value }
    return .number(Double(position))
}

/// A number below 0, 0, or above 0, like the order of the values; nil if their types differ, or one is null.
private func compare(_ left: FieldValue, _ right: FieldValue) -> Int? {
    func of<Value: Comparable>(_ a: Value, _ b: Value) -> Int { a == b ? 0 : a < b ? -1 : 1 }
    switch (left, right) {
    case (.text(let a), .text(let b)):
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        return a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
    case (.number(let a), .number(let b)):
        // NaN comes after every number.
        return a.isNaN || b.isNaN ? of(a.isNaN ? 1 : 0, b.isNaN ? 1 : 0) : of(a, b)
    case (.time(let a), .time(let b)): return of(a, b)
    case (.bool(let a), .bool(let b)): return of(a ? 1 : 0, b ? 1 : 0)
    default: return nil
    }
}

private struct DefinedRow {
    var values: [FieldValue]
    var record: ModelDeployment
    var id: RowID

    /// True if this row comes first.
    ///
    /// The order is total: the sort keys, nulls last in either direction; then uid, then version, then list.
    func precedes(_ other: DefinedRow, by keys: [Query.SortKey]) -> Bool {
        for (index, key) in keys.enumerated() {
            let (a, b) = (values[index], other.values[index])
            if a.isNull != b.isNull { return b.isNull }
            if let order = compare(a, b), order != 0 { return (order < 0) != key.descending }
        }
        if let order = compare(.text(record.uid), .text(other.record.uid)), order != 0 { return order < 0 }
        let versions = (record.version ?? .min, other.record.version ?? .min)
        return versions.0 == versions.1 ? id.list < other.id.list : versions.0 < versions.1
    }
}

/// A value compared by its bytes; Swift treats strings as equal that differ only in their Unicode
/// normalization.
private struct ExactValue: Hashable {
    private let kind: Int
    private let bytes: [UInt8]

    init(_ value: FieldValue) {
        switch value {
        case .null: (kind, bytes) = (0, [])
        case .text(let text): (kind, bytes) = (1, Array(text.utf8))
        case .number(let number): (kind, bytes) = (2, Array("\(number + 0)".utf8))
        case .time(let time): (kind, bytes) = (3, Array("\(time.microseconds)".utf8))
        case .bool(let bool): (kind, bytes) = (4, [bool ? 1 : 0])
        }
    }
}

/// Groups by the comparable values of their keys.
private struct DefinedGroups {
    private struct Group {
        /// The values in the form in which they are compared.
        var values: [FieldValue]
        var tally: Summary.Tally
    }

    private let grouping: Grouping
    private var groups: [[ExactValue]: Group] = [:]
    /// For each key, the spelling of each value that is first by bytes; all groups show it.
    private var spellings: [[ExactValue: FieldValue]]
    private var total: Summary.Tally

    init(_ grouping: Grouping) {
        self.grouping = grouping
        spellings = grouping.keys.map { _ in [:] }
        total = Summary.Tally(count: 0, sums: grouping.sums.map { _ in Summary.Sum() })
    }

    var count: Int { groups.count }

    mutating func add(_ record: ModelDeployment) {
        let shown = grouping.keys.map { key in
            key.value(of: DeploymentField.named(key.field.name)?.get(record) ?? .null)
        }
        let numbers = grouping.sums.map { DeploymentField.named($0.name)?.get(record).number }
        let values = shown.enumerated().map { noteSpelling(of: $1, by: $0) }
        let identity = values.map { ExactValue($0) }
        var group = groups[identity] ?? Group(values: values, tally: empty)
        group.tally.count += 1
        total.count += 1
        for (index, number) in numbers.enumerated() {
            group.tally.sums[index].add(number)
            total.sums[index].add(number)
        }
        groups[identity] = group
    }

    private var empty: Summary.Tally {
        Summary.Tally(count: 0, sums: grouping.sums.map { _ in Summary.Sum() })
    }

    /// The value of the key at this index in the form in which it is compared; its spelling is noted.
    private mutating func noteSpelling(of value: FieldValue, by index: Int) -> FieldValue {
        let comparable = grouping.keys[index].field.comparable(value)
        let identity = ExactValue(comparable)
        if let known = spellings[index][identity] {
            if compare(value, known).map({ $0 < 0 }) ?? false { spellings[index][identity] = value }
        } else {
            spellings[index][identity] = value
        }
        return comparable
    }

    /// Adds groups for terms that no row has: every combination if all keys have terms, else each term beside
    /// each combination of the other values.
    ///
    /// Groups that the query excludes by the grouped values alone are not added.
    mutating func addZeros(of query: Query) {
        let terms = grouping.keys.map { key -> [FieldValue]? in
            guard case .term(let terms) = key.field.kind else { return nil }
            return terms.map { .text($0) }
        }
        guard terms.contains(where: { $0 != nil }) else { return }
        var rows = terms.allSatisfy { $0 != nil } ? [terms.map { _ in FieldValue.null }] : []
        if rows.isEmpty {
            let masked = groups.values.map { zip($0.values, terms).map { $1 == nil ? $0 : .null } }
            rows = Array(
                Dictionary(masked.map { ($0.map { ExactValue($0) }, $0) }) { first, _ in first }.values)
        }
        for (index, terms) in terms.enumerated() {
            guard let terms else { continue }
            rows = rows.flatMap { row in
                terms.map { term in
                    var row = row
                    row[index] = term
                    return row
                }
            }
        }
        for row in rows where couldBeFound(row, by: query.condition) {
            // Only terms are as they are shown; the other values are in the form in which they are compared.
            let values = row.enumerated().map { terms[$0] == nil ? $1 : noteSpelling(of: $1, by: $0) }
            let identity = values.map { ExactValue($0) }
            if groups[identity] == nil { groups[identity] = Group(values: values, tally: empty) }
        }
    }

    /// False if the condition excludes every row with these values.
    private func couldBeFound(_ values: [FieldValue], by condition: Condition) -> Bool {
        let verdict = condition.verdict { filter in
            for (key, value) in zip(grouping.keys, values) where key.field == filter.field && key.span == nil
            {
                return filter.holds(for: value)
            }
            return nil
        }
        return verdict ?? true
    }

    var summary: Summary {
        let sorted = groups.sorted { left, right in
            if left.value.tally.count != right.value.tally.count {
                return left.value.tally.count > right.value.tally.count
            }
            for (key, (a, b)) in zip(grouping.keys, zip(left.value.values, right.value.values)) {
                if a.isNull != b.isNull { return b.isNull }
                let (a, b) = (ranked(a, of: key.field), ranked(b, of: key.field))
                if let order = compare(a, b), order != 0 {
                    return order < 0
                }
            }
            return false
        }
        var total = total
        total.sums = zip(total.sums, grouping.sums).filter { grouping.sumsOfTotal.contains($1) }.map(\.0)
        let shown = sorted.map { identity, group in
            Summary.Group(
                values: zip(zip(identity, group.values), spellings).map { $1[$0.0] ?? $0.1 },
                tally: group.tally)
        }
        return Summary(groups: shown, total: total)
    }
}
