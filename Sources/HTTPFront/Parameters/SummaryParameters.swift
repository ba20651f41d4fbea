import Deployments
import Snapshots
import Wire

/// Reads the parameters that only a summary has: `group_by`, `sum` and `zeros`.
struct SummaryParameters {
    private(set) var grouping = Grouping(keys: [])
    /// As they were given, for errors that show only later.
    private var given: [QueryParser.Name: Parameter] = [:]

    /// Takes a parameter that has a value; what is wrong with it is returned.
    mutating func read(_ parameter: Parameter, as name: QueryParser.Name) -> [ParameterError] {
        given[name] = parameter
        let items = parameter.items
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
                    guard seen.insert(item).inserted else { throw ValueError("is named twice") }
                    return try read(item)
                } catch {
                    errors.append(parameter.wrong(error, item: item))
                    return nil
                }
            }
        }
        switch name {
        case .groupBy: grouping.keys = readFields(limit: Grouping.keyLimit, readGroupingKey)
        case .sum where !items.isEmpty:
            grouping.sums = readFields(limit: Grouping.summable.count, readSummable)
        case .zeros:
            do throws(ValueError) {
                grouping.withZeros = try readFlag(parameter.value)
            } catch {
                errors.append(parameter.wrong(error))
            }
        default: break
        }
        return errors
    }

    /// What is wrong with all of them together, once each is read.
    ///
    /// `isFaultless` is false where one was wrong already: then what depends on it is not judged.
    func conflicts(isFaultless: Bool) -> [ParameterError] {
        let groupBy = given[.groupBy] ?? Parameter(name: QueryParser.Name.groupBy.rawValue, value: "")
        if groupBy.value.utf8.allSatisfy({ $0 == UInt8(ascii: ",") }) {
            return [groupBy.wrong("must name one to \(Grouping.keyLimit) fields, such as platform,status")]
        }
        guard isFaultless, let sum = given[.sum],
            !grouping.keys.contains(where: { $0.field.name == "capacity.unit" })
        else { return [] }
        return grouping.sums.filter(\.isOfUnit).map { field in
            sum.wrong("adds up only beside `group_by=capacity.unit`", item: field.name)
        }
    }
}

/// Reads a field to group by: `status`, or `created_at:day` and `created_at:hour` for a time.
func readGroupingKey(_ text: String) throws(ValueError) -> Grouping.Key {
    if let field = DeploymentField.named(text) {
        if let key = Grouping.Key(field) { return key }
        throw ValueError("a time is grouped by its day or hour", didYouMean: field.groupingNames[0])
    }
    if let colon = text.lastIndex(of: ":"), let field = DeploymentField.named(String(text[..<colon])) {
        let word = String(text[text.index(after: colon)...])
        guard field.kind == .time else {
            throw ValueError("only a time is grouped by day or hour", didYouMean: field.name)
        }
        if let key = Grouping.Span(rawValue: word).flatMap({ Grouping.Key(field, span: $0) }) { return key }
        throw ValueError(
            "a time is grouped by its day or hour",
            didYouMean: nearest(to: text, among: field.groupingNames))
    }
    if DeploymentForm.isPath(text) {
        throw ValueError("this is no single value: name one of its fields")
    }
    let names = DeploymentField.all.flatMap(\.groupingNames)
    throw ValueError(
        noField(named: text, "field to group by"), didYouMean: nearest(to: text, among: names))
}

extension DeploymentField {
    /// What `group_by` calls it: a time has a name for each span, first the day's.
    var groupingNames: [String] {
        let spans: [Grouping.Span?] = kind == .time ? Grouping.Span.allCases : [nil]
        return spans.compactMap { Grouping.Key(self, span: $0)?.name }
    }
}

/// Reads a field whose values add up.
private func readSummable(_ text: String) throws(ValueError) -> DeploymentField {
    if let field = Grouping.summable.first(where: { $0.name == text }) { return field }
    let names = Grouping.summable.map(\.name)
    throw ValueError(
        "nothing that adds up; there are \(names.joined(separator: " "))",
        didYouMean: nearest(to: text, among: names))
}
