package import Deployments

/// The filter grammar's tables as Markdown; the contract contains them between two markers.
package enum FilterReference {
    /// The fields by kind, with their operators and comparison; then the operators, and the junctions.
    package static func markdown(of schema: RecordSchema) -> String {
        ([fields(of: schema), terms(of: schema), operators, junctions].map { $0.joined(separator: "\n") })
            .joined(
                separator: "\n\n") + "\n"
    }

    /// The maximum length of a table's line, in characters.
    private static let lineLimit = 160

    private static func fields(of schema: RecordSchema) -> [String] {
        let rows = schema.kinds.flatMap { kind in
            let names = (schema.fieldNames(of: kind) + (kind == .label ? ["labels.KEY"] : [])).map {
                "`\($0)`"
            }
            let operators = kind.operators.map(\.rawValue).joined(separator: " ")
            let rest = "| \(kind.shortSummary) | \(operators) |"
            return lines(of: names, limit: lineLimit - rest.count - 3).map { "| \($0) \(rest)" }
        }
        return ["| fields | values | operators |", "|---|---|---|"] + rows
    }

    /// The closed vocabularies.
    private static func terms(of schema: RecordSchema) -> [String] {
        let rows = schema.fields.compactMap { field in
            if case .term(let terms) = field.kind {
                "| `\(field.name)` | \(terms.joined(separator: " ")) |"
            } else {
                nil
            }
        }
        return ["| field | terms |", "|---|---|"] + rows
    }

    /// The names, separated by spaces, in as few lines of at most `limit` characters as possible.
    private static func lines(of names: [String], limit: Int) -> [String] {
        names.reduce(into: [String]()) { lines, name in
            if let last = lines.last, last.count + 1 + name.count <= limit {
                lines[lines.count - 1] = "\(last) \(name)"
            } else {
                lines.append(name)
            }
        }
    }

    private static var operators: [String] {
        let rows = FilterOperator.allCases.map { "| `\($0.rawValue)` | \($0.entry.summary) |" }
        return ["| operator | holds where the field |", "|---|---|"] + rows
    }

    private static var junctions: [String] {
        let rows = FilterObject.Junction.allCases.map { "| `\($0.rawValue)` | \($0.summary) |" }
        return ["| in a `filter` object | takes |", "|---|---|"] + rows
    }
}

extension RecordSchema {
    /// The kinds of the fields' values, each once, in the order of the fields.
    var kinds: [Field.Kind] {
        fields.reduce(into: []) { kinds, field in
            if !kinds.contains(field.kind) { kinds.append(field.kind) }
        }
    }

    /// The names of the fields of a kind, without labels.
    func fieldNames(of kind: Field.Kind) -> [String] { fields.filter { $0.kind == kind }.map(\.name) }
}

extension Field.Kind {
    /// The kind of labels.
    static let label = Field.Kind.text(ignoresCase: false)

    /// ``summary`` for a table, without a vocabulary's terms.
    fileprivate var shortSummary: String {
        switch self {
        case .term: "term, ignoring case"
        case .time: "time: RFC 3339, a date (midnight UTC), or before now (`-24h`)"
        case .text, .number, .bool: summary
        }
    }

    /// The type of a value and how it is compared, for people.
    var summary: String {
        switch self {
        case .text(let ignoresCase): ignoresCase ? "text, ignoring case" : "text, by its UTF-8 bytes"
        case .term(let terms): "one of \(terms.joined(separator: " ")), ignoring case"
        case .number(let integer): integer ? "whole number" : "number"
        case .time: "time: RFC 3339, a date (midnight UTC), or before now (`-45s` `-10m` `-24h` `-30d`)"
        case .bool: "`true` or `false`"
        }
    }
}
