import Deployments
import Snapshots
import Wire

/// Reads the parameters that only a summary has, and its `sort`.
struct SummaryParameters {
    /// The grouping read so far.
    var grouping: Grouping
    /// The parameters as given, for errors that are found only in ``finish(isFaultless:)``.
    private var given: [QueryParser.Name: Parameter] = [:]

    init(of schema: RecordSchema) { grouping = Grouping(of: schema, keys: []) }

    /// Reads a parameter that has a value.
    ///
    /// - Returns: The errors in it.
    mutating func read(_ parameter: Parameter, as name: QueryParser.Name) -> [ParameterError] {
        given[name] = parameter
        let items = parameter.items
        let schema = grouping.schema
        var errors: [ParameterError] = []
        func readFields<Field>(
            limit: Int, _ read: (String) throws(ValueError) -> Field
        ) -> [Field] {
            guard items.count <= limit else {
                errors.append(parameter.wrong("may name at most \(limit) fields"))
                return []
            }
            var seen: Set<String> = []
            return items.compactMap { item in
                do throws(ValueError) {
                    guard seen.insert(item).inserted else {
                        throw ValueError("is named more than once; name it once")
                    }
                    return try read(item)
                } catch {
                    errors.append(parameter.wrong(error, item: item))
                    return nil
                }
            }
        }
        switch name {
        case .groupBy:
            grouping.keys = readFields(limit: Grouping.keyLimit) { item throws(ValueError) in
                try readGroupingKey(item, of: schema)
            }
        case .sum where !items.isEmpty:
            grouping.sums = readFields(limit: schema.summable.count) { item throws(ValueError) in
                try readSummable(item, of: schema)
            }
        case .min, .max:
            let fields = readFields(limit: schema.times.count) { item throws(ValueError) in
                try readTime(item, of: schema)
            }
            grouping.extremes += fields.map { Grouping.Extreme(of: $0, isGreatest: name == .max) }
        case .zeros:
            do throws(ValueError) {
                grouping.withZeros = try readBool(parameter.value)
            } catch {
                errors.append(parameter.wrong(error))
            }
        default: break
        }
        return errors
    }

    /// Reads what depends on several parameters, once all are read.
    ///
    /// `isFaultless` is false if a parameter was wrong already; checks that depend on its value are then skipped.
    /// - Returns: The errors in the combination of the parameters.
    mutating func finish(isFaultless: Bool) -> [ParameterError] {
        guard isFaultless else { return [] }
        // The least before the greatest, in whatever order they are given.
        grouping.extremes =
            grouping.extremes.filter { !$0.isGreatest } + grouping.extremes.filter(\.isGreatest)
        return unitConflicts + readSort()
    }

    private var unitConflicts: [ParameterError] {
        guard let sum = given[.sum] else { return [] }
        return grouping.sums.compactMap { field in
            guard let unit = grouping.schema.unit(of: field),
                !grouping.keys.contains(where: { $0.field == unit })
            else { return nil }
            return sum.wrong(
                "has values in different units; sum it with `group_by=\(unit.name)`", item: field.name)
        }
    }

    /// Reads `sort`, whose keys are `count` and the names in `group_by` and `sum`.
    private mutating func readSort() -> [ParameterError] {
        guard let sort = given[.sort] else { return [] }
        let items = sort.items
        let targets: [(name: String, target: Grouping.SortKey.Target)] =
            [("count", .count)] + grouping.keys.enumerated().map { ($1.name, .key($0)) }
            + grouping.sums.enumerated().map { ($1.name, .sum($0)) }
        guard items.count <= QueryParser.sortKeyLimit else {
            return [sort.wrong("may have at most \(QueryParser.sortKeyLimit) keys")]
        }
        var errors: [ParameterError] = []
        grouping.sort = items.compactMap { item in
            let descending = item.hasPrefix("-")
            let name = descending ? String(item.dropFirst()) : item
            if let known = targets.first(where: { $0.name == name }) {
                return Grouping.SortKey(known.target, descending: descending)
            }
            let near = nearest(to: name, among: targets.map(\.name))
            errors.append(
                sort.wrong(
                    "groups are sorted by `count` and by what `group_by` and `sum` name", item: item,
                    didYouMean: near.map { (descending ? "-" : "") + $0 }))
            return nil
        }
        return errors
    }
}

/// Reads a field to group by: `status`, or `created_at:day` and `created_at:hour` for a time.
func readGroupingKey(_ text: String, of schema: RecordSchema) throws(ValueError) -> Grouping.Key {
    if let field = schema.named(text) {
        if let key = Grouping.Key(field) { return key }
        throw ValueError(
            "`\(field.name)` is a time; group by its day or hour", didYouMean: field.groupingNames[0])
    }
    if let colon = text.lastIndex(of: ":"), let field = schema.named(String(text[..<colon])) {
        let span = String(text[text.index(after: colon)...])
        guard field.kind == .time else {
            throw ValueError("`\(field.name)` is not a time, and has no day or hour", didYouMean: field.name)
        }
        if let key = Grouping.Span(rawValue: span).flatMap({ Grouping.Key(field, span: $0) }) { return key }
        throw ValueError(
            "`\(field.name)` is a time; group by its day or hour",
            didYouMean: nearest(to: text, among: field.groupingNames))
    }
    if schema.isPath(text) {
        throw ValueError(schema.notScalar(text, use: "group by"))
    }
    let names = schema.fields.flatMap(\.groupingNames)
    throw ValueError(
        unknownField(text), didYouMean: nearest(to: text, among: names))
}

extension Field {
    /// The names of the field in `group_by`: one for each span of a time, the day's first; else the field's
    /// own name.
    var groupingNames: [String] {
        let spans: [Grouping.Span?] = kind == .time ? Grouping.Span.allCases : [nil]
        return spans.compactMap { Grouping.Key(self, span: $0)?.name }
    }
}

/// Reads a field whose least or greatest value may be told.
private func readTime(_ text: String, of schema: RecordSchema) throws(ValueError) -> Field {
    if let field = schema.times.first(where: { $0.name == text }) { return field }
    let names = schema.times.map(\.name)
    throw ValueError(
        "is not a time; use \(names.joined(separator: ", "))", didYouMean: nearest(to: text, among: names))
}

/// Reads a field that may be added up.
private func readSummable(_ text: String, of schema: RecordSchema) throws(ValueError) -> Field {
    if let field = schema.summable.first(where: { $0.name == text }) { return field }
    let names = schema.summable.map(\.name)
    throw ValueError(
        "cannot be summed; use \(names.joined(separator: ", "))",
        didYouMean: nearest(to: text, among: names))
}
