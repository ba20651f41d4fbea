package import Wire

/// One scalar field of a kind of record, with the ways to it.
///
/// Builders take typed accessors, so that a table's row names the field, its summary and one key path's worth of code.
@dynamicMemberLookup
package struct RecordField<Row: Sendable>: Sendable {
    package typealias Kind = Field.Kind

    package let field: Field
    package let get: @Sendable (borrowing Row) -> FieldValue
    /// Stores a value of this field's kind; a null, or a value of another kind, clears the field.
    package let set: @Sendable (inout Row, FieldValue) -> Void
    /// Appends the field as a member: ``get`` without the detour by a ``FieldValue``.
    let write: @Sendable (borrowing Row, JSONKey, inout JSONWriter) -> Void

    package subscript<Value>(dynamicMember path: KeyPath<Field, Value>) -> Value { field[keyPath: path] }
}

/// Builders for fields whose values are of one type in Swift too.
///
/// `stamped` fields are set by the operator or the gateway, `required` ones are never null, and those `ofSource` are
/// alike on all rows of a source.
extension RecordField {
    package static func text(
        _ name: String, _ summary: String, _ kind: Kind = .text(ignoresCase: false), stamped: Bool = false,
        ofSource: Bool = false, required: Bool = false,
        get: @escaping @Sendable (borrowing Row) -> String?,
        set: @escaping @Sendable (inout Row, String?) -> Void
    ) -> RecordField {
        RecordField(
            field: Field(
                name: name, summary: summary, kind: kind, isStamped: stamped, isOfSource: ofSource,
                isNullable: !required),
            get: { FieldValue(get($0)) }, set: { set(&$0, $1.text) }, write: { $2.member($1, get($0)) })
    }

    package static func time(
        _ name: String, _ summary: String, get: @escaping @Sendable (borrowing Row) -> Timestamp?,
        set: @escaping @Sendable (inout Row, Timestamp?) -> Void
    ) -> RecordField {
        RecordField(
            field: .plain(name, summary, .time), get: { FieldValue(get($0)) }, set: { set(&$0, $1.time) },
            write: { $2.member($1, get($0)) })
    }

    /// An integer.
    package static func count(
        _ name: String, _ summary: String, get: @escaping @Sendable (borrowing Row) -> Int?,
        set: @escaping @Sendable (inout Row, Int?) -> Void
    ) -> RecordField {
        RecordField(
            field: .plain(name, summary, .number(integer: true)), get: { FieldValue(get($0)) },
            set: { set(&$0, $1.integer) }, write: { $2.member($1, get($0)) })
    }

    /// Any number.
    package static func amount(
        _ name: String, _ summary: String, get: @escaping @Sendable (borrowing Row) -> Double?,
        set: @escaping @Sendable (inout Row, Double?) -> Void
    ) -> RecordField {
        RecordField(
            field: .plain(name, summary, .number(integer: false)), get: { FieldValue(get($0)) },
            set: { set(&$0, $1.number) }, write: { $2.member($1, get($0)) })
    }

    /// A fact that is never null, false where nothing is known.
    package static func bool(
        _ name: String, _ summary: String, stamped: Bool = false,
        get: @escaping @Sendable (borrowing Row) -> Bool,
        set: @escaping @Sendable (inout Row, Bool) -> Void
    ) -> RecordField {
        RecordField(
            field: Field(
                name: name, summary: summary, kind: .bool, isStamped: stamped, isOfSource: false,
                isNullable: false),
            get: { .bool(get($0)) }, set: { set(&$0, $1.bool ?? false) }, write: { $2.member($1, get($0)) })
    }
}

extension RecordField where Row: Record {
    /// The field of one of the operator's labels.
    static func label(_ key: String) -> RecordField {
        RecordField(
            field: .label(key), get: { FieldValue($0.labels[key]) }, set: { $0.labels[key] = $1.text },
            write: { $2.member($1, $0.labels[key]) })
    }
}

extension Field {
    fileprivate static func plain(_ name: String, _ summary: String, _ kind: Kind) -> Field {
        Field(
            name: name, summary: summary, kind: kind, isStamped: false, isOfSource: false, isNullable: true)
    }
}
