import Settings

/// One of a source's `inputs` as it was written: what it means is the adapter's declaration to say.
struct InputValue: Sendable, Equatable {
    var place: SettingsLocation
    var value: Value

    indirect enum Value: Sendable, Equatable {
        case text(String)
        /// A number, with the text that it was written as: `"0042"` and `1.10` are not to be read twice.
        case number(Double, written: String)
        /// `true` or `false` without quotes.
        case bool(Bool)
        case list([InputValue])
    }

    /// The most elements of a list.
    static let elementLimit = 10_000

    /// Reads a scalar or a list of scalars; nil after a problem for anything else.
    init?(_ node: SettingsNode) {
        place = node.place
        if let scalar = Value(scalar: node) {
            value = scalar
            return
        }
        guard node.isSequence else {
            node.problem("must be a text, a number, true, false, or a list of these")
            return nil
        }
        guard let elements = node.sequence() else { return nil }
        guard elements.count <= Self.elementLimit else {
            node.problem("has more than \(Self.elementLimit) elements")
            return nil
        }
        var values: [InputValue] = []
        for element in elements {
            guard let scalar = Value(scalar: element) else {
                element.problem("must be a text, a number, true or false")
                return nil
            }
            values.append(InputValue(place: element.place, value: scalar))
        }
        value = .list(values)
    }

    init(place: SettingsLocation, value: Value) {
        self.place = place
        self.value = value
    }

    /// A scalar as text; nil for a list.
    var text: String? {
        switch value {
        case .text(let text): text
        case .number(_, let written): written
        case .bool(let flag): flag ? "true" : "false"
        case .list: nil
        }
    }
}

extension InputValue.Value {
    /// Nil for a null and for what is no scalar.
    fileprivate init?(scalar node: SettingsNode) {
        guard let text = node.text else { return nil }
        switch text {
        case _ where node.isQuoted: self = .text(text)
        case "true": self = .bool(true)
        case "false": self = .bool(false)
        default:
            if let number = Double(text), number.isFinite {
                self = .number(number, written: text)
            } else {
                self = .text(text)
            }
        }
    }
}
