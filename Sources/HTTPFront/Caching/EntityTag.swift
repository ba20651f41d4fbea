import Wire

extension Fingerprint {
    /// A weak entity tag (RFC 9110 §8.8.3), such as `W/"00c0ffee00c0ffee"`.
    var entityTag: String { "W/\"\(hash.hexadecimalDigits)\"" }
}

/// True if an `If-None-Match` header names a tag: it is `*`, or a list that contains the tag, compared weakly (RFC 9110
/// §13.1.2).
func isMatched(_ entityTag: String, by ifNoneMatch: String) -> Bool {
    let quote = UInt8(ascii: "\"")
    let opaque = entityTag.utf8.drop { $0 != quote }
    var rest = ifNoneMatch.utf8.drop { $0 == UInt8(ascii: " ") }
    if rest.elementsEqual("*".utf8) { return true }
    while let open = rest.firstIndex(of: quote) {
        let inner = rest[rest.index(after: open)...]
        guard let close = inner.firstIndex(of: quote) else { return false }
        if rest[open...close].elementsEqual(opaque) { return true }
        rest = rest[rest.index(after: close)...]
    }
    return false
}
