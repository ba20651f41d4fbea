/// A 64-bit FNV-1a hash of a sequence of texts and numbers: the same in every process.
///
/// It tells versions of one answer apart; it is no protection against someone who wants two to look alike.
struct Fingerprint {
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte: byte) }
        // No UTF-8 text has this byte, so no two sequences of texts run together alike.
        add(byte: 0xFF)
    }

    mutating func add(_ number: Int) {
        for shift in stride(from: 0, to: 64, by: 8) {
            add(byte: UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// Eight bytes at a time, since a page of rows has a hundred thousand.
    mutating func add(_ bytes: ArraySlice<UInt8>) {
        add(bytes.count)
        bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                // Folded, so that high bits reach low ones too.
                let (high, low) = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
                hash = high ^ low ^ word
                offset += 8
            }
            while offset < bytes.count {
                add(byte: bytes[offset])
                offset += 1
            }
        }
    }

    private mutating func add(byte: UInt8) {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }

    /// A weak entity tag (RFC 9110 §8.8.3), such as `W/"00c0ffee00c0ffee"`.
    var entityTag: String {
        let hex = String(hash, radix: 16)
        return "W/\"" + String(repeating: "0", count: 16 - hex.count) + hex + "\""
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
