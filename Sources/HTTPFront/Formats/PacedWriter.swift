import Hummingbird
import NIOCore

/// Writes a body no faster than its reader reads; ``ConnectionHandler`` ends the connection of one that is too slow.
struct PacedWriter {
    var writer: any ResponseBodyWriter
    let channel: any Channel

    /// Writes bytes, and returns once most of the earlier bytes have been sent.
    ///
    /// `text` is the number of bytes that they are compressed from, for which the reader has its time.
    ///
    /// - Throws: if the connection ends before it returns.
    @concurrent
    mutating func write(_ bytes: ByteBuffer, standingFor text: Int) async throws {
        if text > bytes.readableBytes {
            channel.triggerUserOutboundEvent(BytesSaved(count: text - bytes.readableBytes), promise: nil)
        }
        guard bytes.readableBytes > 0 else { return }
        try await writer.write(bytes)
        // A write returns before the event loop has tried to send. The next task of the event loop runs after that, so
        // the next write knows whether it must wait. Without this, a complete response may accumulate in memory.
        try await channel.eventLoop.submit {}.get()
    }
}
