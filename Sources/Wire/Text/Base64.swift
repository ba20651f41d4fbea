/// Base64 (RFC 4648) with one of its two alphabets.
package struct Base64: Sendable {
    private let alphabet: [UInt8]
    private let isPadded: Bool

    /// The alphabet of §4 with `+` and `/`, padded with `=`.
    package static let standard = Base64(last: "+/", isPadded: true)
    /// The alphabet of §5 with `-` and `_`, which needs no escape in a URL; without padding.
    package static let urlSafe = Base64(last: "-_", isPadded: false)

    private init(last: String, isPadded: Bool) {
        alphabet = Array(
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last).utf8)
        self.isPadded = isPadded
    }

    /// The text of some bytes.
    package func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0..<4 {
                if index <= group.count {
                    text.append(alphabet[bits >> (18 - 6 * index) & 63])
                } else if isPadded {
                    text.append(UInt8(ascii: "="))
                }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text; nil for a text that ``encode(_:)`` would not give for any bytes.
    package func decode(_ text: String) -> [UInt8]? {
        var digits = text.utf8[...]
        if isPadded {
            guard digits.count % 4 == 0 else { return nil }
            for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() }
        }
        guard digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        var (bits, count) = (0, 0)
        for digit in digits {
            guard let value = alphabet.firstIndex(of: digit) else { return nil }
            bits = bits << 6 | value
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            bits &= 1 << count - 1
        }
        return bits == 0 ? bytes : nil
    }
}
