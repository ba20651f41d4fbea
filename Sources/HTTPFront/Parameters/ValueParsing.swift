package import Deployments
package import Wire

/// The reason why a string is not a valid value.
package struct ValueError: Error, Sendable, Equatable {
    /// The error text: a sentence without a capital and a full stop.
    package let detail: String
    /// Searches for the nearest valid value; it returns nil if none is similar.
    ///
    /// It runs only for errors that are reported.
    let findNearest: @Sendable () -> String?
    /// The operand that its field does not have; nil for any other error.
    let operand: Operand?

    /// The operand of a filter as the client wrote it.
    struct Operand: Sendable {
        let field: Field
        let text: String
    }

    init(_ detail: String, didYouMean: @escaping @Sendable @autoclosure () -> String? = nil) {
        self.detail = detail
        findNearest = didYouMean
        operand = nil
    }

    /// An error with the operand that it is about.
    init(_ error: ValueError, about operand: Operand) {
        detail = error.detail
        findNearest = error.findNearest
        self.operand = operand
    }

    /// Compares the error texts and the nearest valid values.
    package static func == (left: ValueError, right: ValueError) -> Bool {
        left.detail == right.detail && left.findNearest() == right.findNearest()
    }
}

/// The time from which relative times are counted.
///
/// It records whether any was counted: the same request then means another time if it is sent later.
package struct RequestTime: Sendable {
    private let now: Timestamp?
    /// True if a relative time was counted from it.
    package private(set) var isUsed = false

    /// The time of a request, not used yet.
    package init(_ now: Timestamp) { self.now = now }

    private init() { now = nil }

    /// No time: relative times are errors, as in a file that means the same whenever it is read.
    package static let none = RequestTime()

    fileprivate mutating func before(seconds: Int64) throws(ValueError) -> Timestamp {
        guard let now else {
            throw ValueError("a time before now has no meaning in a file; write a time such as 2026-01-31")
        }
        isUsed = true
        return Timestamp(microseconds: now.microseconds - seconds * 1_000_000)
    }
}

extension Field.Kind {
    /// Reads an operand from a query string as a value of this kind.
    package func operand(_ text: String, at time: inout RequestTime) throws(ValueError) -> FieldValue {
        switch self {
        case .text: return .text(text)
        case .term(let terms): return .text(try readTerm(text, of: terms))
        case .number(let integer): return .number(try readNumber(text, integer: integer))
        case .time: return .time(try readTime(text, at: &time))
        case .bool: return .bool(try readBool(text))
        }
    }

    /// The expected operand, for error texts after "must be".
    var expected: String {
        switch self {
        case .text: "a string"
        case .term(let terms): "one of \(terms.joined(separator: " "))"
        case .number(let integer): integer ? "a whole number" : "a number"
        case .time:
            "a time: 2026-01-31T08:30:00Z, 2026-01-31, 1769848200000, or before now: -45s -10m -24h -30d"
        case .bool: "true or false"
        }
    }
}

/// Reads `true` or `false`.
func readBool(_ text: String) throws(ValueError) -> Bool {
    switch text {
    case "true": return true
    case "false": return false
    default:
        throw ValueError("must be true or false", didYouMean: nearest(to: text, among: ["true", "false"]))
    }
}

/// Reads a duration in decimal seconds, such as `0`, `0.5` or `30`, of at most ten years.
///
/// Digits after the microseconds are dropped.
func readSeconds(_ text: String) throws(ValueError) -> Duration {
    let limit = Duration.seconds(10 * 365 * 86_400)
    if let duration = decimalSeconds(text), duration <= limit { return duration }
    let hasUnit = text.last == "s" && decimalSeconds(String(text.dropLast())) != nil
    throw ValueError(
        "must be seconds from 0 to \(limit.components.seconds), such as 0, 0.5 or 30",
        didYouMean: hasUnit ? String(text.dropLast()) : nil)
}

private func decimalSeconds(_ text: String) -> Duration? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let seconds = digits(parts[0]) else { return nil }
    guard parts.count == 2 else { return .seconds(seconds) }
    let fraction = parts[1].utf8
    guard !fraction.isEmpty, fraction.allSatisfy(\.isASCIIDigit) else { return nil }
    let microseconds = (Array(fraction.prefix(6)) + [0x30, 0x30, 0x30, 0x30, 0x30, 0x30]).prefix(6)
        .reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
    return .seconds(seconds) + .microseconds(microseconds)
}

/// Reads a term of a closed vocabulary without case.
private func readTerm(_ text: String, of terms: [String]) throws(ValueError) -> String {
    let lowered = text.lowercased()
    guard let term = terms.first(where: { $0.lowercased() == lowered }) else {
        throw ValueError(
            "must be \(Field.Kind.term(terms).expected)",
            didYouMean: nearest(to: text, among: terms))
    }
    return term
}

/// Reads a decimal number of at most 40 bytes, with or without an exponent.
///
/// Leading zeros and a leading `+` are allowed.
private func readNumber(_ text: String, integer: Bool) throws(ValueError) -> Double {
    let isPlain = text.utf8.count <= 40 && text.utf8.allSatisfy { "0123456789-.eE+".utf8.contains($0) }
    guard isPlain, let number = Double(text), number.isFinite else { throw ValueError("must be a number") }
    guard !integer || number.rounded() == number else { throw ValueError("must be a whole number") }
    return number
}

/// Reads RFC 3339, a date (midnight UTC), 13 digits as milliseconds since 1970, or a time before now such as `-24h`.
private func readTime(
    _ text: String, at time: inout RequestTime
) throws(ValueError) -> Timestamp {
    if let time = Timestamp(text) ?? Timestamp(date: text) { return time }
    // As Grafana's `${__from}` has it; from 2001 to 2286, so that no other number is taken for a time.
    if text.utf8.count == 13, !text.hasPrefix("0"), let milliseconds = digits(text[...]) {
        return Timestamp(microseconds: Int64(milliseconds) * 1000)
    }
    if text.hasPrefix("-") { return try relativeTime(text.dropFirst(), at: &time) }
    if let space = text.lastIndex(of: " "),
        Timestamp(text[..<space] + "+" + text[text.index(after: space)...]) != nil
    {
        throw ValueError("`+` means a space in a URL; write the offset's `+` as `%2B`")
    }
    throw ValueError("must be \(Field.Kind.time.expected)")
}

private func relativeTime(
    _ text: Substring, at time: inout RequestTime
) throws(ValueError) -> Timestamp {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let unit = text.last.flatMap({ units[$0] }), let amount = digits(text.dropLast()) else {
        throw ValueError("write a time before now as -45s, -10m, -24h or -30d")
    }
    let (seconds, overflow) = Int64(amount).multipliedReportingOverflow(by: unit)
    // With at most a hundred years, every result is in the range of years that a timestamp can represent.
    guard !overflow, seconds <= 36_525 * 86_400 else {
        throw ValueError("a time before now may be at most 36525d ago")
    }
    return try time.before(seconds: seconds)
}

/// Reads ASCII digits; nil for any other byte, for no digit, and for a number too large for an `Int`.
func digits(_ text: Substring) -> Int? {
    !text.isEmpty && text.utf8.allSatisfy(\.isASCIIDigit) ? Int(text) : nil
}
