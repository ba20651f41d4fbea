extension Timestamp {
    /// 1970-01-01T00:00:00Z.
    package static var epoch: Timestamp { Timestamp(microseconds: 0) }

    /// The latest instant: later than any real one.
    package static var never: Timestamp { Timestamp(microseconds: .max) }

    /// The instant `duration` later, cut to the microsecond and clamped to `Int64`.
    package func advanced(by duration: Duration) -> Timestamp {
        let step = duration.microseconds
        let (sum, overflow) = microseconds.addingReportingOverflow(step)
        return Timestamp(microseconds: overflow ? (step < 0 ? .min : .max) : sum)
    }

    /// The time from `earlier` to this instant; negative where `earlier` is later.
    package func since(_ earlier: Timestamp) -> Duration {
        .microseconds(microseconds) - .microseconds(earlier.microseconds)
    }
}

extension Duration {
    /// The duration in microseconds, cut towards zero and clamped to `Int64`.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, tooLong) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, overflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return tooLong || overflow ? (seconds < 0 ? .min : .max) : sum
    }
}
