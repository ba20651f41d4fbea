package import Wire

/// One scalar of a record, as filters, sorts and encodings see it.
package enum FieldValue: Sendable, Hashable {
    case null
    case text(String)
    /// Integers up to 2^53 are exact.
    case number(Double)
    case time(Timestamp)
    case bool(Bool)

    /// A string; null for nil.
    package init(_ text: String?) { self = text.map { .text($0) } ?? .null }
    /// An integer as a `Double`; null for nil.
    package init(_ number: Int?) { self = number.map { .number(Double($0)) } ?? .null }
    /// A number; null for nil.
    package init(_ number: Double?) { self = number.map { .number($0) } ?? .null }
    /// A time; null for nil.
    package init(_ time: Timestamp?) { self = time.map { .time($0) } ?? .null }

    /// True if the record states no value.
    package var isNull: Bool { self == .null }

    /// The string; nil for every other kind.
    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The number; nil for every other kind.
    package var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    /// The number as an integer; nil for a fraction and for every other kind.
    package var integer: Int? { number.flatMap { Int(exactly: $0) } }

    /// The time; nil for every other kind.
    package var time: Timestamp? {
        if case .time(let time) = self { time } else { nil }
    }

    /// The truth value; nil for every other kind.
    package var bool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }
}
