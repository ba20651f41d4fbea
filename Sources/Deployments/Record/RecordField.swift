package import Wire

/// One scalar field of a kind of record, with its accessors.
///
/// The builders take typed accessors, so that a row of a table is short: the field's name, its summary and
/// two closures.
@dynamicMemberLookup
package struct RecordField<Row: Sendable>: Sendable {
    /// The type of a field's values.
    package typealias Kind = Field.Kind

    /// The description of the field that does not depend on the type of the record.
    package let field: Field
    /// Reads the field's value from a record.
    package let get: @Sendable (borrowing Row) -> FieldValue
    /// Stores a value of this field's kind; a null, or a value of another kind, clears the field.
    package let set: @Sendable (inout Row, FieldValue) -> Void
    /// Makes a closure that appends the field as a member with this key, without the detour of a
    /// ``FieldValue``.
    let writer: @Sendable (JSONKey) -> @Sendable (borrowing Row, inout JSONWriter) -> Void

    /// The members of ``field``.
    package subscript<Value>(dynamicMember path: KeyPath<Field, Value>) -> Value { field[keyPath: path] }
}

/// Builders of fields, one for each Swift type of values.
///
/// `stamped` fields are set by the operator or the gateway, `required` ones are never null, and `ofSource`
/// ones have the same value on all rows of a source; `namesSource` ones begin with the source's name; see ``Field/urgency`` and ``Field/respelled``.
extension RecordField {
    /// A string, or a term of a closed vocabulary.
    package static func text(
        _ name: String, _ summary: String, _ kind: Kind = .text(ignoresCase: false), stamped: Bool = false,
        ofSource: Bool = false, required: Bool = false, urgency: [String] = [],
        respelled: (@Sendable (String) -> String)? = nil, namesSource: Bool = false,
        get: @escaping @Sendable (borrowing Row) -> String?,
        set: @escaping @Sendable (inout Row, String?) -> Void
    ) -> RecordField {
        RecordField(
            field: Field(
                name: name, summary: summary, kind: kind, isStamped: stamped, isOfSource: ofSource,
                isNullable: !required, lowest: nil, urgency: urgency, respelled: respelled,
                namesSource: namesSource),
            get: { FieldValue(get($0)) }, set: { set(&$0, $1.text) },
            writer: { key in { $1.member(key, get($0)) } })
    }

    /// A URL without user information, query and fragment; null if the platform states none.
    package static func url(
        _ name: String, _ summary: String, get: @escaping @Sendable (borrowing Row) -> String?,
        set: @escaping @Sendable (inout Row, String?) -> Void
    ) -> RecordField {
        let field = text(name, summary, get: get, set: set)
        return RecordField(
            field: field.field.asURL, get: field.get, set: field.set, writer: field.writer)
    }

    /// A term of a closed vocabulary; null if the platform states none.
    package static func term(
        _ name: String, _ summary: String, _ terms: [String],
        get: @escaping @Sendable (borrowing Row) -> String?,
        set: @escaping @Sendable (inout Row, String?) -> Void
    ) -> RecordField {
        text(name, summary, .term(terms), get: get, set: set)
    }

    /// A time; null if none is stated.
    package static func time(
        _ name: String, _ summary: String, stamped: Bool = false, required: Bool = false,
        get: @escaping @Sendable (borrowing Row) -> Timestamp?,
        set: @escaping @Sendable (inout Row, Timestamp?) -> Void
    ) -> RecordField {
        RecordField(
            field: Field(
                name: name, summary: summary, kind: .time, isStamped: stamped, isOfSource: false,
                isNullable: !required, lowest: nil),
            get: { FieldValue(get($0)) }, set: { set(&$0, $1.time) },
            writer: { key in { $1.member(key, get($0)) } })
    }

    /// A number of things, 0 or more; null if the platform states none.
    package static func count(
        _ name: String, _ summary: String, get: @escaping @Sendable (borrowing Row) -> Int?,
        set: @escaping @Sendable (inout Row, Int?) -> Void
    ) -> RecordField {
        integer(name, summary, lowest: 0, get: get, set: set)
    }

    /// An integer, at least `lowest`; null if the platform states none.
    package static func integer(
        _ name: String, _ summary: String, lowest: Double? = nil,
        get: @escaping @Sendable (borrowing Row) -> Int?,
        set: @escaping @Sendable (inout Row, Int?) -> Void
    ) -> RecordField {
        RecordField(
            field: .plain(name, summary, .number(integer: true), lowest: lowest),
            get: { FieldValue(get($0)) },
            set: { set(&$0, $1.integer) }, writer: { key in { $1.member(key, get($0)) } })
    }

    /// An amount, 0 or more; null if the platform states none.
    package static func amount(
        _ name: String, _ summary: String, get: @escaping @Sendable (borrowing Row) -> Double?,
        set: @escaping @Sendable (inout Row, Double?) -> Void
    ) -> RecordField {
        RecordField(
            field: .plain(name, summary, .number(integer: false), lowest: 0),
            get: { FieldValue(get($0)) },
            set: { set(&$0, $1.number) }, writer: { key in { $1.member(key, get($0)) } })
    }

    /// A truth value, which is never null: false if nothing is known.
    package static func bool(
        _ name: String, _ summary: String, stamped: Bool = false,
        get: @escaping @Sendable (borrowing Row) -> Bool,
        set: @escaping @Sendable (inout Row, Bool) -> Void
    ) -> RecordField {
        RecordField(
            field: Field(
                name: name, summary: summary, kind: .bool, isStamped: stamped, isOfSource: false,
                isNullable: false, lowest: nil),
            get: { .bool(get($0)) }, set: { set(&$0, $1.bool ?? false) },
            writer: { key in { $1.member(key, get($0)) } })
    }
}

extension RecordField where Row: Record {
    /// The field of one of the operator's labels.
    static func label(_ key: String) -> RecordField {
        RecordField(
            field: .label(key), get: { FieldValue($0.labels[key]) }, set: { $0.labels[key] = $1.text },
            writer: { name in { $1.member(name, $0.labels[key]) } })
    }
}

extension Field {
    fileprivate static func plain(
        _ name: String, _ summary: String, _ kind: Kind, lowest: Double? = nil
    ) -> Field {
        Field(
            name: name, summary: summary, kind: kind, isStamped: false, isOfSource: false, isNullable: true,
            lowest: lowest)
    }
}
