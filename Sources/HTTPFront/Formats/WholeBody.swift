import Deployments
import NIOCore
import Snapshots

/// A complete body, shared by all responses that have the same one, so that it is compressed once for all of them.
final class WholeBody: Sendable {
    /// Uncompressed; every response gets this buffer, whose storage is shared.
    let plain: ByteBuffer
    private let effort: GzipEffort
    private let gzipped = OnceValue<ByteBuffer>()

    init(_ plain: ByteBuffer, effort: GzipEffort) {
        self.plain = plain
        self.effort = effort
    }

    /// False for a body that a packet holds uncompressed as well.
    var isWorthCompressing: Bool { plain.readableBytes > 1024 }

    /// As one gzip member, made at the first call.
    var compressed: ByteBuffer {
        gzipped.value {
            var member = gzip(plain, effort)
            // It may be kept for long: without the room that was left for more.
            member.shrinkBufferCapacity(to: member.readableBytes)
            return member
        }
    }
}
