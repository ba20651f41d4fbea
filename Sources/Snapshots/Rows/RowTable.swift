package import Deployments
import Wire

/// The rows of a source in the order of their keys, each key once.
///
/// In memory they lie in pieces, in the order in which they were listed, which is about that in which their
/// records were made: in the order of their keys, most of the time of settling and encoding them would go into
/// waiting for memory.
package struct RowTable: RandomAccessCollection, Sendable {
    /// Rows a piece: few enough that cores share a list evenly, and that no piece is a large allocation.
    static let pieceLimit = 2048

    private let pieces: [[ModelDeployment]]
    /// For each row, the place that it had in the list.
    private let places: [UInt32]

    init(pieces: [[ModelDeployment]], places: [Int]) {
        self.pieces = pieces
        self.places = places.map { UInt32($0) }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { places.count }

    package subscript(index: Int) -> ModelDeployment {
        _read {
            let (piece, place) = place(of: index)
            yield pieces[piece][place]
        }
    }

    /// In which piece a row stands, and where in that.
    func place(of index: Int) -> (piece: Int, place: Int) {
        let (piece, place) = Int(places[index]).quotientAndRemainder(dividingBy: Self.pieceLimit)
        return (piece, place)
    }

    /// The ranges of a list that become its pieces.
    static func ranges(of listed: [ModelDeployment]) -> [Range<Int>] {
        stride(from: 0, to: listed.count, by: pieceLimit).map {
            $0..<Swift.min($0 + pieceLimit, listed.count)
        }
    }

    var pieceCount: Int { pieces.count }

    /// Appends values of the records at some places of a piece, those included whose key came before.
    ///
    /// They are read as they lie in memory: in the order of the rows, this would take several times as long.
    func read<Value>(
        piece: Int, places: Range<Int>, _ value: (borrowing ModelDeployment) -> Value,
        to values: inout [Value]
    ) {
        // By index: a row taken out of its array is retained.
        for place in places.clamped(to: pieces[piece].indices) {
            values.append(value(pieces[piece][place]))
        }
    }

    /// For each row, what stands at the place that it had in the list.
    func ordered<Value>(_ listed: [Value]) -> [Value] { places.map { listed[Int($0)] } }
}

extension RowTable: Equatable {
    package static func == (left: RowTable, right: RowTable) -> Bool {
        left.count == right.count && left.indices.allSatisfy { left[$0] == right[$0] }
    }
}
