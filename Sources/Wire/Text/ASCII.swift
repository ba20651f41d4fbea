/// What a byte of UTF-8 is by itself.
extension UInt8 {
    /// `0` to `9`.
    @inlinable package var isASCIIDigit: Bool { (0x30...0x39).contains(self) }

    /// `A` to `Z` or `a` to `z`.
    @inlinable package var isASCIILetter: Bool { (0x61...0x7A).contains(self | 0x20) }

    /// A letter or a digit.
    @inlinable package var isASCIIAlphanumeric: Bool { isASCIILetter || isASCIIDigit }

    /// The value of a hexadecimal digit, capital or small; nil for anything else.
    @inlinable package var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}
