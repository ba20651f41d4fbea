package import Deployments
package import Snapshots

/// One of the operator's rules: the fields that are set on the rows for which a condition holds.
package struct OperatorRule: Sendable {
    /// The condition, on rows as the platform states them.
    package let condition: Condition
    /// The text of the condition; rules with the same text have the same condition.
    package let text: String
    /// The fields with their values; no two have the same path.
    package let settings: [Setting]

    /// A rule.
    package init(where condition: Condition, text: String, set settings: [Setting]) {
        self.condition = condition
        self.text = text
        self.settings = settings
    }

    /// A field with the value that it is set to.
    package struct Setting: Sendable, Equatable {
        /// The path of a scalar, or of a list of strings.
        package let path: String
        /// The value.
        package let value: Value

        /// A setting.
        package init(_ path: String, _ value: Value) {
            self.path = path
            self.value = value
        }
    }

    /// A value of a field.
    package enum Value: Sendable, Equatable {
        /// A value of the field's kind; null clears the field.
        case scalar(FieldValue)
        case list([String])
    }
}

extension OperatorRule: Equatable {
    /// Compares the texts of the conditions, and the settings.
    package static func == (left: OperatorRule, right: OperatorRule) -> Bool {
        left.text == right.text && left.settings == right.settings
    }
}

extension [OperatorRule] {
    /// The rules that may apply to rows of a source.
    func applying(to source: SourceDescription) -> [OperatorRule] {
        filter { $0.condition.couldHold(forRowsOf: source) }
    }

    /// A source with the values that these rules may set on its rows, see ``SourceDescription/perRow``.
    package func described(_ source: SourceDescription) -> SourceDescription {
        var described = source
        for setting in applying(to: source).flatMap(\.settings) {
            guard RecordSchema.deployments.named(setting.path)?.isOfSource == true,
                case .scalar(let value) = setting.value
            else { continue }
            described.perRow[setting.path, default: []].insert(value)
        }
        return described
    }
}
