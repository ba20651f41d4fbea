extension [UInt8] {
    /// Appends a text with every byte but RFC 3986's unreserved ones percent-encoded, in uppercase digits.
    package mutating func appendPercentEncoded(_ text: String) {
        let utf8 = text.utf8Span.span
        for index in utf8.indices {
            let byte = utf8[index]
            if byte.isUnreserved {
                append(byte)
            } else {
                append(UInt8(ascii: "%"))
                append((byte >> 4).capitalHexadecimalDigit)
                append((byte & 15).capitalHexadecimalDigit)
            }
        }
    }
}

/// Decodes a percent-encoded text once; with `plusIsSpace` a form-urlencoded one, in which `+` is a space.
///
/// - Returns: nil where `%` is not followed by two hexadecimal digits, and where the bytes are not UTF-8.
package func percentDecoded(_ text: Substring, plusIsSpace: Bool) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
        case UInt8(ascii: "%"):
            guard let high = rest.popFirst()?.hexadecimalValue, let low = rest.popFirst()?.hexadecimalValue
            else { return nil }
            bytes.append(high << 4 | low)
        default: bytes.append(byte)
        }
    }
    return String(validating: bytes, as: UTF8.self)
}

extension UInt8 {
    /// An unreserved character of RFC 3986 §2.3.
    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: isASCIIAlphanumeric
        }
    }
}
