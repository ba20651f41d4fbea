/// An instant, to the microsecond.
package struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    package var microseconds: Int64

    /// The instants that can be written as text: years 0001 to 9999.
    static let written = -62_135_596_800_000_000...253_402_300_799_999_999 as ClosedRange<Int64>

    /// Makes an instant from microseconds since 1970-01-01T00:00:00Z.
    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// True if `left` is the earlier instant.
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// A text such as `2026-01-31T08:30:15.250000Z`: always UTC, six fraction digits, so that text order is
    /// time order.
    ///
    /// An instant outside the years 0001 to 9999 is written as the nearest one inside.
    package var description: String {
        String(unsafeUninitializedCapacity: Self.textLength) { buffer in
            var out = OutputSpan(buffer: buffer, initializedCount: 0)
            write(to: &out)
            return out.finalize(for: buffer)
        }
    }

    /// The constant length of ``description`` in bytes.
    static let textLength = 27

    /// Appends ``description``.
    func write(to out: inout OutputSpan<UInt8>) {
        let written = min(max(microseconds, Self.written.lowerBound), Self.written.upperBound)
        let (seconds, fraction) = written.floorDivided(by: 1_000_000)
        let (day, second) = seconds.floorDivided(by: 86_400)
        let date = CivilDate(daysSince1970: day)
        // Dividing 32 bits takes a fraction of the time of 64.
        let (time, micros) = (UInt32(truncatingIfNeeded: second), UInt32(truncatingIfNeeded: fraction))
        out.append(count: Self.textLength) { text in
            text.put(pair: date.year / 100, at: 0)
            text.put(pair: date.year % 100, at: 2, before: "-")
            text.put(pair: date.month, at: 5, before: "-")
            text.put(pair: date.day, at: 8, before: "T")
            text.put(pair: time / 3600, at: 11, before: ":")
            text.put(pair: time / 60 % 60, at: 14, before: ":")
            text.put(pair: time % 60, at: 17, before: ".")
            text.put(pair: micros / 10_000, at: 20)
            text.put(pair: micros / 100 % 100, at: 22)
            text.put(pair: micros % 100, at: 24, before: "Z")
        }
    }
}

extension OutputSpan<UInt8> {
    /// Appends `count` bytes, all of which `fill` sets, with one check for room.
    fileprivate mutating func append(count: Int, fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        precondition(count <= freeCapacity)
        withUnsafeMutableBufferPointer { buffer, filled in
            fill(UnsafeMutableBufferPointer(rebasing: buffer[filled..<(filled + count)]))
            filled += count
        }
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Sets two bytes to the digits of a number below 100.
    fileprivate func put(pair value: UInt32, at index: Int) {
        self[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10)
        self[index + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
    }

    fileprivate func put(pair value: UInt32, at index: Int, before mark: Unicode.Scalar) {
        put(pair: value, at: index)
        self[index + 2] = UInt8(ascii: mark)
    }
}

/// A day of the proleptic Gregorian calendar.
///
/// The arithmetic counts days from 0000-03-01 in eras of 400 years (Howard Hinnant, "chrono-compatible
/// low-level date algorithms", 2014), which needs no table and no branch for leap years. Unsigned, since no
/// year of a ``Timestamp`` is before 1.
struct CivilDate {
    var year: UInt32
    /// 1 to 12.
    var month: UInt32
    /// 1 to 31.
    var day: UInt32

    init(year: UInt32, month: UInt32, day: UInt32) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Makes the date of a day, which must be in the years 1 to 9999.
    init(daysSince1970: Int64) {
        let days = UInt32(truncatingIfNeeded: daysSince1970 + 719_468)
        let (era, dayOfEra) = (days / 146_097, days % 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The number of days since 1970-01-01 of a valid date.
    var daysSince1970: Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = (shifted / 400, shifted % 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra) - 719_468
    }

    var isValid: Bool {
        guard 1 <= year, year <= 9999, 1 <= month, month <= 12, 1 <= day else { return false }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let length: UInt32 =
            switch month {
            case 2: leap ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        return day <= length
    }
}

extension Int64 {
    /// The quotient with a remainder that is never below 0.
    func floorDivided(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        // Not `quotientAndRemainder(dividingBy:)`, which for an Int64 is a generic function of the library.
        let (quotient, remainder) = (self / divisor, self % divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
