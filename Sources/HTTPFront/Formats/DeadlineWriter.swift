import Hummingbird
import NIOCore

/// Writes a body no faster than its reader reads, up to a deadline.
struct DeadlineWriter {
    var writer: any ResponseBodyWriter
    let channel: any Channel

    /// Writes bytes, and returns once most of the earlier bytes have been sent.
    ///
    /// At `deadline` it closes the connection.
    ///
    /// - Throws: if the connection ends before it returns.
    @concurrent
    mutating func write(_ bytes: ByteBuffer, until deadline: NIODeadline) async throws {
        let end = channel.eventLoop.scheduleTask(deadline: deadline) { [channel] in
            channel.close(promise: nil)
        }
        defer { end.cancel() }
        try await writer.write(bytes)
        // A write returns before the event loop has tried to send. The next task of the event loop runs after that, so
        // the next write knows whether it must wait. Without this, a complete response may accumulate in memory.
        try await channel.eventLoop.submit {}.get()
    }
}
