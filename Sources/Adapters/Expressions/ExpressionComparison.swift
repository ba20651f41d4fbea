import Wire

/// A comparison of two values.
enum ExpressionComparison: String, Sendable, CaseIterable {
    // Longer operators first: the parser takes the first that fits.
    case equal = "=="
    case notEqual = "!="
    case atMost = "<="
    case atLeast = ">="
    case less = "<"
    case greater = ">"

    func holds(_ left: ExpressionValue, _ right: ExpressionValue) -> Bool {
        switch self {
        case .equal: left.isSame(as: right)
        case .notEqual: !left.isSame(as: right)
        case .atMost: left.order(to: right).map { $0 <= 0 } ?? false
        case .atLeast: left.order(to: right).map { $0 >= 0 } ?? false
        case .less: left.order(to: right).map { $0 < 0 } ?? false
        case .greater: left.order(to: right).map { $0 > 0 } ?? false
        }
    }
}

extension ExpressionValue {
    /// True if two scalars are equal; null equals null, and objects, arrays and lists equal nothing.
    func isSame(as other: ExpressionValue) -> Bool {
        switch (self, other) {
        case (.null, .null), (.null, .mismatch), (.mismatch, .null), (.mismatch, .mismatch): true
        case (.bool(let left), .bool(let right)): left == right
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        default: order(to: other) == 0
        }
    }

    /// Below 0, 0 or above 0; nil if the two have no order.
    ///
    /// Numbers are compared by value, also with a text that spells a number; texts by UTF-8 bytes; times by
    /// instant.
    func order(to other: ExpressionValue) -> Int? {
        switch (self, other) {
        case (.number(let left), .number(let right)): order(left, right)
        case (.number(let left), .text(let right)): Double(spelled: right).flatMap { order(left, $0) }
        case (.text(let left), .number(let right)): Double(spelled: left).flatMap { order($0, right) }
        case (.time(let left, _), .time(let right, _)): order(left, right)
        case (.text(let left), .text(let right)):
            if left.utf8.elementsEqual(right.utf8) {
                0
            } else {
                left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
            }
        default: nil
        }
    }

    private func order<Value: Comparable>(_ left: Value, _ right: Value) -> Int? {
        if left == right { return 0 }
        return left < right ? -1 : 1
    }
}

extension Double {
    /// Reads a text that is a decimal number, such as `-1.5e3`; nil for anything else.
    ///
    /// Stricter than `Double(_:)`, which also takes hexadecimal, `inf` and `nan`.
    init?(spelled text: String) {
        guard (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0.isASCIIDigit || "+-.eE".utf8.contains($0) }),
            let value = Double(text), value.isFinite
        else { return nil }
        self = value
    }
}
