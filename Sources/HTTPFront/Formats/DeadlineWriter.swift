import Hummingbird
import NIOCore

/// Writes to a reader no faster than it reads.
struct DeadlineWriter {
    var writer: any ResponseBodyWriter
    let channel: any Channel

    /// Returns when most of what was written before is on its way.
    ///
    /// - Throws: Where the connection ends meanwhile; it is ended here when that takes longer than until `deadline`.
    @concurrent
    mutating func write(_ bytes: ByteBuffer, until deadline: NIODeadline) async throws {
        let end = channel.eventLoop.scheduleTask(deadline: deadline) { [channel] in
            channel.close(promise: nil)
        }
        defer { end.cancel() }
        try await writer.write(bytes)
        // A write returns before the socket is asked for room; what the event loop does next comes after that, and
        // so the next write knows whether it must wait. Without this, all of an answer may pile up here.
        try await channel.eventLoop.submit {}.get()
    }
}
