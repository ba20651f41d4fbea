import Deployments
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Sends answers as lines: short ones whole, others piece by piece as their readers take them.
///
/// A stream holds a few pieces, however long its answer and however slow its reader; a reader that takes too long over
/// one of them loses its connection; and only so many streams last at once.
package final class LineStreams: Sendable {
    /// How much streams may take.
    package struct Limits: Sendable {
        /// Streams at once; one more is answered 429.
        package var streams = 32
        /// About what is made and written at a time; an answer that is no longer is sent whole, and is no stream.
        package var pieceBytes = 64 * 1024
        /// How long a reader may take over one piece.
        package var patience = Duration.seconds(60)

        package init() {}
    }

    /// What streams take, and have taken.
    package struct Counts: Sendable {
        /// Streams that last.
        package var running = 0
        /// What all of them made so far, before it was compressed.
        package var bytes = 0
    }

    private let limits: Limits
    private let state = Mutex(Counts())

    package init(limits: Limits = Limits()) { self.limits = limits }

    package var counts: Counts { state.withLock { $0 } }

    /// The first piece of an answer: all of it, where it is short.
    func first(of lines: Lines) -> Lines.Piece { lines.piece(from: 0, size: limits.pieceBytes) }

    /// An answer that is made while it is sent, from its first piece on.
    ///
    /// - Throws: `too-many-requests` for a stream too many; a `HEAD` is none.
    func response(
        _ lines: Lines, from first: Lines.Piece, _ answer: Answer, to request: Request,
        on channel: any Channel
    ) throws(Problem) -> Response {
        var headers = answer.headers
        let isCompressed = request.acceptsGzip
        if isCompressed { headers[.contentEncoding] = "gzip" }
        let place = request.method == .head ? nil : try takePlace()
        return Response(
            status: answer.status, headers: headers,
            body: ResponseBody { [self] writer in
                // Given back when the response is let go, whether it was written to its end or not at all.
                defer { withExtendedLifetime(place) {} }
                var output = PatientWriter(writer: writer, channel: channel, patience: limits.patience)
                try await send(lines, first: first, isCompressed: isCompressed, to: &output)
                try await writer.finish(nil)
            })
    }

    @concurrent
    private func send(
        _ lines: Lines, first: Lines.Piece, isCompressed: Bool, to output: inout PatientWriter
    ) async throws {
        var compressed: GzipStream? = isCompressed ? GzipStream(effort: .passing) : nil
        var piece = first
        while true {
            note { $0.bytes += piece.bytes.count }
            let bytes = compressed?.compress(piece.bytes, isLast: piece.next == nil) ?? piece.bytes
            if !bytes.isEmpty { try await output.write(ByteBuffer(bytes: bytes)) }
            guard let next = piece.next else { return }
            piece = lines.piece(from: next, size: limits.pieceBytes)
        }
    }

    private func takePlace() throws(Problem) -> Place {
        let isFree = state.withLock { counts in
            guard counts.running < limits.streams else { return false }
            counts.running += 1
            return true
        }
        guard isFree else {
            var problem = Problem(
                .tooManyRequests,
                "as many lists are being sent as may be at once, \(limits.streams): try again, or ask for a page"
            )
            problem.headers[.retryAfter] = "5"
            throw problem
        }
        return Place(streams: self)
    }

    private func note(_ change: (inout Counts) -> Void) { state.withLock { change(&$0) } }

    /// One of the streams that may last at once, until nobody refers to it.
    private final class Place: Sendable {
        let streams: LineStreams

        init(streams: LineStreams) { self.streams = streams }

        deinit { streams.note { $0.running -= 1 } }
    }
}

/// Writes to a reader no faster than it reads, and no longer than it reads at all.
private struct PatientWriter {
    var writer: any ResponseBodyWriter
    let channel: any Channel
    let patience: Duration

    /// Returns when most of what was written before is on its way.
    ///
    /// - Throws: Where the connection ends meanwhile; it is ended here when that takes too long.
    @concurrent
    mutating func write(_ bytes: ByteBuffer) async throws {
        let end = channel.eventLoop.scheduleTask(in: .microseconds(patience.microseconds)) { [channel] in
            channel.close(promise: nil)
        }
        defer { end.cancel() }
        try await writer.write(bytes)
        // A write returns before the socket is asked for room; what the event loop does next comes after that, and
        // so the next write knows whether it must wait. Without this, all of an answer may pile up here.
        try await channel.eventLoop.submit {}.get()
    }
}
