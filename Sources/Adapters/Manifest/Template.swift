/// A text with `{inputs.x}` and `{partition.x}` in it.
struct Template: Sendable {
    private enum Part: Sendable {
        case fixed(String)
        case variable(String)
    }

    /// The template as it was written.
    let text: String
    private var parts: [Part]
    /// The names between braces, in order.
    let variables: [String]

    /// Reads a template; throws if a brace is not closed, or a name between braces does not exist.
    init(_ text: String, variables known: Set<String>) throws(TemplateError) {
        var parts: [Part] = []
        var names: [String] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            let offset = text.distance(from: text.startIndex, to: open)
            guard let close = rest[open...].firstIndex(of: "}") else {
                throw TemplateError(offset: offset, unknown: nil)
            }
            let name = String(rest[rest.index(after: open)..<close])
            guard known.contains(name) else { throw TemplateError(offset: offset, unknown: name) }
            parts.append(.fixed(String(rest[..<open])))
            parts.append(.variable(name))
            names.append(name)
            rest = rest[rest.index(after: close)...]
        }
        parts.append(.fixed(String(rest)))
        self.text = text
        self.parts = parts
        variables = names
    }

    /// The text with every variable replaced by its value; nil if `value` returns nil for one of them.
    func filled(_ value: (String) -> String?) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .fixed(let fixed): text += fixed
            case .variable(let name):
                guard let value = value(name) else { return nil }
                text += value
            }
        }
        return text
    }
}

/// The error of a text that is no template.
struct TemplateError: Error {
    /// The offset of the opening brace, in characters.
    var offset: Int
    /// The name between braces that does not exist; nil if the brace is not closed.
    var unknown: String?
}
