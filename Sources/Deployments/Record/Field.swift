/// One scalar field of a kind of record, as clients name it: all that a filter, a sort or a description needs.
///
/// How a value is read from a record is the table's, see ``RecordField``.
package struct Field: Sendable {
    /// The type of a field's values, and how they are compared.
    package enum Kind: Sendable, Equatable {
        /// Compared by UTF-8 bytes, or without case.
        case text(ignoresCase: Bool)
        /// One term of a closed vocabulary, compared without case.
        case term([String])
        /// Any number; `integer` fields hold integers only.
        case number(integer: Bool)
        case time
        case bool
    }

    /// Its path in the JSON form, such as `accelerator.type`; unique within a kind of record.
    package let name: String
    /// Half a sentence for people.
    package let summary: String
    package let kind: Kind
    /// True for facts that the operator or the gateway sets, not an adapter file.
    package let isStamped: Bool
    /// True where all rows of a source have the same value, see ``SourceDescription/value(of:)``.
    package let isOfSource: Bool
    /// False where every record states a value.
    package let isNullable: Bool

    /// The value as this field's comparisons see it: lower case where the field ignores case.
    package func comparable(_ value: FieldValue) -> FieldValue {
        switch (kind, value) {
        case (.term, .text(let text)), (.text(ignoresCase: true), .text(let text)): .text(text.lowercased())
        default: value
        }
    }

    /// True for values that can be added up and compared as numbers.
    package var isNumber: Bool { if case .number = kind { true } else { false } }

    /// The field of one of the operator's labels; null on a record without it.
    package static func label(_ key: String) -> Field {
        Field(
            name: "labels.\(key)", summary: "one of the labels that the operator gave its source",
            kind: .text(ignoresCase: false), isStamped: true, isOfSource: true, isNullable: true)
    }
}

extension Field: Equatable {
    /// Fields of one kind of record are told apart by name.
    package static func == (left: Field, right: Field) -> Bool { left.name == right.name }
}

extension SourceDescription {
    /// The value that every record of this source has in a field for which ``Field/isOfSource`` is true.
    package func value(of field: Field) -> FieldValue {
        switch field.name {
        case "source": .text(name)
        case "platform": .text(platform)
        case "adapter": .text(adapter)
        case "region": FieldValue(region)
        default: FieldValue(field.name.hasPrefix("labels.") ? labels[String(field.name.dropFirst(7))] : nil)
        }
    }
}
