import Deployments

/// A text with `{inputs.x}` and `{partition.x}` in it.
struct Template: Sendable {
    private enum Part: Sendable {
        case fixed(String)
        case variable(String)
    }

    private var parts: [Part]
    /// The names between braces, in order.
    let variables: [String]

    /// Reads a template; throws where a brace is not closed, or a name between braces does not exist.
    init(_ text: String, variables known: Set<String>) throws(TemplateError) {
        var parts: [Part] = []
        var names: [String] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else {
                throw TemplateError(message: "`{` without `}`")
            }
            let name = String(rest[rest.index(after: open)..<close])
            guard known.contains(name) else {
                let names = known.sorted().map { "{\($0)}" }.joined(separator: ", ")
                throw TemplateError(
                    message: "`{\(name)}` is not known here"
                        + (names.isEmpty ? "" : "; there are \(names)"))
            }
            parts.append(.fixed(String(rest[..<open])))
            parts.append(.variable(name))
            names.append(name)
            rest = rest[rest.index(after: close)...]
        }
        parts.append(.fixed(String(rest)))
        self.parts = parts
        variables = names
    }

    /// The text with every variable as `value` gives it; nil where one has no value.
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

/// Why a text is no template.
struct TemplateError: Error {
    var message: String
}
