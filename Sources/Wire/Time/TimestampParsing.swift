extension Timestamp {
    /// A time as read from a platform's text or number.
    package struct Reading: Sendable, Equatable {
        /// The instant in UTC.
        package var time: Timestamp
        /// True when the text named no zone and one was assumed.
        package var zoneAssumed: Bool

        package init(time: Timestamp, zoneAssumed: Bool) {
            self.time = time
            self.zoneAssumed = zoneAssumed
        }

        /// True for the times that programs write where there is none: in year 1, and within a day of
        /// 1970-01-01T00:00:00Z, whatever zone was assumed.
        package var meansNone: Bool {
            time.microseconds < Self.yearTwo || time.microseconds.magnitude < 86_400_000_000
        }

        private static let yearTwo: Int64 = -62_104_060_800_000_000

        /// A time that ``meansNone``.
        fileprivate static let missing = Reading(
            time: Timestamp(microseconds: written.lowerBound), zoneAssumed: false)
    }

    /// Reads a platform's time: RFC 3339, or another form that has only one meaning.
    ///
    /// Those are: no zone (`zoneless` is then the zone; nil refuses it); an offset
    /// such as `+0000` or `+00`, `UTC` or `GMT`, also after a space; minutes without seconds; a comma before
    /// the fraction; a number as ``Reading/init(number:)`` takes it; and the zero dates of programs, which
    /// are times that mean none, see ``Reading/meansNone``.
    /// - Returns: nil for any other text, and for an instant that in UTC is not in the years 0001 to 9999.
    package static func read(_ text: UnsafeBufferPointer<UInt8>, zoneless: LocalZone?) -> Reading? {
        readStrictly(text, zoneless: zoneless) ?? readLoosely(text, zoneless: zoneless)
    }

    /// Reads an RFC 3339 date-time, or one without a zone.
    ///
    /// Any number of fraction digits is read and cut to six; `t`, `z` and a space for `T` are accepted, and
    /// second 60 is the instant after second 59 (RFC 3339 §5.6). `24:00` and dates that do not exist are
    /// refused. `zoneless` is the zone of a text that names none; nil refuses such a text.
    /// - Returns: nil at the first byte that is not where RFC 3339 §5.6 puts it, and for an instant that in
    ///   UTC is not in the years 0001 to 9999.
    private static func readStrictly(_ text: UnsafeBufferPointer<UInt8>, zoneless: LocalZone?) -> Reading? {
        var scanner = DigitScanner(text: text)
        guard let date = scanner.date() else { return nil }
        guard scanner.take("T") || scanner.take("t") || scanner.take(" ") else { return nil }
        guard let micros = scanner.timeOfDay() else { return nil }
        let offset: Int
        let assumed: Bool
        if scanner.isAtEnd {
            let local = date.daysSince1970 * 86_400 + micros / 1_000_000
            guard let found = zoneless?.offset(ofLocal: local) else { return nil }
            (offset, assumed) = (found, true)
        } else {
            guard let named = scanner.zone(), scanner.isAtEnd else { return nil }
            (offset, assumed) = (named, false)
        }
        return reading(date, micros, offset: offset, assumed: assumed)
    }

    /// The instant of a local date and time; nil where it is not in the years 0001 to 9999 in UTC.
    private static func reading(
        _ date: CivilDate, _ micros: Int64, offset: Int, assumed: Bool
    ) -> Reading? {
        let local = date.daysSince1970 * 86_400_000_000 + micros
        let (shift, overflow) = Int64(offset).multipliedReportingOverflow(by: 1_000_000)
        let (utc, underflow) = local.subtractingReportingOverflow(shift)
        guard !overflow, !underflow, written.contains(utc) else { return nil }
        return Reading(time: Timestamp(microseconds: utc), zoneAssumed: assumed)
    }

    /// Reads the forms that are not RFC 3339.
    private static func readLoosely(_ text: UnsafeBufferPointer<UInt8>, zoneless: LocalZone?) -> Reading? {
        var scanner = DigitScanner(text: text)
        guard let date = scanner.date() else { return readNumber(text) ?? readZeroDate(text) }
        guard scanner.take("T") || scanner.take("t") || scanner.take(" ") else { return nil }
        guard let micros = scanner.looseTimeOfDay() else { return nil }
        let (offset, assumed): (Int, Bool)
        if scanner.isAtEnd {
            let local = date.daysSince1970 * 86_400 + micros / 1_000_000
            guard let found = zoneless?.offset(ofLocal: local) else { return nil }
            (offset, assumed) = (found, true)
        } else {
            guard let named = scanner.looseZone(), scanner.isAtEnd else { return nil }
            (offset, assumed) = (named, false)
        }
        // In UTC, the first day of year 1 in an eastern zone is in no year.
        if date.year == 1 { return Reading.missing }
        return reading(date, micros, offset: offset, assumed: assumed)
    }

    /// Reads a number of seconds or smaller units since 1970, without an exponent.
    private static func readNumber(_ text: UnsafeBufferPointer<UInt8>) -> Reading? {
        guard text.count <= 20, text.allSatisfy({ $0.isASCIIDigit || "-.".utf8.contains($0) }) else {
            return nil
        }
        let number = String(decoding: text, as: UTF8.self)
        if let whole = Int64(number) { return Reading(number: whole) }
        guard text.last?.isASCIIDigit == true, let number = Double(number) else { return nil }
        return Reading(number: number)
    }

    /// Reads a date such as `0000-00-00 00:00:00`, which databases write where there is none.
    private static func readZeroDate(_ text: UnsafeBufferPointer<UInt8>) -> Reading? {
        guard text.count <= textLength + 6, text.starts(with: "0000-00-00".utf8),
            text.dropFirst(10).allSatisfy({ "0:.TtZz +-".utf8.contains($0) })
        else { return nil }
        return Reading.missing
    }

    /// Reads an RFC 3339 date-time with its zone; nil for anything else.
    package init?(_ text: String) {
        var text = text
        guard let reading = text.withUTF8({ Self.readStrictly($0, zoneless: nil) }) else { return nil }
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

extension Timestamp.Reading {
    /// Reads a number of seconds, milliseconds, microseconds or nanoseconds since 1970-01-01T00:00:00Z.
    ///
    /// The unit is the one that gives a time from 2001-09-09 to 2286-11-20; no number has two. Zero and the
    /// beginning of year 1, in seconds or milliseconds, are times that mean none, see ``meansNone``. Nil for
    /// any other number.
    package init?(number: Int64) {
        let microseconds: Int64
        switch number {
        case 0, -62_135_596_800, -62_135_596_800_000:
            self = .missing
            return
        case 1_000_000_000..<10_000_000_000: microseconds = number * 1_000_000
        case 1_000_000_000_000..<10_000_000_000_000: microseconds = number * 1000
        case 1_000_000_000_000_000..<10_000_000_000_000_000: microseconds = number
        case 1_000_000_000_000_000_000...: microseconds = number / 1000
        default: return nil
        }
        self.init(time: Timestamp(microseconds: microseconds), zoneAssumed: false)
    }

    /// As ``init(number:)`` of an integer; a fraction is rounded to the microsecond.
    package init?(number: Double) {
        if let whole = Int64(exactly: number) {
            self.init(number: whole)
        } else if (1e9..<1e10).contains(number) {
            self.init(time: Timestamp(microseconds: Int64((number * 1e6).rounded())), zoneAssumed: false)
        } else if (1e12..<1e13).contains(number) {
            self.init(time: Timestamp(microseconds: Int64((number * 1e3).rounded())), zoneAssumed: false)
        } else {
            return nil
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

    /// Microseconds since midnight; seconds may be missing, and a comma may be before their fraction.
    mutating func looseTimeOfDay() -> Int64? {
        guard let hour = number(2), take(":"), let minute = number(2), hour < 24, minute < 60 else {
            return nil
        }
        let midnight = Int64(hour * 60 + minute) * 60_000_000
        guard take(":") else { return midnight }
        guard let second = number(2), second <= 60 else { return nil }
        guard take(".") || take(",") else { return midnight + Int64(second) * 1_000_000 }
        return micros().map { midnight + Int64(second) * 1_000_000 + Int64($0) }
    }

    /// Seconds east of UTC; a space may be before the zone, and the colon in it may be missing.
    mutating func looseZone() -> Int? {
        _ = take(" ")
        let rest = text[at...]
        if rest.elementsEqual("UTC".utf8) || rest.elementsEqual("GMT".utf8) {
            at = text.count
            return 0
        }
        if take("Z") || take("z") { return 0 }
        let sign: Int
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hour = number(2), hour < 24 else { return nil }
        if isAtEnd { return sign * Int(hour) * 3600 }
        _ = take(":")
        guard let minute = number(2), minute < 60 else { return nil }
        return sign * Int(hour * 60 + minute) * 60
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
