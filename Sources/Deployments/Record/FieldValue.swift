package import Wire

/// One scalar of a record, as filters, sorts and encodings see it.
package enum FieldValue: Sendable, Hashable {
    case null
    case text(String)
    /// Integers up to 2^53 are exact.
    case number(Double)
    case time(Timestamp)
    case bool(Bool)

    package init(_ text: String?) { self = text.map { .text($0) } ?? .null }
    package init(_ number: Int?) { self = number.map { .number(Double($0)) } ?? .null }
    package init(_ number: Double?) { self = number.map { .number($0) } ?? .null }
    package init(_ time: Timestamp?) { self = time.map { .time($0) } ?? .null }

    package var isNull: Bool { self == .null }

    /// The text; nil for every other kind.
    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    package var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    /// A whole number; nil for every other kind and for a fraction.
    package var integer: Int? { number.flatMap { Int(exactly: $0) } }

    package var time: Timestamp? {
        if case .time(let time) = self { time } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }
}
