import Deployments

/// A function from a record to one value, of which an index can be made.
package struct FieldAccessor: Sendable {
    /// A change of a stated value.
    ///
    /// It holds no reference, since it is read for every record.
    private enum Change: Sendable {
        case none
        case lowercased
        /// Replaces a time by the beginning of its span, as a summary shows it.
        case start(Grouping.Span)
        /// Replaces a number that is not finite by null, since JSON has no such numbers.
        case finite
        /// Replaces a term by its position in ``Field/urgency``.
        case ranked
    }

    let field: Field
    private var change: Change
    /// The identity: accessors with the same name read the same value.
    private(set) var name: String

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

    /// The value as a sort compares it: that of filters, unless the field has an order of its own.
    init(sorting field: Field) {
        self.init(field)
        guard !field.urgency.isEmpty else { return }
        (change, name) = (.ranked, "sort by \(field.name)")
    }

    /// The value as answers show it for a group, see ``Grouping/Key/value(of:)``.
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

    /// A value that is different for rows of different groups: the field's own value if that suffices, so
    /// that one index serves both.
    init(grouping key: Grouping.Key) {
        switch key.field.kind {
        case .text(ignoresCase: false), .term, .bool, .number(integer: true): self.init(key.field)
        // Times of one span, and all numbers that JSON cannot express, are one group; each spelling has its
        // own code.
        case .time, .number(integer: false), .text(ignoresCase: true): self.init(shown: key)
        }
    }

    /// The result for a record that states `value`.
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
        case .ranked:
            if case .text(let text) = value { return .number(Double(field.rank(of: text))) }
        }
        return value
    }
}
