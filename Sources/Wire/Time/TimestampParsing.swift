extension Timestamp {
    /// A time as read from a platform's text.
    package struct Reading: Sendable, Equatable {
        /// The instant in UTC.
        package var time: Timestamp
        /// True when the text named no zone and one was assumed.
        package var zoneAssumed: Bool
    }

    /// Reads an RFC 3339 date-time, or one without a zone.
    ///
    /// Any number of fraction digits is read and cut to six; `t`, `z` and a space for `T` are accepted, and
    /// second 60 is the instant after second 59 (RFC 3339 §5.6). `24:00` and dates that do not exist are
    /// refused. `zoneless` is the offset in seconds east of UTC for a text that names none; nil refuses such
    /// a text.
    /// - Returns: nil at the first byte that is not where RFC 3339 §5.6 puts it, and for an instant that in
    ///   UTC is not in the years 0001 to 9999.
    package static func read(_ text: UnsafeBufferPointer<UInt8>, zoneless: Int?) -> Reading? {
        var scanner = DigitScanner(text: text)
        guard let date = scanner.date() else { return nil }
        guard scanner.take("T") || scanner.take("t") || scanner.take(" ") else { return nil }
        guard let micros = scanner.timeOfDay() else { return nil }
        let offset: Int
        let assumed: Bool
        if scanner.isAtEnd {
            guard let zoneless else { return nil }
            (offset, assumed) = (zoneless, true)
        } else {
            guard let named = scanner.zone(), scanner.isAtEnd else { return nil }
            (offset, assumed) = (named, false)
        }
        let local = date.daysSince1970 * 86_400_000_000 + micros
        let (shift, overflow) = Int64(offset).multipliedReportingOverflow(by: 1_000_000)
        let (utc, underflow) = local.subtractingReportingOverflow(shift)
        guard !overflow, !underflow, written.contains(utc) else { return nil }
        return Reading(time: Timestamp(microseconds: utc), zoneAssumed: assumed)
    }

    /// Reads an RFC 3339 date-time with its zone; nil for anything else.
    package init?(_ text: String) {
        var text = text
        guard let reading = text.withUTF8({ Self.read($0, zoneless: nil) }) else { return nil }
        self = reading.time
    }

    /// Reads `2026-01-31` as that day's midnight in UTC; nil for anything else.
    package init?(date text: String) {
        var text = text
        let date = text.withUTF8 { utf8 -> CivilDate? in
            var scanner = DigitScanner(text: utf8)
            guard let date = scanner.date(), scanner.isAtEnd else { return nil }
            return date
        }
        guard let date else { return nil }
        self.init(microseconds: date.daysSince1970 * 86_400_000_000)
    }

    /// Reads `Z`, `+08:00` or `-03:30` as seconds east of UTC; nil for anything else.
    package static func zoneOffset(_ text: String) -> Int? {
        var text = text
        return text.withUTF8 { utf8 -> Int? in
            var scanner = DigitScanner(text: utf8)
            guard let offset = scanner.zone(), scanner.isAtEnd else { return nil }
            return offset
        }
    }
}

/// Reads fixed-width numbers and marks from the front of a text.
private struct DigitScanner {
    let text: UnsafeBufferPointer<UInt8>
    var at = 0

    init(text: UnsafeBufferPointer<UInt8>) { self.text = text }

    var isAtEnd: Bool { at == text.count }

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard at < text.count, text[at] == UInt8(ascii: mark) else { return false }
        at += 1
        return true
    }

    // Inlined, so that each width is compiled without a loop: most values of a record are times.
    @inline(__always)
    mutating func number(_ width: Int) -> UInt32? {
        guard text.count - at >= width else { return nil }
        var value: UInt32 = 0
        var isNumber = true
        for index in at..<(at + width) {
            let digit = text[index] &- UInt8(ascii: "0")
            isNumber = isNumber && digit < 10
            value = value &* 10 &+ UInt32(digit)
        }
        guard isNumber else { return nil }
        at += width
        return value
    }

    mutating func date() -> CivilDate? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2)
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        return date.isValid ? date : nil
    }

    /// Microseconds since midnight.
    mutating func timeOfDay() -> Int64? {
        guard let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction: UInt32 = 0
        if take(".") {
            guard let micros = self.micros() else { return nil }
            fraction = micros
        }
        return Int64((hour * 60 + minute) * 60 + second) * 1_000_000 + Int64(fraction)
    }

    /// A fraction's digits, cut to six; one at least.
    private mutating func micros() -> UInt32? {
        if let six = number(6) {
            while at < text.count, text[at] &- UInt8(ascii: "0") < 10 { at += 1 }
            return six
        }
        var (value, scale): (UInt32, UInt32) = (0, 1_000_000)
        while let digit = number(1) {
            value = value * 10 + digit
            scale /= 10
        }
        return scale == 1_000_000 ? nil : value * scale
    }

    /// Seconds east of UTC.
    mutating func zone() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign: Int
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hour = number(2), take(":"), let minute = number(2), hour < 24, minute < 60
        else { return nil }
        return sign * Int(hour * 60 + minute) * 60
    }
}
