import Wire

extension ExpressionValue {
    /// The instant that this text names; `zone` is in seconds east of UTC, for a text that names no zone.
    func time(zone: Int?) -> ExpressionValue {
        switch self {
        case .time: self
        case .text(""): .null
        case .text(var text):
            text.withUTF8 { Timestamp.read($0, zoneless: Timestamp.validOffset(zone)) }
                .map { ExpressionValue($0) } ?? unreadable
        case .number(let number): Timestamp.Reading(number: number).map { ExpressionValue($0) } ?? unreadable
        default: unreadable
        }
    }

    /// A time as it was read; null if it means none.
    init(_ reading: Timestamp.Reading) {
        self = reading.meansNone ? .null : .time(reading.time, zoneAssumed: reading.zoneAssumed)
    }

    /// The midnight at which this day begins, in `zone` or UTC; either way the zone is assumed.
    func date(zone: Int?) -> ExpressionValue {
        guard case .text(let text) = self else { return unreadable }
        guard !text.isEmpty else { return .null }
        guard var time = Timestamp(date: text) else { return unreadable }
        time.microseconds -= Int64(Timestamp.validOffset(zone) ?? 0) * 1_000_000
        return .time(time, zoneAssumed: true)
    }

    /// The instant this many units after 1970-01-01T00:00:00Z, in the years 0001 to 9999.
    func instant(microsecondsPerUnit: Double) -> ExpressionValue {
        withNumber { number in
            let microseconds = (number * microsecondsPerUnit).rounded()
            guard (-62_135_596_800_000_000..<253_402_300_800_000_000).contains(microseconds),
                let integer = Int64(exactly: microseconds)
            else { return unreadable }
            return .time(Timestamp(microseconds: integer), zoneAssumed: false)
        }
    }
}

extension Timestamp {
    /// The offset, if it is less than a day, as every zone's is; else nil.
    static func validOffset(_ zone: Int?) -> Int? {
        zone.flatMap { (-86_399...86_399).contains($0) ? $0 : nil }
    }
}
