import Wire

/// What the key of an operator's label may be.
package enum LabelKey {
    /// For errors: a sentence without its full stop.
    package static let rule = "a label's key is made of letters, digits, - and _, at most 64 of them"

    /// The rule as a regular expression, without anchors.
    package static let pattern = "[A-Za-z0-9_-]{1,64}"

    /// No dot: `labels.a.like` would be two things, the label `a.like` or an operator on `a`.
    package static func isOne(_ key: String) -> Bool {
        (1...64).contains(key.utf8.count) && key.utf8.allSatisfy(\.isNameByte)
    }
}

extension UInt8 {
    /// Whether it is an ASCII letter, a digit, `-` or `_`: what names are made of here.
    package var isNameByte: Bool {
        isASCIIAlphanumeric || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
    }
}
