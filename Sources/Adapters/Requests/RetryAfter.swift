import Deployments
import Upstream
import Wire

extension UpstreamResponse {
    /// The pause that an answer asks for, at most an hour; nil if it asks for none, or for one that cannot be
    /// read.
    func retryAfter(now: Timestamp) -> Duration? {
        statedRetryAfter(now: now).map { min($0, RequestBudget.longestPause) }
    }

    /// The pause that an answer asks for, in plain words with its length; nil if it asks for none.
    func pauseInWords(now: Timestamp) -> String? {
        let pauses = [statedRetryAfter(now: now), statedPauseUntilReset(now: now)]
        guard let pause = pauses.compactMap(\.self).max(), pause > .zero else { return nil }
        let observed = RequestBudget.longestPause
        let words = "the platform requested a pause of \(pause.inSeconds)"
        return pause > observed ? "\(words), of which \(observed.inSeconds) are observed" : words
    }

    /// The pause as the platform states it, at most 30 years.
    ///
    /// `retry-after-ms`, as some platforms' own clients read it first, then `Retry-After` in seconds or as an
    /// HTTP date (RFC 9110 §10.2.3), which is compared with `now`; a date in the past is a pause of 0.
    private func statedRetryAfter(now: Timestamp) -> Duration? {
        if let text = header("retry-after-ms"), let milliseconds = Double(spelled: text), milliseconds >= 0 {
            return .seconds(min(milliseconds / 1000, 1e9))
        }
        guard let text = header("retry-after") else { return nil }
        if let seconds = Double(spelled: text) {
            return seconds >= 0 ? .seconds(min(seconds, 1e9)) : nil
        }
        guard let date = Timestamp(httpDate: text) else { return nil }
        let (microseconds, overflow) = date.microseconds.subtractingReportingOverflow(now.microseconds)
        return overflow ? nil : .microseconds(min(max(0, microseconds), 1_000_000_000_000_000))
    }
}

extension Duration {
    /// The duration in seconds, with milliseconds where it has any: `7 s`, `1.5 s`.
    var inSeconds: String {
        let milliseconds = (microseconds + 500) / 1000
        let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000)
        guard rest > 0 else { return "\(seconds) s" }
        var digits = String(String(1000 + rest).dropFirst())
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(seconds).\(digits) s"
    }
}

extension Timestamp {
    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the only form of a date that a sender may write (RFC 9110
    /// §5.6.7).
    ///
    /// The day of the week is not compared with the date.
    init?(httpDate text: String) {
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].utf8.count == 4, parts[0].hasSuffix(","), parts[5] == "GMT",
            let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        self.init("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }
}
