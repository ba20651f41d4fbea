import CZlib

/// A whole text as one gzip member (RFC 1952): the same bytes for the same text.
///
/// A text that is made while it is sent goes through ``GzipStream``.
package func gzip(_ text: [UInt8], _ effort: GzipEffort = .kept) -> [UInt8] {
    var stream = GzipStream(effort: effort)
    return stream.compress(text, isLast: true)
}

/// How hard is tried, as zlib's level.
package enum GzipEffort: Int32, Sendable {
    /// For what one reader gets once: four fifths of the gain, at about twice the speed.
    case passing = 3
    /// For what many get.
    case kept = 6
}

/// One gzip member that is made piece by piece, in memory that does not depend on its length.
struct GzipStream: ~Copyable {
    // On the heap, since zlib refuses a stream that has moved. Only this value refers to it, and ends it.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Bytes that are made at a time.
    private static let step = 32 * 1024

    init(effort: GzipEffort) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // Fails for lack of memory alone, and there Swift's own allocations end the process too.
        precondition(czlib_begin_gzip(stream, effort.rawValue) == Z_OK, "no memory for zlib")
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Takes a piece of the text, and gives what can be sent of the member so far: nothing, for some pieces.
    ///
    /// After the last piece the member is whole, and nothing may follow.
    mutating func compress(_ piece: [UInt8], isLast: Bool) -> [UInt8] {
        var made: [UInt8] = []
        var start = 0
        repeat {
            // zlib counts in 32 bits.
            let end = min(piece.count, start + 1 << 30)
            compress(piece[start..<end], isLast: isLast && end == piece.count, to: &made)
            start = end
        } while start < piece.count
        return made
    }

    private func compress(_ piece: ArraySlice<UInt8>, isLast: Bool, to made: inout [UInt8]) {
        piece.withUnsafeBufferPointer { piece in
            // zlib only reads from it, and all of it before this closure ends: there is always room for more output.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: piece.baseAddress)
            stream.pointee.avail_in = UInt32(piece.count)
            repeat {
                made.append(addingCapacity: Self.step) { out in
                    out.withUnsafeMutableBufferPointer { buffer, count in
                        let room = buffer.count - count
                        stream.pointee.next_out = buffer.baseAddress.map { $0 + count }
                        stream.pointee.avail_out = UInt32(room)
                        deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                        count += room - Int(stream.pointee.avail_out)
                    }
                }
            } while stream.pointee.avail_out == 0
        }
    }
}
