import Deployments

/// The rows of a source in the order of their keys, each key once.
package struct RowTable: Sendable {
    /// The records.
    package let storage: any RowStorage
    /// The position of each row's record in the list.
    let positions: [UInt32]

    init(_ storage: any RowStorage, order: [Int]) {
        self.storage = storage
        positions = order.map { UInt32($0) }
    }

    /// The number of rows, each key counted once.
    package var count: Int { positions.count }
    /// True if the source has no rows.
    package var isEmpty: Bool { positions.isEmpty }
    /// The rows' indices, which follow the order of the keys.
    package var indices: Range<Int> { positions.indices }

    /// The location of a row's record.
    package func location(of row: Int) -> RowLocation { RowLocation(positions[row]) }

    func uid(_ row: Int) -> String { storage.uid(at: location(of: row)) }

    func version(_ row: Int) -> Int? { storage.version(at: location(of: row)) }

    /// Values that are given in the order of the list, in the order of the rows.
    func ordered<Value>(_ listed: [Value]) -> [Value] { positions.map { listed[Int($0)] } }

    /// True if both have the same records.
    func isSame(as other: RowTable) -> Bool { storage.isSame(positions, as: other.storage, other.positions) }

    /// The number of these rows' keys that `newer` does not have.
    func count(missingFrom newer: RowTable) -> Int {
        storage.count(positions, missingFrom: newer.storage, newer.positions)
    }
}

extension RowLocation {
    /// The ranges of a list that become its pieces.
    static func ranges(of count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: pieceLimit).map { $0..<Swift.min($0 + pieceLimit, count) }
    }
}
