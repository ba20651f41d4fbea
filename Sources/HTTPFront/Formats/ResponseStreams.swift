import Deployments
import HTTPTypes
import Hummingbird
import NIOCore
import Snapshots
import Synchronization

/// Sends answers as lines: short ones whole, others piece by piece as their readers take them.
///
/// A stream holds a few pieces and the lists that its rows are of, however long its answer. A reader that takes too
/// long, over one piece or over all so far, loses its connection, and so do old streams where all together would hold
/// too many rows that are no longer the newest; and only so many streams last at once.
package final class ResponseStreams: Sendable {
    /// How much streams may take.
    package struct Limits: Sendable {
        /// Streams at once; one more is answered 429.
        package var streams = 32
        /// About what is made and written at a time; an answer that is no longer is sent whole, and is no stream.
        package var pieceBytes = 64 * 1024
        /// An answer of so many rows, which is a page of the greatest size, is sent whole too, as it is in JSON.
        package var wholeRows = 1000
        /// How long a reader may take over one piece; over all so far, this and a second for each ``bytesPerSecond``.
        package var patience = Duration.seconds(60)
        /// Of the text before it is compressed, so that a list has the same time in either way.
        package var bytesPerSecond = 64 * 1024
        /// Rows of lists that are not the newest, of all streams together, shared lists counted once.
        ///
        /// Those that the latest of such streams holds are not counted, so that what began just before a refresh need
        /// not end. Judged when a stream begins: what is held stays below this and the rows of two snapshots.
        package var oldRows = 250_000

        /// A body that is made already is written at once up to so many bytes.
        package var atOnceBytes = 256 * 1024

        package init() {}

        /// When a reader must have taken what is written now, once so much was made since the beginning.
        func deadline(after bytes: Int, since begin: NIODeadline) -> NIODeadline {
            min(begin + TimeAmount(end(after: bytes)), .now() + TimeAmount(patience))
        }

        /// How long after its beginning a stream ends at the latest, once so much of its text was made.
        package func end(after bytes: Int) -> Duration {
            patience + .milliseconds(bytes * 1000 / bytesPerSecond)
        }
    }

    /// What streams take, and have taken.
    package struct Counts: Sendable {
        /// Streams that last.
        package var running = 0
        /// What all of them made so far, before it was compressed.
        package var bytes = 0
    }

    private let limits: Limits
    private let state = Mutex(State())

    package init(limits: Limits = Limits()) { self.limits = limits }

    package var counts: Counts {
        state.withLock { Counts(running: $0.running.count, bytes: $0.bytes) }
    }

    /// The first piece of an answer: all of it, where it is no stream.
    func first(of lines: LineBody) -> LineBody.Piece {
        lines.piece(from: 0, size: lines.count <= limits.wholeRows ? .max : limits.pieceBytes)
    }

    /// An answer that is made while it is sent, from its first piece on; `newest` is what is published now.
    ///
    /// - Throws: `too-many-requests` for a stream too many; a `HEAD` is none.
    func response(
        _ lines: LineBody, from first: LineBody.Piece, _ answer: RouteResponse, to request: Request,
        on channel: any Channel, newest: Snapshot
    ) throws(Problem) -> Response {
        var headers = answer.headers
        let isCompressed = request.acceptsGzip
        if isCompressed { headers[.contentEncoding] = "gzip" }
        let place = request.method == .head ? nil : try takePlace(for: lines, on: channel, newest)
        return Response(
            status: answer.status, headers: headers,
            body: ResponseBody { [self] writer in
                // Given back when the response is let go, whether it was written to its end or not at all.
                defer { withExtendedLifetime(place) {} }
                var output = DeadlineWriter(writer: writer, channel: channel)
                try await send(lines, first: first, isCompressed: isCompressed, to: &output)
                try await writer.finish(nil)
            })
    }

    /// A body that is made already, sent with the same patience: piece by piece where it is long.
    ///
    /// Hummingbird gives a whole body's reader the time in which a connection may be idle, however much it reads.
    func body(_ bytes: ByteBuffer, on channel: any Channel) -> ResponseBody {
        guard bytes.readableBytes > limits.atOnceBytes else { return ResponseBody(byteBuffer: bytes) }
        return ResponseBody(contentLength: bytes.readableBytes) { [limits] writer in
            var output = DeadlineWriter(writer: writer, channel: channel)
            var rest = bytes
            let begin = NIODeadline.now()
            while let piece = rest.readSlice(length: min(limits.pieceBytes, rest.readableBytes)),
                piece.readableBytes > 0
            {
                try await output.write(piece, until: limits.deadline(after: rest.readerIndex, since: begin))
            }
            try await writer.finish(nil)
        }
    }

    @concurrent
    private func send(
        _ lines: LineBody, first: LineBody.Piece, isCompressed: Bool, to output: inout DeadlineWriter
    ) async throws {
        var compressed: GzipStream? = isCompressed ? GzipStream(effort: .passing) : nil
        var piece = first
        var made = 0
        let begin = NIODeadline.now()
        while true {
            let count = piece.bytes.count
            made += count
            state.withLock { $0.bytes += count }
            let bytes = compressed?.compress(piece.bytes, isLast: piece.next == nil) ?? piece.bytes
            if !bytes.isEmpty {
                try await output.write(
                    ByteBuffer(bytes: bytes), until: limits.deadline(after: made, since: begin))
            }
            guard let next = piece.next else { return }
            piece = lines.piece(from: next, size: limits.pieceBytes)
        }
    }

    private func takePlace(
        for lines: LineBody, on channel: any Channel, _ newest: Snapshot
    ) throws(Problem) -> Place {
        let (place, ending) = state.withLock { state -> (Place?, [Running]) in
            guard state.running.count < limits.streams else { return (nil, []) }
            let ending = state.end(beyond: limits.oldRows, sparing: newest.lists + lines.holding)
            state.begun += 1
            state.running.append(Running(number: state.begun, channel: channel, lists: lines.holding))
            return (Place(streams: self, number: state.begun), ending)
        }
        for stream in ending {
            stream.channel.eventLoop.execute { [self] in
                // What the connection does after the stream is none of its business.
                guard isRunning(stream.number) else { return }
                stream.channel.close(promise: nil)
            }
        }
        guard let place else {
            var problem = Problem(
                .tooManyRequests,
                "as many lists are being sent as may be at once, \(limits.streams): try again, or ask for a page"
            )
            problem.headers[.retryAfter] = "5"
            throw problem
        }
        return place
    }

    private func isRunning(_ number: Int) -> Bool {
        state.withLock { $0.running.contains { $0.number == number } }
    }

    /// One of the streams that may last at once, until nobody refers to it.
    private final class Place: Sendable {
        private let streams: ResponseStreams
        private let number: Int

        init(streams: ResponseStreams, number: Int) {
            self.streams = streams
            self.number = number
        }

        deinit { streams.state.withLock { $0.running.removeAll { $0.number == number } } }
    }
}

