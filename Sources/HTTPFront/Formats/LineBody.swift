import Deployments
import Snapshots
import Wire

/// Writes texts about rows, one after the other, into one buffer.
protocol LineWriter: Sendable {
    init(reservingCapacity: Int)
    var bytes: [UInt8] { get }
}

extension JSONWriter: LineWriter {}
extension CSVWriter: LineWriter {}

/// The text of an answer that has a line for each row, made piece by piece: all of it may be more than memory bears.
struct LineBody: Sendable {
    /// Some of the text.
    struct Piece: Sendable {
        var bytes: [UInt8]
        /// The row that the next piece begins with; nil where this is the last.
        var next: Int?
    }

    let form: ResponseFormat
    /// How many lines there are, but for the header.
    let count: Int
    /// The lists that are kept as long as this is.
    let holding: [SourceRows]
    private let makePiece: @Sendable (_ start: Int, _ size: Int) -> Piece

    /// `line` appends one of `count` rows with its line's end, whenever and however often it is asked to.
    init<Writer: LineWriter>(
        _ form: ResponseFormat, count: Int, holding: [SourceRows] = [],
        header: @escaping @Sendable (inout Writer) -> Void = { (_: inout Writer) in },
        line: @escaping @Sendable (_ row: Int, inout Writer) -> Void
    ) {
        self.form = form
        self.count = count
        self.holding = holding
        makePiece = { start, size in
            var writer = Writer(reservingCapacity: min(size, 64 * 1024) * 9 / 8)
            if start == 0 { header(&writer) }
            var row = start
            // One row at least, however long the header is: else the next piece would be this one again.
            while row < count, row == start || writer.bytes.count < size {
                line(row, &writer)
                row += 1
            }
            return Piece(bytes: writer.bytes, next: row < count ? row : nil)
        }
    }

    /// The lines from a row on, header included where that is the first: about `size` bytes, at least one row.
    func piece(from row: Int, size: Int) -> Piece { makePiece(row, size) }
}
