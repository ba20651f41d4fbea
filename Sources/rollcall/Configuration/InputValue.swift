import Settings

/// One of a source's `inputs` as written; the adapter's declaration gives it its type.
struct InputValue: Sendable, Equatable {
    var location: SettingsLocation
    var value: Value

    indirect enum Value: Sendable, Equatable {
        case text(String)
        /// A number with its text as written, since `1.10` may be meant as a text.
        case number(Double, written: String)
        /// `true` or `false` without quotes.
        case bool(Bool)
        case list([InputValue])
    }

    /// The largest number of elements of a list.
    static let elementLimit = 10_000

    /// Reads a scalar or a list of scalars; nil after a problem for anything else.
    init?(_ node: SettingsNode) {
        location = node.location
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
            values.append(InputValue(location: element.location, value: scalar))
        }
        value = .list(values)
    }

    init(location: SettingsLocation, value: Value) {
        self.location = location
        self.value = value
    }

    /// A scalar as text; nil for a list.
    var text: String? {
        switch value {
        case .text(let text): text
        case .number(_, let written): written
        case .bool(let bool): bool ? "true" : "false"
        case .list: nil
        }
    }
}

extension InputValue.Value {
    /// nil for a null, and for anything but a scalar.
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
