extension UInt8 {
    /// Whether it is an ASCII capital.
    var isCapital: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
}
