import Wire

extension Fingerprint {
    /// A weak entity tag (RFC 9110 §8.8.3), such as `W/"00c0ffee00c0ffee"`.
    var entityTag: String { "W/\"\(hash.sixteenDigits)\"" }
}

extension UInt64 {
    /// Hexadecimal in lower case, zeros before it.
    var sixteenDigits: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Whether an `If-None-Match` header names a tag: `*`, or a list compared weakly (RFC 9110 §13.1.2).
func isMatched(_ entityTag: String, by ifNoneMatch: String) -> Bool {
    let opaque = entityTag.drop { $0 != "\"" }
    var rest = ifNoneMatch[...].drop { $0 == " " }
    if rest == "*" { return true }
    while let open = rest.firstIndex(of: "\"") {
        let inner = rest[rest.index(after: open)...]
        guard let close = inner.firstIndex(of: "\"") else { return false }
        if rest[open...close] == opaque { return true }
        rest = rest[rest.index(after: close)...]
    }
    return false
}
