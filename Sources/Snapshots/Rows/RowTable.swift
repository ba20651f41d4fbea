import Deployments

/// The rows of a source in the order of their keys, each key once.
package struct RowTable: Sendable {
    package let storage: any RowStorage
    /// By row, the position that its record had in the list.
    let positions: [UInt32]

    init(_ storage: any RowStorage, order: [Int]) {
        self.storage = storage
        positions = order.map { UInt32($0) }
    }

    package var count: Int { positions.count }
    package var isEmpty: Bool { positions.isEmpty }
    package var indices: Range<Int> { positions.indices }

    /// Where a row's record stands.
    package func location(of row: Int) -> RowLocation { RowLocation(positions[row]) }

    func uid(_ row: Int) -> String { storage.uid(at: location(of: row)) }

    func version(_ row: Int) -> Int? { storage.version(at: location(of: row)) }

    /// For each row, what stands at the position that its record had in the list.
    func ordered<Value>(_ listed: [Value]) -> [Value] { positions.map { listed[Int($0)] } }

    /// True where both hold the same records.
    func isSame(as other: RowTable) -> Bool { storage.isSame(positions, as: other.storage, other.positions) }

    /// How many of these rows' keys `newer` has not.
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
