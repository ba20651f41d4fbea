import NIOCore
import Snapshots

/// The body of a response with a line for each row, made piece by piece: all of it may be too much for memory.
struct LineBody: Sendable {
    /// A part of the body.
    struct Piece: Sendable {
        var text: ByteBuffer
        /// The row that the next piece begins with; nil if this is the last piece.
        var next: Int?
    }

    let format: ResponseFormat
    /// The number of lines without the header.
    let count: Int
    /// The lists that stay in memory as long as this body.
    let holding: [SourceRows]
    private let makePiece: @Sendable (_ start: Int, _ size: Int) -> Piece

    /// `line` appends one of `count` rows with its line end; it is called whenever and as often as needed.
    init<Writer: LineWriter>(
        _ format: ResponseFormat, count: Int, holding: [SourceRows] = [],
        header: @escaping @Sendable (inout Writer) -> Void = { (_: inout Writer) in },
        line: @escaping @Sendable (_ row: Int, inout Writer) -> Void
    ) {
        self.format = format
        self.count = count
        self.holding = holding
        makePiece = { start, size in
            var body = BodyWriter<Writer>(reservingCapacity: size == .max ? 0 : size * 9 / 8)
            if start == 0 { header(&body.text) }
            var row = start
            // At least one row, however long the header is: otherwise the next piece would be this one again.
            while row < count, row == start || body.count < size {
                line(row, &body.text)
                body.flushIfFull()
                row += 1
            }
            return Piece(text: body.finish(), next: row < count ? row : nil)
        }
    }

    /// The lines from a row on, with the header if that is the first: about `size` bytes, at least one row.
    ///
    /// A `size` of `Int.max` gives all lines.
    func piece(from row: Int, size: Int) -> Piece { makePiece(row, size) }
}
