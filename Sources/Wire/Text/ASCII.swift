/// The kind of a single byte of UTF-8.
extension UInt8 {
    /// `0` to `9`.
    @inlinable package var isASCIIDigit: Bool { (0x30...0x39).contains(self) }

    /// `A` to `Z`.
    @inlinable package var isASCIICapital: Bool { (0x41...0x5A).contains(self) }

    /// `A` to `Z` or `a` to `z`.
    @inlinable package var isASCIILetter: Bool { (0x61...0x7A).contains(self | 0x20) }

    /// A letter or a digit.
    @inlinable package var isASCIIAlphanumeric: Bool { isASCIILetter || isASCIIDigit }
}
