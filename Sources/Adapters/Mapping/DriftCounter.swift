import Deployments
import Wire

/// Counts the values of one fetch that did not fit their fields.
struct DriftCounter: Sendable {
    private var entries: [String: (value: String, rows: Int)] = [:]
    private var order: [String] = []

    mutating func count(_ field: String, _ value: @autoclosure () -> String, rows: Int = 1) {
        if entries[field] != nil {
            entries[field]?.rows += rows
        } else {
            entries[field] = (value(), rows)
            order.append(field)
        }
    }

    mutating func add(_ other: DriftCounter) {
        for drift in other.drift { count(drift.field, drift.value, rows: drift.rows) }
    }

    /// One entry per field, in the order of their first values.
    var drift: [Drift] {
        order.compactMap { field in
            entries[field].map { Drift(field: field, value: $0.value, rows: $0.rows) }
        }
    }
}

extension ExpressionValue {
    /// A value as a drift entry shows it: a scalar, at most 64 characters and without control characters, or
    /// its kind.
    var shortText: String {
        switch self {
        case .null: "nothing"
        case .bool(let bool): "\(bool)"
        case .number(let number): Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        case .text(let text): cut(text)
        case .time(let time, _): time.description
        case .node(let node): node.kind == .array ? "an array" : "an object"
        case .list: "a list"
        case .mismatch(let note): cut(note)
        }
    }

    private func cut(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(64).map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
        return String(String.UnicodeScalarView(shown))
    }
}
