import Upstream
import Wire

extension UpstreamResponse {
    /// The pause that an answer asks for, at most a day; nil if it asks for none, or for one that cannot be
    /// read.
    ///
    /// `retry-after-ms`, as some platforms' own clients read it first, then `Retry-After` in seconds or as an
    /// HTTP date (RFC 9110 §10.2.3), which is compared with `now`; a date in the past is a pause of 0.
    func retryAfter(now: Timestamp) -> Duration? {
        let day = 86_400.0
        if let text = header("retry-after-ms"), let milliseconds = Double(spelled: text), milliseconds >= 0 {
            return .seconds(min(milliseconds / 1000, day))
        }
        guard let text = header("retry-after") else { return nil }
        if let seconds = Double(spelled: text) {
            return seconds >= 0 ? .seconds(min(seconds, day)) : nil
        }
        guard let date = Timestamp(httpDate: text) else { return nil }
        let (microseconds, overflow) = date.microseconds.subtractingReportingOverflow(now.microseconds)
        return overflow ? nil : .microseconds(min(max(0, microseconds), 86_400_000_000))
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
