import Deployments

/// A code for every row of a list, stored in as few bytes as the highest code needs.
enum RowCodes: Sendable {
    /// All codes are 0.
    case same
    case bytes([UInt8])
    case shorts([UInt16])
    case words([UInt32])

    /// Stores codes that are at most `last`.
    init(_ codes: [UInt32], last: Int) {
        if last == 0 {
            self = .same
        } else if last <= UInt8.max {
            self = .bytes(codes.map { UInt8(truncatingIfNeeded: $0) })
        } else if last <= UInt16.max {
            self = .shorts(codes.map { UInt16(truncatingIfNeeded: $0) })
        } else {
            self = .words(codes)
        }
    }

    /// The code of a row.
    subscript(row: UInt32) -> Int {
        switch self {
        case .same: 0
        case .bytes(let codes): Int(codes[Int(row)])
        case .shorts(let codes): Int(codes[Int(row)])
        case .words(let codes): Int(codes[Int(row)])
        }
    }

    /// The codes of some rows, in the rows' order.
    func of(_ rows: [UInt32]) -> [UInt32] {
        switch self {
        case .same: [UInt32](repeating: 0, count: rows.count)
        case .bytes(let codes): rows.map { UInt32(codes[Int($0)]) }
        case .shorts(let codes): rows.map { UInt32(codes[Int($0)]) }
        case .words(let codes): rows.map { codes[Int($0)] }
        }
    }

    /// Calls `body` with the position and the code of each of some rows, in order, without making an array of
    /// codes.
    @inline(__always)
    func forEach(of rows: [UInt32], _ body: (_ position: Int, _ code: Int) -> Void) {
        switch self {
        case .same: for position in rows.indices { body(position, 0) }
        case .bytes(let codes):
            for position in rows.indices { body(position, Int(codes[Int(rows[position])])) }
        case .shorts(let codes):
            for position in rows.indices { body(position, Int(codes[Int(rows[position])])) }
        case .words(let codes):
            for position in rows.indices { body(position, Int(codes[Int(rows[position])])) }
        }
    }
}
