import Deployments
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Sends answers as lines: short ones whole, others piece by piece as their readers take them.
///
/// A stream holds a few pieces and the lists that its rows are of, however long its answer. A reader that takes too
/// long, over one piece or over all so far, loses its connection, and so do the oldest streams where all together
/// would hold too many rows that are no longer the newest; and only so many streams last at once.
package final class LineStreams: Sendable {
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
        /// Rows of lists that are not the newest, of all streams together, shared lists counted once: judged when a
        /// stream begins, so what is held stays below this and the rows of one snapshot.
        package var oldRows = 250_000

        package init() {}

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
    func first(of lines: Lines) -> Lines.Piece {
        lines.piece(from: 0, size: lines.count <= limits.wholeRows ? .max : limits.pieceBytes)
    }

    /// An answer that is made while it is sent, from its first piece on; `newest` is what is published now.
    ///
    /// - Throws: `too-many-requests` for a stream too many; a `HEAD` is none.
    func response(
        _ lines: Lines, from first: Lines.Piece, _ answer: Answer, to request: Request,
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
                var output = PatientWriter(writer: writer, channel: channel)
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
        var made = 0
        let begin = NIODeadline.now()
        while true {
            let count = piece.bytes.count
            made += count
            state.withLock { $0.bytes += count }
            let bytes = compressed?.compress(piece.bytes, isLast: piece.next == nil) ?? piece.bytes
            if !bytes.isEmpty {
                let end = min(
                    begin + TimeAmount(limits.end(after: made)), .now() + TimeAmount(limits.patience))
                try await output.write(ByteBuffer(bytes: bytes), until: end)
            }
            guard let next = piece.next else { return }
            piece = lines.piece(from: next, size: limits.pieceBytes)
        }
    }

    private func takePlace(
        for lines: Lines, on channel: any Channel, _ newest: Snapshot
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
        private let streams: LineStreams
        private let number: Int

        init(streams: LineStreams, number: Int) {
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

    /// The streams to end, so that the others hold no more rows than this beside those of some lists.
    mutating func end(beyond limit: Int, sparing newest: [SourceRows]) -> [Running] {
        var counted = Set(newest.map { ObjectIdentifier($0) })
        var left = limit
        var ending: [Running] = []
        for index in running.indices.reversed() where !running[index].isEnding {
            let rows = running[index].rows(beside: counted)
            if rows > left {
                running[index].isEnding = true
                ending.append(running[index])
            } else {
                left -= rows
                counted.formUnion(running[index].lists.map { ObjectIdentifier($0) })
            }
        }
        return ending
    }
}

/// Writes to a reader no faster than it reads.
private struct PatientWriter {
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
