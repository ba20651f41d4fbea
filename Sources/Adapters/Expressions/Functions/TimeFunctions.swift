import Wire

extension ExpressionValue {
    /// The instant that this text names; `zone` is that of a text that names none.
    func time(zone: LocalZone?) -> ExpressionValue {
        switch self {
        case .time: self
        case .text(""): .null
        case .text(var text):
            text.withUTF8 { Timestamp.read($0, zoneless: zone) }
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
    func date(zone: LocalZone?) -> ExpressionValue {
        guard case .text(let text) = self else { return unreadable }
        guard !text.isEmpty else { return .null }
        guard var time = Timestamp(date: text) else { return unreadable }
        let zone = zone ?? .offset(0)
        guard let offset = zone.offset(ofLocal: time.microseconds / 1_000_000) else { return unreadable }
        time.microseconds -= Int64(offset) * 1_000_000
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
