import NIOCore
import Synchronization

/// A body that is all there, shared by the answers that have the same, so that it is compressed once for all of them.
final class WholeBody: Sendable {
    let plain: ByteBuffer
    private let effort: GzipEffort
    private let gzipped = Mutex<ByteBuffer?>(nil)

    init(_ bytes: [UInt8], effort: GzipEffort) {
        plain = ByteBuffer(bytes: bytes)
        self.effort = effort
    }

    /// Below it a packet holds the plain text as well.
    var isWorthCompressing: Bool { plain.readableBytes > 1024 }

    /// Made by the first who asks; nobody waits, so two who ask at once may both make it.
    func compressed(by compressor: Compressor) -> ByteBuffer {
        if let made = gzipped.withLock({ $0 }) { return made }
        let made = ByteBuffer(bytes: compressor.gzip(Array(plain.readableBytesView), effort))
        return gzipped.withLock { gzipped in
            let kept = gzipped ?? made
            gzipped = kept
            return kept
        }
    }
}

/// Compresses the whole bodies of a front, and counts how often.
package final class Compressor: Sendable {
    private let made = Atomic(0)

    package init() {}

    /// How many bodies were compressed so far.
    package var count: Int { made.load(ordering: .relaxed) }

    fileprivate func gzip(_ text: [UInt8], _ effort: GzipEffort) -> [UInt8] {
        made.add(1, ordering: .relaxed)
        return HTTPFront.gzip(text, effort)
    }
}
