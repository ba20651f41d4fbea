import Deployments
import Wire

/// The order of two values of one field; null is not ordered against other values.
enum Order {
    case ascending, same, descending
    /// Exactly one of them is null.
    case nullFirst, nullSecond
}

/// Compares two values of one field: strings by their UTF-8 bytes, and NaN after every number.
func order(_ left: FieldValue, _ right: FieldValue) -> Order {
    func of<Value: Comparable>(_ a: Value, _ b: Value) -> Order {
        a == b ? .same : a < b ? .ascending : .descending
    }
    return switch (left, right) {
    case (.null, .null): .same
    case (.null, _): .nullFirst
    case (_, .null): .nullSecond
    case (.number(let a), .number(let b)): of(a.orderedBits, b.orderedBits)
    case (.time(let a), .time(let b)): of(a, b)
    case (.bool(let a), .bool(let b)): of(a ? 1 : 0, b ? 1 : 0)
    case (.text(let a), .text(let b)):
        switch ByteComparison(a, b) {
        case .before: .ascending
        case .same: .same
        case .after: .descending
        }
    default: .nullSecond
    }
}

extension PackedStrings {
    /// Appends bytes whose order is that of `order(_:_:)`, for values of one field; no bytes for null.
    mutating func append(_ value: FieldValue) {
        switch value {
        case .null: append("")
        case .text(let text): append(text)
        case .number(let number): append(number.orderedBits)
        case .time(let time): append(UInt64(bitPattern: time.microseconds) ^ 1 << 63)
        case .bool(let bool): append(bool ? 1 : 0 as UInt64)
        }
    }
}

extension Double {
    /// Bits that sort in the order of the numbers; both zeros are equal, and NaN is the highest.
    fileprivate var orderedBits: UInt64 {
        guard !isNaN else { return .max }
        let bits = (self + 0).bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }
}
