import Deployments

/// The filter grammar's tables as Markdown: what stands between two marks in the README.
package enum FilterReference {
    /// The fields by type, with operators and how they are compared; then the operators, and the words that join.
    package static var markdown: String {
        ([fields, operators, junctions].map { $0.joined(separator: "\n") }).joined(separator: "\n\n") + "\n"
    }

    private static var fields: [String] {
        let rows = DeploymentField.Kind.all.map { kind in
            let shown = (kind.fieldNames + (kind == .label ? ["labels.KEY"] : [])).map { "`\($0)`" }
            let operators = kind.operators.map(\.rawValue).joined(separator: " ")
            return "| \(shown.joined(separator: " ")) | \(kind.summary) | \(operators) |"
        }
        return ["| fields | values | operators |", "|---|---|---|"] + rows
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

extension DeploymentField.Kind {
    /// Every one that a field has, in the order of the fields.
    static let all = DeploymentField.all.reduce(into: [DeploymentField.Kind]()) { kinds, field in
        if !kinds.contains(field.kind) { kinds.append(field.kind) }
    }

    /// The fields that are of it, but for labels.
    var fieldNames: [String] { DeploymentField.all.filter { $0.kind == self }.map(\.name) }

    /// What labels are.
    static let label = DeploymentField.Kind.text(ignoresCase: false)

    /// What a value is and how it is compared, for people.
    var summary: String {
        switch self {
        case .text(let ignoresCase): ignoresCase ? "text, without case" : "text, by its UTF-8 bytes"
        case .word(let words): "without case, one of \(words.joined(separator: " "))"
        case .number(let whole): whole ? "whole number" : "number"
        case .time: "time: RFC 3339, a date (midnight UTC), or before now (`-45s` `-10m` `-24h` `-30d`)"
        case .bool: "`true` or `false`"
        }
    }
}
