import CZlib
package import NIOCore

/// Compresses a complete text as one gzip member (RFC 1952): the same bytes for the same text.
///
/// For a text that is made while it is sent, see ``GzipStream``.
package func gzip(_ text: ByteBuffer, _ effort: GzipEffort = .standard) -> ByteBuffer {
    var stream = GzipStream(effort: effort)
    return stream.compress(text, isLast: true)
}

/// The effort of a compression, as zlib's level.
package enum GzipEffort: Int32, Sendable {
    /// For a body with one reader: four fifths of the size reduction, at about twice the speed.
    case fast = 3
    /// For a body that several requests may share.
    case standard = 6
}

/// One gzip member that is made piece by piece, in memory that does not depend on its length.
struct GzipStream: ~Copyable {
    // On the heap, since zlib refuses a stream that has moved. Only this value refers to it, and frees it.
    private let stream: UnsafeMutablePointer<z_stream>
    /// The minimum space for output, in bytes.
    private static let step = 32 * 1024

    init(effort: GzipEffort) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // It fails only if there is no memory, which also makes Swift's own allocations end the process.
        precondition(czlib_begin_gzip(stream, effort.rawValue) == Z_OK, "no memory for zlib")
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Compresses a piece of the text, and returns the part of the member that can be sent now, which may be empty.
    ///
    /// After the last piece the member is complete, and no other call may follow.
    mutating func compress(_ piece: ByteBuffer, isLast: Bool) -> ByteBuffer {
        var member = ByteBuffer()
        piece.withUnsafeReadableBytes { bytes in
            var start = 0
            repeat {
                // zlib counts in 32 bits.
                let end = min(bytes.count, start + 1 << 30)
                compress(bytes[start..<end], isLast: isLast && end == bytes.count, to: &member)
                start = end
            } while start < bytes.count
        }
        return member
    }

    private func compress(_ bytes: Slice<UnsafeRawBufferPointer>, isLast: Bool, to member: inout ByteBuffer) {
        let bytes = UnsafeRawBufferPointer(rebasing: bytes)
        // zlib only reads these bytes, and it reads all of them before this function ends, since output space is
        // always available.
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: start)
        stream.pointee.avail_in = UInt32(bytes.count)
        repeat {
            member.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.step) { room in
                let size = min(room.count, 1 << 30)
                stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = UInt32(size)
                deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                return size - Int(stream.pointee.avail_out)
            }
        } while stream.pointee.avail_out == 0
    }
}
