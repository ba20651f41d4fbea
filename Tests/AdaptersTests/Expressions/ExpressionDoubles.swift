import Adapters
import TestSupport
import Wire

/// A JSON text's root.
func json(_ text: String) throws -> JSONValue {
    try JSONDocument(parsing: Array(text.utf8)).root
}

extension ExpressionValue {
    /// This value on one line, for tables of expected values.
    var shown: String {
        switch self {
        case .null: "null"
        case .bool(let bool): "\(bool)"
        case .number: scalarText ?? "no number"
        case .text(let text): "'\(text)'"
        case .time(let time, let zoneAssumed): zoneAssumed ? "\(time) assumed" : "\(time)"
        case .node(let node): node.written
        case .list(let elements): "[\(elements.map(\.shown).joined(separator: ", "))]"
        case .mismatch(let note): "mismatch: \(note)"
        }
    }
}

/// The variables and maps of these tests.
enum Sample {
    static let variables: Set<String> = [
        "inputs.timezone", "inputs.none", "partition.workspace", "http.status",
    ]
    static let maps: Set<String> = ["families"]

    static func scope(_ text: String, parent: String? = nil, zone: LocalZone? = nil) throws -> ExpressionScope
    {
        ExpressionScope(
            root: try json(text), parent: try parent.map(json),
            variables: [
                "inputs.timezone": .text("+08:00"), "partition.workspace": .text("team"),
                "http.status": .number(404),
            ],
            maps: ["families": ["A100-80GB": "A100", "7": "seven"]], zone: zone)
    }

    static func parse(_ text: String, allowsParent: Bool = false) throws(ExpressionError) -> Expression {
        try Expression(parsing: text, variables: variables, maps: maps, allowsParent: allowsParent)
    }
}

extension SeededGenerator {
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self)]
    }
}
