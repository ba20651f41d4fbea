import Deployments

/// A way to read one value of every record, of which an index can be made.
package struct FieldAccessor: Sendable {
    /// Changes to a stated value; without references, as it is looked at for every record.
    private enum Change: Sendable {
        case none
        case lowercased
        /// A summary shows the beginning of a time's span.
        case start(Grouping.Span)
        /// JSON has no other numbers.
        case finite
    }

    let field: Field
    private let change: Change
    /// Two with one name read the same.
    let name: String

    /// The value as filters and sorts compare it.
    init(_ field: Field) {
        self.field = field
        change =
            switch field.kind {
            case .term, .text(ignoresCase: true): .lowercased
            case .text, .number, .time, .bool: .none
            }
        name = field.name
    }

    /// The value as answers show a group's, see ``Grouping/Key/value(of:)``.
    init(shown key: Grouping.Key) {
        field = key.field
        change =
            switch key.field.kind {
            case .time: key.span.map { .start($0) } ?? .none
            case .number: .finite
            case .text, .term, .bool: .none
            }
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

    /// The value that is read where the record states `value`.
    @inline(__always)
    func value(_ value: consuming FieldValue) -> FieldValue {
        switch change {
        case .none: return value
        case .lowercased:
            if case .text(let text) = value { return .text(text.lowercased()) }
        case .start(let span):
            if case .time(let time) = value { return .time(span.start(of: time)) }
        case .finite:
            if case .number(let number) = value, !number.isFinite { return .null }
        }
        return value
    }
}
