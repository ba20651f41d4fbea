/// An instant, to the microsecond.
package struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted.
    package var microseconds: Int64

    /// What has a text: years 0001 to 9999.
    static let written = -62_135_596_800_000_000...253_402_300_799_999_999 as ClosedRange<Int64>

    package init(microseconds: Int64) { self.microseconds = microseconds }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// `2026-01-31T08:30:15.250000Z`: always UTC with six fraction digits, so that text order is time order.
    ///
    /// An instant outside the years 0001 to 9999 is written as the nearest one inside.
    package var description: String {
        String(unsafeUninitializedCapacity: Self.textLength) { buffer in
            var out = OutputSpan(buffer: buffer, initializedCount: 0)
            write(to: &out)
            return out.finalize(for: buffer)
        }
    }

    /// How many bytes ``description`` always has.
    static let textLength = 27

    /// Appends ``description``.
    func write(to out: inout OutputSpan<UInt8>) {
        let written = min(max(microseconds, Self.written.lowerBound), Self.written.upperBound)
        let (seconds, fraction) = written.floorDivided(by: 1_000_000)
        let (day, second) = seconds.floorDivided(by: 86_400)
        let date = CivilDate(daysSince1970: day)
        out.append(pair: date.year / 100)
        out.append(pair: date.year % 100, before: "-")
        out.append(pair: date.month, before: "-")
        out.append(pair: date.day, before: "T")
        out.append(pair: second / 3600, before: ":")
        out.append(pair: second / 60 % 60, before: ":")
        out.append(pair: second % 60, before: ".")
        out.append(pair: fraction / 10_000)
        out.append(pair: fraction / 100 % 100)
        out.append(pair: fraction % 100, before: "Z")
    }
}

extension OutputSpan<UInt8> {
    /// Appends a number below 100 as two digits.
    fileprivate mutating func append(pair value: Int64) {
        // 32 bits divide in a fraction of the time.
        let value = UInt32(truncatingIfNeeded: value)
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10))
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }

    fileprivate mutating func append(pair value: Int64, before mark: Unicode.Scalar) {
        append(pair: value)
        append(UInt8(ascii: mark))
    }
}

/// A day of the proleptic Gregorian calendar.
///
/// The arithmetic counts days from 0000-03-01 in eras of 400 years (Howard Hinnant, "chrono-compatible
/// low-level date algorithms", 2014), which needs no table and no branch for leap years.
struct CivilDate {
    var year: Int64
    /// 1 to 12.
    var month: Int64
    /// 1 to 31.
    var day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSince1970: Int64) {
        let (era, dayOfEra) = (daysSince1970 + 719_468).floorDivided(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shifted.floorDivided(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    var isValid: Bool {
        guard 1 <= year, year <= 9999, 1 <= month, month <= 12, 1 <= day else { return false }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let length: Int64 =
            switch month {
            case 2: leap ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        return day <= length
    }
}

extension Int64 {
    /// Quotient and remainder with a remainder never below 0.
    func floorDivided(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        // Not `quotientAndRemainder(dividingBy:)`, which for an Int64 is a generic function of the library.
        let (quotient, remainder) = (self / divisor, self % divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
