import Wire

/// The rule for the keys of an operator's labels.
package enum LabelKey {
    /// The rule for error texts: a sentence without its full stop.
    package static let rule = "a label key has 1 to 64 letters, digits, `-` or `_`"

    /// The rule as a regular expression, without anchors.
    package static let pattern = "[A-Za-z0-9_-]{1,64}"

    /// True for a valid key.
    ///
    /// A dot is not allowed, since `labels.a.like` could then be the label `a.like` or the operator `like` on
    /// `a`.
    package static func isValid(_ key: String) -> Bool {
        (1...64).contains(key.utf8.count) && key.utf8.allSatisfy(\.isNameByte)
    }
}

extension UInt8 {
    /// True for an ASCII letter, a digit, `-` and `_`: the bytes that names consist of.
    package var isNameByte: Bool {
        isASCIIAlphanumeric || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
    }
}
