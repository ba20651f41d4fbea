import Deployments
import Upstream
import Wire

extension UpstreamResponse {
    /// The pause that a platform's rate-limit headers call for, at most an hour; nil if requests are left.
    func pauseUntilReset(now: Timestamp) -> Duration? {
        statedPauseUntilReset(now: now).map { min($0, RequestBudget.longestPause) }
    }

    /// The same pause as the platform states it, at most 30 years.
    ///
    /// Reads `RateLimit` with `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10:
    /// `"default";r=0;t=30`; -07: `limit=9, remaining=0, reset=30`), `RateLimit-Remaining` with `-Reset`
    /// (-06), and the same with `X-`, also for requests alone (`x-ratelimit-remaining-requests`). A value
    /// that cannot be read is ignored.
    func statedPauseUntilReset(now: Timestamp) -> Duration? {
        let pairs = [
            ("ratelimit-remaining", "ratelimit-reset"), ("x-ratelimit-remaining", "x-ratelimit-reset"),
            ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
        ]
        var pauses = pairs.compactMap { remaining, reset -> Double? in
            guard header(remaining).flatMap({ Double(spelled: $0) }) == 0 else { return nil }
            return header(reset).flatMap { secondsToReset($0, now: now) }
        }
        pauses += exhaustedPolicies
        guard let longest = pauses.max(), longest > 0 else { return nil }
        return .seconds(min(longest, 1e9))
    }

    /// Seconds until the reset of each policy of `RateLimit` that has no requests left.
    private var exhaustedPolicies: [Double] {
        let windows = rateLimitItems("ratelimit-policy").reduce(into: [String: Double]()) {
            windows, item in
            if let name = item.name { windows[name] = item.values["w"] }
        }
        let items = rateLimitItems("ratelimit")
        var pauses = items.compactMap { item -> Double? in
            guard item.values["r"] == 0 else { return nil }
            return item.values["t"] ?? item.name.flatMap { windows[$0] }
        }
        let flat = items.reduce(into: [String: Double]()) { $0.merge($1.values) { first, _ in first } }
        if flat["remaining"] == 0, let reset = flat["reset"] { pauses.append(reset) }
        return pauses
    }

    /// The members of a header's list; the header may be repeated.
    private func rateLimitItems(_ name: String) -> [RateLimitItem] {
        headers.filter { $0.name == name && $0.value.utf8.count <= 1024 }
            .flatMap { pieces(of: $0.value, at: UInt8(ascii: ",")) }.map { RateLimitItem($0) }
    }
}

/// One member of a rate-limit header's list, such as `"default";r=50;t=30, "day";r=3`.
private struct RateLimitItem {
    /// The policy's name as it is written, with its quotes; nil if the member begins with a value, as
    /// `remaining=5`.
    var name: String?
    /// Values that are integers from 0; others are left out.
    var values: [String: Double] = [:]

    init(_ text: String) {
        for (index, part) in pieces(of: text, at: UInt8(ascii: ";")).enumerated() {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if sides.count == 2, !part.hasPrefix("\"") {
                let digits = sides[1].utf8
                guard (1...15).contains(digits.count), digits.allSatisfy(\.isASCIIDigit) else { continue }
                values[sides[0].lowercased()] = Double(sides[1])
            } else if index == 0 {
                name = part
            }
        }
    }
}

/// A text split at a separator outside of quotes; without spaces and tabs around the pieces.
private func pieces(of text: String, at separator: UInt8) -> [String] {
    var pieces: [[UInt8]] = [[]]
    var isQuoted = false
    var isEscaped = false
    for byte in text.utf8 {
        if byte == separator, !isQuoted {
            pieces.append([])
            continue
        }
        if byte == UInt8(ascii: "\""), !isEscaped { isQuoted.toggle() }
        isEscaped = isQuoted && !isEscaped && byte == UInt8(ascii: "\\")
        pieces[pieces.count - 1].append(byte)
    }
    return pieces.map { piece in
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let trimmed = piece.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        return String(decoding: Array(trimmed), as: UTF8.self)
    }
}

/// Reads a reset time as seconds from `now`, negative if it has passed; nil if it cannot be read.
///
/// The forms: seconds; seconds or milliseconds since 1970, if the number is too large for a pause; a pause
/// with units, such as `6m0s`; an RFC 3339 instant.
private func secondsToReset(_ text: String, now: Timestamp) -> Double? {
    let current = Double(now.microseconds) / 1e6
    if let number = Double(spelled: text) {
        switch number {
        case 0..<1e9: return number
        case 1e9..<1e11: return number - current
        case 1e11..<1e14: return number / 1000 - current
        default: return nil
        }
    }
    if let seconds = secondsWithUnits(text) { return seconds }
    return Timestamp(text).map { Double($0.microseconds) / 1e6 - current }
}

/// Reads a duration with units, such as `1s`, `6m0s`, `1h2m3.5s` or `120ms`.
private func secondsWithUnits(_ text: String) -> Double? {
    let units = ["d": 86_400, "h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9]
    guard (2...32).contains(text.utf8.count) else { return nil }
    var rest = Substring(text)
    var sum = 0.0
    while !rest.isEmpty {
        let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        rest = rest.dropFirst(number.count)
        let unit = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(unit.count)
        guard let value = Double(spelled: String(number)), let size = units[unit.lowercased()] else {
            return nil
        }
        sum += value * size
    }
    return sum
}