/// A stream that lasts.
private struct Running: Sendable {
    /// Counted from the first stream.
    let number: Int
    let channel: any Channel
    let lists: [SourceRows]
    /// Whether its connection is being closed.
    var isEnding = false

    /// How many rows only it holds, beside what is counted.
    func rows(beside counted: Set<ObjectIdentifier>) -> Int {
        lists.reduce(0) { counted.contains(ObjectIdentifier($1)) ? $0 : $0 + $1.rows.count }
    }
}

private struct State: Sendable {
    /// In the order in which they began.
    var running: [Running] = []
    var begun = 0
    /// What all of them made so far.
    var bytes = 0

    /// The streams to end, so that the others hold no more rows than this beside those of some lists, and those of the
    /// latest stream that holds others.
    mutating func end(beyond limit: Int, sparing newest: [SourceRows]) -> [Running] {
        var counted = Set(newest.map { ObjectIdentifier($0) })
        var left: Int?
        var ending: [Running] = []
        for index in running.indices.reversed() where !running[index].isEnding {
            let rows = running[index].rows(beside: counted)
            guard rows > 0 else { continue }
            if let room = left, rows > room {
                running[index].isEnding = true
                ending.append(running[index])
            } else {
                left = left.map { $0 - rows } ?? limit
                counted.formUnion(running[index].lists.map { ObjectIdentifier($0) })
            }
        }
        return ending
    }
}
