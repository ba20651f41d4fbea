import Deployments

/// A way to read one value of every record, of which an index can be made.
package struct FieldAccessor: Sendable {
    private enum Form: Sendable {
        /// As filters and sorts compare it.
        case comparable
        /// As a summary's key groups it.
        case grouped(Grouping.Key)
    }

    let field: Field
    private let form: Form
    /// Two with one name read the same.
    let name: String

    /// The value as filters and sorts compare it.
    init(_ field: Field) {
        self.field = field
        form = .comparable
        name = field.name
    }

    /// The value as answers show a group's.
    init(shown key: Grouping.Key) {
        field = key.field
        form = .grouped(key)
        name = "group by \(key.name)"
    }

    /// The value that tells the rows of one group from those of another; that of the field itself, where it does so
    /// too.
    init(grouping key: Grouping.Key) {
        switch key.field.kind {
        case .text(ignoresCase: false), .term, .bool, .number(integer: true): self.init(key.field)
        // Spans, and numbers that JSON cannot say, are put together; each spelling has a code of its own.
        case .time, .number(integer: false), .text(ignoresCase: true): self.init(shown: key)
        }
    }

    /// True where all rows of a source give the same value.
    var isOfSource: Bool { field.isOfSource }

    /// What is read where the record states `value`.
    func value(_ value: FieldValue) -> FieldValue {
        switch form {
        case .comparable: field.comparable(value)
        case .grouped(let key): key.value(of: value)
        }
    }
}
