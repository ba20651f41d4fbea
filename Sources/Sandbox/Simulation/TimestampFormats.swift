import Wire

extension Timestamp {
    func adding(microseconds added: Int64) -> Timestamp {
        let (sum, overflows) = microseconds.addingReportingOverflow(added)
        return Timestamp(microseconds: overflows ? microseconds : sum)
    }

    /// UTC without a zone, with six fraction digits: `2026-11-21T02:32:13.843101`.
    var naiveMicroseconds: String { String(description.dropLast()) }

    /// UTC without a zone, in whole seconds: `2023-01-26T19:33:23`.
    var naiveSeconds: String { String(description.prefix(19)) }

    /// UTC with its offset, in whole seconds: `2026-10-02T08:14:55+00:00`.
    var offsetSeconds: String { naiveSeconds + "+00:00" }

    /// UTC+8 without a zone: `2025-11-20T20:06:46.405`.
    ///
    /// The fraction has at most three digits, without trailing zeros.
    func chinaLocal(withFraction: Bool) -> String {
        let local = adding(microseconds: 8 * 3_600_000_000).description
        guard withFraction else { return String(local.prefix(19)) }
        var text = local.prefix(23)
        while text.last == "0" { text = text.dropLast() }
        return String(text.last == "." ? text.dropLast() : text)
    }
}
