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
        let written = min(max(microseconds, Self.written.lowerBound), Self.written.upperBound)
        return String(unsafeUninitializedCapacity: 27) { buffer in
            let (seconds, fraction) = written.floorDivided(by: 1_000_000)
            let (day, second) = seconds.floorDivided(by: 86_400)
            let date = CivilDate(daysSince1970: day)
            var at = 0
            func digits(_ value: Int64, _ width: Int, then mark: Unicode.Scalar) {
                var rest = value
                for place in stride(from: at + width - 1, through: at, by: -1) {
                    buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
                buffer[at + width] = UInt8(ascii: mark)
                at += width + 1
            }
            digits(date.year, 4, then: "-")
            digits(date.month, 2, then: "-")
            digits(date.day, 2, then: "T")
            digits(second / 3600, 2, then: ":")
            digits(second / 60 % 60, 2, then: ":")
            digits(second % 60, 2, then: ".")
            digits(fraction, 6, then: "Z")
            return at
        }
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
        guard (1...12).contains(month), day >= 1 else { return false }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...9999).contains(year) && day <= lengths[Int(month) - 1]
    }
}

extension Int64 {
    /// Quotient and remainder with a remainder never below 0.
    func floorDivided(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
