import Wire

/// The rule for the keys of an operator's labels: those of Kubernetes, and what earlier releases took.
package enum LabelKey {
    /// The rule for error texts: a sentence without its full stop.
    package static let rule =
        "a label key has 1 to 64 letters, digits, `-`, `_` or `.`, no `.` at either end, and may have a prefix "
        + "such as `app.kubernetes.io/`"

    /// The rule as a regular expression, without anchors.
    package static let pattern =
        "([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9_-]([A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?"

    /// True for a valid key: a name of at most 64 bytes, with or without a DNS name and `/` before it.
    package static func isValid(_ key: String) -> Bool {
        let parts = key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return isName(parts[0])
        case 2: return isPrefix(parts[0]) && isName(parts[1])
        default: return false
        }
    }

    private static func isName(_ name: Substring.UTF8View) -> Bool {
        guard (1...64).contains(name.count), let first = name.first, let last = name.last else {
            return false
        }
        return first.isNameByte && last.isNameByte && name.allSatisfy { $0.isNameByte || $0 == .dot }
    }

    private static func isPrefix(_ prefix: Substring.UTF8View) -> Bool {
        guard (1...253).contains(prefix.count), let first = prefix.first, let last = prefix.last else {
            return false
        }
        let isInner = { (byte: UInt8) in
            byte.isASCIILowercaseOrDigit || byte == .dot || byte == UInt8(ascii: "-")
        }
        return first.isASCIILowercaseOrDigit && last.isASCIILowercaseOrDigit && prefix.allSatisfy(isInner)
    }
}

extension UInt8 {
    fileprivate static let dot = UInt8(ascii: ".")

    fileprivate var isASCIILowercaseOrDigit: Bool { isASCIIDigit || (0x61...0x7A).contains(self) }
}

extension UInt8 {
    /// True for an ASCII letter, a digit, `-` and `_`: the bytes that names consist of.
    package var isNameByte: Bool {
        isASCIIAlphanumeric || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
    }
}
