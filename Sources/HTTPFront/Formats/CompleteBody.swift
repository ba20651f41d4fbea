import Deployments
import NIOCore
import Snapshots

/// A complete body, shared by all responses that have the same one, so that it is compressed once for all of them.
final class CompleteBody: Sendable {
    /// Uncompressed; every response gets this buffer, whose storage is shared.
    let plain: ByteBuffer
    private let effort: GzipEffort
    private let gzipped = OnceValue<ByteBuffer>()

    init(_ plain: ByteBuffer, effort: GzipEffort) {
        self.plain = plain
        self.effort = effort
    }

    /// True for more than 1024 bytes; a shorter body fits into one packet without compression.
    var isWorthCompressing: Bool { plain.readableBytes > 1024 }

    /// The body as one gzip member, which is made at the first call.
    var compressed: ByteBuffer {
        gzipped.value {
            var member = gzip(plain, effort)
            // It may be stored for long, so its unused memory is freed.
            member.shrinkBufferCapacity(to: member.readableBytes)
            return member
        }
    }
}
