import HTTPTypes
import Hummingbird
import NIOCore
import Snapshots
import Synchronization

/// Sends responses in lines: short ones complete, others piece by piece at the speed of their readers.
///
/// A stream has only a few pieces in memory, besides the lists that its rows come from. The connection of a reader is
/// closed if it takes too long for one piece, or for all pieces so far. Streams that began earlier are closed if all
/// streams together would keep too many rows in memory that are no longer the newest. A stream also ends once one of its
/// sources may no longer show what it could. The number of streams at the same time is limited.
package final class ResponseStreams: Sendable {
    /// The limits of streams.
    package struct Limits: Sendable {
        /// The maximum number of streams at the same time; one more is answered 429.
        package var streams = 32
        /// The number of parts of ``streams`` of which one holder has at most one.
        package var parts = 4
        /// The approximate size of a piece in bytes; a response that is not longer is sent complete, and is not a
        /// stream.
        package var pieceBytes = 64 * 1024
        /// The maximum number of rows of a response that is always sent complete: those of the largest page.
        package var completeRows = 1000
        /// The maximum time to send a piece of any response.
        ///
        /// For all its pieces so far it is this, and a second for each ``bytesPerSecond``; ``ConnectionHandler`` ends a
        /// connection that is slower.
        package var pieceTimeout = Duration.seconds(60)
        /// The number of bytes for which a reader has one second in addition to ``pieceTimeout``.
        ///
        /// For a stream they are bytes of uncompressed text, so that a list has the same time with and without
        /// compression; for a complete body they are the bytes that are sent.
        package var bytesPerSecond = 64 * 1024
        /// The maximum number of rows in lists that are not the newest, of all streams together; a shared list is
        /// counted once.
        ///
        /// The rows of the latest of such streams are not counted, so that a stream that began just before a refresh
        /// need not end. The limit is checked when a stream begins. So the rows in memory stay below this limit plus
        /// the rows of two snapshots.
        package var oldRows = 250_000

        /// The standard limits.
        package init() {}

        /// The maximum time from the beginning of a response until its first `bytes` bytes of text are sent.
        package func maximumDuration(forBytes bytes: Int) -> Duration {
            pieceTimeout + .milliseconds(bytes * 1000 / bytesPerSecond)
        }
    }

    let limits: Limits
    private let state = Mutex(State())

    /// No stream runs yet.
    package init(limits: Limits = Limits()) { self.limits = limits }

    /// The first piece of a body; it is the complete body if that is not to be streamed.
    func firstPiece(of lines: LineBody) -> LineBody.Piece {
        lines.piece(from: 0, size: lines.count <= limits.completeRows ? .max : limits.pieceBytes)
    }

    /// A response that is made while it is sent, from its first piece on; `published` gives what is newest.
    ///
    /// - Throws: `too-many-requests` if too many streams run; `HEAD` does not count.
    func response(
        _ lines: LineBody, from first: LineBody.Piece, _ answer: RouteResponse, to request: Request,
        on channel: any Channel, published: @escaping @Sendable () -> Published, for holder: Holder?
    ) throws(Problem) -> Response {
        var headers = answer.headers
        let isCompressed = request.acceptsGzip
        if isCompressed { headers[.contentEncoding] = "gzip" }
        let slot =
            request.method == .head
            ? nil : try takeSlot(for: lines, on: channel, published().snapshots, holder)
        return Response(
            status: answer.status, headers: headers,
            body: ResponseBody { [self] writer in
                // Freed when the response is released, even if it was not written to its end.
                defer { withExtendedLifetime(slot) {} }
                var output = PacedWriter(writer: writer, channel: channel)
                try await send(
                    lines, first: first, isCompressed: isCompressed, to: &output, published: published)
                try await writer.finish(nil)
            })
    }

    /// Sends all pieces.
    ///
    /// - Throws: if the connection ends, and ``Withdrawal``; the server then closes the connection, without the last
    ///   chunk.
    @concurrent
    private func send(
        _ lines: LineBody, first: LineBody.Piece, isCompressed: Bool, to output: inout PacedWriter,
        published: @Sendable () -> Published
    ) async throws {
        var checked: Int?
        var gzip: GzipStream? = isCompressed ? GzipStream(effort: .fast) : nil
        var piece = first
        while true {
            let bytes = gzip?.compress(piece.text, isLast: piece.next == nil) ?? piece.text
            try await output.write(bytes, standingFor: piece.text.readableBytes)
            guard let next = piece.next else { return }
            let newest = published()
            if newest.number == 0 || newest.number != checked {
                guard lines.exposures.hold(among: newest.sources) else { throw Withdrawal() }
                checked = newest.number
            }
            piece = lines.piece(from: next, size: limits.pieceBytes)
        }
    }

    private func takeSlot(
        for lines: LineBody, on channel: any Channel, _ newest: [Snapshot], _ holder: Holder?
    ) throws(Problem) -> Slot {
        let share = max(1, limits.streams / limits.parts)
        let (slot, ending, isOwn) = state.withLock { state -> (Slot?, [Running], isOwn: Bool) in
            let own = holder.map { holder in state.running.count { $0.holder == holder } } ?? 0
            guard own < share else { return (nil, [], true) }
            guard state.running.count < limits.streams else { return (nil, [], false) }
            let ending = state.end(
                beyond: limits.oldRows, sparing: newest.flatMap(\.lists) + lines.retainedLists)
            state.begun += 1
            state.running.append(
                Running(number: state.begun, channel: channel, lists: lines.retainedLists, holder: holder))
            return (Slot(streams: self, number: state.begun), ending, false)
        }
        for stream in ending {
            stream.channel.eventLoop.execute { [self] in
                // After the stream the connection may be used for other requests.
                guard isRunning(stream.number) else { return }
                stream.channel.close(promise: nil)
            }
        }
        guard let slot else {
            var problem = Problem(
                .tooManyRequests,
                (isOwn
                    ? "\(share) lists are being streamed to this caller, which is its share"
                    : "\(limits.streams) lists are being streamed, which is the limit")
                    + "; retry later, or request pages with `page_size`")
            problem.headers[.retryAfter] = "5"
            throw problem
        }
        return slot
    }

    private func isRunning(_ number: Int) -> Bool {
        state.withLock { $0.running.contains { $0.number == number } }
    }

    /// One of the streams that may run at once, until it is released.
    private final class Slot: Sendable {
        private let streams: ResponseStreams
        private let number: Int

        init(streams: ResponseStreams, number: Int) {
            self.streams = streams
            self.number = number
        }

        deinit { streams.state.withLock { $0.running.removeAll { $0.number == number } } }
    }
}

/// A source may no longer show what the rows of a stream show.
private struct Withdrawal: Error {}

/// A stream that has not ended.
private struct Running: Sendable {
    /// Counted from the first stream.
    let number: Int
    let channel: any Channel
    let lists: [SourceRows]
    /// The one who reads it; nil if that is not known.
    let holder: Holder?
    /// True once its connection is being closed.
    var isEnding = false

    /// The number of rows in its lists that are not counted yet.
    func rows(beside counted: Set<ObjectIdentifier>) -> Int {
        lists.reduce(0) { counted.contains(ObjectIdentifier($1)) ? $0 : $0 + $1.rows.count }
    }
}

private struct State: Sendable {
    /// In the order in which they began.
    var running: [Running] = []
    /// The number of streams so far.
    var begun = 0

    /// Chooses the streams to end, oldest first, so that the others hold at most `limit` old rows.
    ///
    /// Rows of the `newest` lists do not count, nor do those of the latest stream that holds older lists.
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
