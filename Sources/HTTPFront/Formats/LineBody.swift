import NIOCore
import Snapshots

/// The body of a response with a line for each row; it is made piece by piece, since all of it may be too large for
/// memory.
struct LineBody: Sendable {
    /// A part of the body.
    struct Piece: Sendable {
        var text: ByteBuffer
        /// The index of the first row of the next piece; nil if this is the last piece.
        var next: Int?
    }

    let format: ResponseFormat
    /// The number of lines without the header.
    let count: Int
    /// The lists that stay in memory as long as this body.
    let retainedLists: [SourceRows]
    /// What the sources of its rows may show; once that has changed, no more pieces are sent.
    var exposures = Exposures(of: [])
    private let makePiece: @Sendable (_ start: Int, _ size: Int) -> Piece

    /// Describes a body; `line` appends one of `count` rows with its line end.
    ///
    /// `line` may be called at any time until the body is released, and several times for one row.
    init<Writer: LineWriter>(
        _ format: ResponseFormat, count: Int, retainedLists: [SourceRows] = [],
        header: @escaping @Sendable (inout Writer) -> Void = { (_: inout Writer) in },
        line: @escaping @Sendable (_ row: Int, inout Writer) -> Void
    ) {
        self.format = format
        self.count = count
        self.retainedLists = retainedLists
        makePiece = { start, size in
            var body = BodyWriter<Writer>(reservingCapacity: size == .max ? 0 : size * 9 / 8)
            if start == 0 { header(&body.text) }
            var row = start
            // At least one row, even after a long header: otherwise the next piece would begin at the same row.
            while row < count, row == start || body.count < size {
                line(row, &body.text)
                body.flushIfFull()
                row += 1
            }
            return Piece(text: body.finish(), next: row < count ? row : nil)
        }
    }

    /// The lines from a row on, about `size` bytes and at least one row; the header comes before row 0.
    ///
    /// With a `size` of `Int.max` it has all remaining lines.
    func piece(from row: Int, size: Int) -> Piece { makePiece(row, size) }
}
