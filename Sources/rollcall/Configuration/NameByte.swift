import Wire

extension UInt8 {
    /// Whether it is an ASCII letter, a digit, `-` or `_`: what names are made of here.
    var isNameByte: Bool { isASCIIAlphanumeric || self == UInt8(ascii: "-") || self == UInt8(ascii: "_") }

    /// Whether it is an ASCII capital.
    var isCapital: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
}
