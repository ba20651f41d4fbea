import Hummingbird
import NIOCore

/// Writes a body no faster than its reader reads, up to a deadline.
struct DeadlineWriter {
    var writer: any ResponseBodyWriter
    let channel: any Channel

    /// Returns once most of what was written before is on its way.
    ///
    /// - Throws: If the connection ends meanwhile; at `deadline` it is closed here.
    @concurrent
    mutating func write(_ bytes: ByteBuffer, until deadline: NIODeadline) async throws {
        let end = channel.eventLoop.scheduleTask(deadline: deadline) { [channel] in
            channel.close(promise: nil)
        }
        defer { end.cancel() }
        try await writer.write(bytes)
        // A write returns before the socket is asked for room. What the event loop does next comes after that, so the
        // next write knows whether it must wait. Without this, all of a response may pile up here.
        try await channel.eventLoop.submit {}.get()
    }
}
