/// One scalar field of a kind of record: all that a filter, a sort or the description of the API needs of it.
///
/// The accessors that read and set it on a record are in ``RecordField``.
package struct Field: Sendable {
    /// The type of a field's values, and their comparison.
    package enum Kind: Sendable, Equatable {
        /// A string, compared by its UTF-8 bytes, or without case.
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
    /// A phrase for the description of the API, without a capital and a full stop.
    package let summary: String
    /// The type of its values, which also decides the operators that a filter may use.
    package let kind: Kind
    /// True for facts that the operator or the gateway sets, not an adapter file.
    package let isStamped: Bool
    /// True if all rows of a source have the same value, see ``SourceDescription/value(of:)``.
    package let isOfSource: Bool
    /// False if every record has a value.
    package let isNullable: Bool
    /// The least number that a record can have in it, such as 0 for what is counted; nil: any.
    package let lowest: Double?
    /// The terms of a closed vocabulary in the order of `sort`, the most urgent first; empty: values are in
    /// the order of their bytes.
    package var urgency: [String] = []
    /// Turns every spelling of a value that clients may use into the one that records have; nil: there is one only.
    package var respelled: (@Sendable (String) -> String)?
    /// True if every value is the name of the record's source, a slash, and what follows from there.
    package var namesSource = false

    /// True for a URL, which never has user information, a query or a fragment.
    package private(set) var isURL = false

    /// The same field, for URLs.
    var asURL: Field {
        var field = self
        field.isURL = true
        return field
    }

    /// The position of a term in ``urgency``; after all of them if it is none.
    package func rank(of term: String) -> Int {
        if let index = urgency.firstIndex(of: term) { return index }
        let folded = term.lowercased()
        return urgency.firstIndex { $0.lowercased() == folded } ?? urgency.count
    }

    /// The value in the form in which it is compared: in lower case if the field ignores case.
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
            kind: .text(ignoresCase: false), isStamped: true, isOfSource: true, isNullable: true,
            lowest: nil)
    }
}

extension Field: Equatable {
    /// Compares names, which are unique within one kind of record.
    package static func == (left: Field, right: Field) -> Bool { left.name == right.name }
}

extension SourceDescription {
    /// The value that every record of this source has in a field with ``Field/isOfSource``; null for other
    /// fields.
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
