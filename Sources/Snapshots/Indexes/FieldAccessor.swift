import Deployments

/// A way to read one value of every record, of which an index can be made.
struct FieldReading: Sendable {
    /// Two with one name read the same.
    let name: String
    /// Whether all rows of a source give the same value.
    let isOfSource: Bool
    /// Whether its values are numbers, or null.
    let isNumber: Bool
    let value: @Sendable (borrowing ModelDeployment) -> FieldValue
}

extension DeploymentField {
    /// As filters and sorts see the field.
    var reading: FieldReading {
        FieldReading(name: name, isOfSource: isOfSource, isNumber: isNumber) { comparable(get($0)) }
    }

    fileprivate var isNumber: Bool { if case .number = kind { true } else { false } }
}

extension Grouping.Key {
    /// Tells the rows of one group from those of another; that of the field itself, where it does so too.
    var reading: FieldReading {
        switch field.kind {
        case .text, .word, .bool, .number(whole: true): field.reading
        // Spans, and numbers that JSON cannot say, are put together.
        case .time, .number(whole: false):
            FieldReading(name: "group by \(name)", isOfSource: false, isNumber: field.isNumber) {
                value(of: $0)
            }
        }
    }
}
