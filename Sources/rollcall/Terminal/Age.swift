import Wire

/// The time since an instant, in its largest unit: `45s`, `5m`, `3h`, `12d`, `2y`; `in 5m` for a later
/// instant.
func age(of time: Timestamp, at now: Timestamp) -> String {
    let (span, overflow) = now.microseconds.subtractingReportingOverflow(time.microseconds)
    guard !overflow else { return "?" }
    // The clocks of two machines may differ by seconds: a time less than a minute ahead counts as now.
    if span < 0 { return span > -60_000_000 ? "0s" : "in " + inLargestUnit(span.magnitude / 1_000_000) }
    return inLargestUnit(span.magnitude / 1_000_000)
}

private func inLargestUnit(_ seconds: UInt64) -> String {
    switch seconds {
    case ..<60: "\(seconds)s"
    case ..<3600: "\(seconds / 60)m"
    case ..<86_400: "\(seconds / 3600)h"
    case ..<(730 * 86_400): "\(seconds / 86_400)d"
    default: "\(seconds / (365 * 86_400))y"
    }
}
