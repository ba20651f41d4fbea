extension UInt8 {
    /// The value of a hexadecimal digit, uppercase or lowercase; nil for anything else.
    @inlinable package var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }

    /// The lowercase hexadecimal digit of a number below 16.
    var hexadecimalDigit: UInt8 { self < 10 ? UInt8(ascii: "0") + self : UInt8(ascii: "a") + self - 10 }

    /// The uppercase hexadecimal digit of a number below 16.
    var capitalHexadecimalDigit: UInt8 {
        self < 10 ? UInt8(ascii: "0") + self : UInt8(ascii: "A") + self - 10
    }
}

extension UInt64 {
    /// The number's 16 hexadecimal digits, lowercase and with leading zeros.
    package var hexadecimalDigits: String { hexadecimal(digits: 16) }

    /// The number's lowest hexadecimal digits, 1 to 16, lowercase and with leading zeros.
    package func hexadecimal(digits count: Int) -> String {
        String(unsafeUninitializedCapacity: count) { digits in
            // Every byte is set, each to an ASCII digit or letter.
            for index in 0..<count {
                digits[index] =
                    (UInt8(truncatingIfNeeded: self >> UInt64(4 * (count - 1 - index))) & 15).hexadecimalDigit
            }
            return count
        }
    }
}
