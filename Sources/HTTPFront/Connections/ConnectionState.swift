import NIOCore

/// One connection as values: what arrived, what was answered, and what is due if its client goes on waiting.
///
/// A deadline runs only while the client is waited for: its next request, the rest of one, or its reading of an answer.
/// While a request is being answered, that answer has deadlines of its own.
struct ConnectionState {
    /// The times after which a connection ends.
    struct Timeouts: Sendable {
        /// Without a request.
        var idle: TimeAmount
        /// For the rest of a request's headers from its first byte on, and again for the rest of its body.
        var request: TimeAmount
        /// For a client to close its side after the last answer, so that no reset destroys that answer.
        var linger: TimeAmount
        /// During shutdown: for a client that reads nothing of its answer.
        var shutdown: TimeAmount
        /// For reading an answer.
        var output: ResponseStreams.Limits

        /// The shortest of those that begin without a check: no deadline that begins after a check ends before this.
        fileprivate var shortest: TimeAmount { min(idle, request, TimeAmount(output.pieceTimeout)) }
    }

    /// The part of a request that has begun and is not complete.
    enum Reading { case nothing, head, body }

    /// How far the end of a connection is.
    private enum Stage {
        case open
        /// The last answer is written, but not sent.
        case ending
        /// The last answer is sent, and this side is closed.
        case lingering(since: NIODeadline)
    }

    /// What is to be done with a connection.
    enum Due: Equatable {
        /// Answer 408, then end it.
        case timeOut
        case close(Reason)
    }

    /// The reason to close a connection, for the log.
    enum Reason: String {
        case idle
        case slowBody = "slow body"
        case slowReader = "slow reader"
        case shutdown
        case ended
    }

    private let timeouts: Timeouts
    private var stage = Stage.open
    private(set) var reading = Reading.nothing
    /// The requests whose headers arrived and whose answers are not complete.
    private(set) var unanswered = 0
    private(set) var isShuttingDown = false
    /// The time since which the client is waited for, if it is.
    private var since: NIODeadline
    private var output: OutputProgress

    init(timeouts: Timeouts, at now: NIODeadline) {
        self.timeouts = timeouts
        since = now
        output = OutputProgress(limits: timeouts.output)
    }

    /// True if it may be closed for another connection: nothing of a request has arrived that is not answered, and
    /// nothing of the answers is still to be sent.
    func isIdle(unsent: @autoclosure () -> Int) -> Bool {
        isOpen && unanswered == 0 && reading != .head && unsent() == 0
    }

    /// False once the last answer is written.
    var isOpen: Bool { if case .open = stage { true } else { false } }

    /// True once the last answer is sent.
    var isLingering: Bool { if case .lingering = stage { true } else { false } }
}

extension ConnectionState {
    /// Notes that the client sent something.
    mutating func bytesArrived(at now: NIODeadline) {
        guard reading == .nothing else { return }
        (reading, since) = (.head, now)
    }

    /// Notes a request's headers.
    mutating func headArrived(at now: NIODeadline) {
        unanswered += 1
        (reading, since) = (.body, now)
    }

    /// Notes the end of a request.
    mutating func requestEnded(at now: NIODeadline) { (reading, since) = (.nothing, now) }

    /// Notes the end of an answer.
    mutating func answered(at now: NIODeadline) {
        unanswered -= 1
        since = now
    }

    /// Notes bytes that are about to be sent.
    mutating func wrote(_ bytes: Int, at now: NIODeadline) { output.wrote(bytes, at: now) }

    /// Notes that `unsent` of the bytes written are still to be sent.
    mutating func drained(unsent: Int, at now: NIODeadline) { output.update(unsent: unsent, at: now) }

    /// Gives the client as much time as `bytes` more would.
    mutating func grant(_ bytes: Int) { output.grant(bytes) }

    /// Notes that no answer follows the one that is written.
    mutating func end() { stage = .ending }

    /// Notes that the last answer is sent.
    mutating func linger(at now: NIODeadline) { stage = .lingering(since: now) }

    /// Notes that the gateway shuts down; what is being answered is still answered.
    mutating func shutDown() { isShuttingDown = true }

    private var patience: TimeAmount? { isShuttingDown ? timeouts.shutdown : nil }

    /// The time at which ``due(at:unsent:)`` is to be asked again, unless the connection shuts down or lingers earlier.
    ///
    /// Requests move their deadlines all the time, and cost nothing for it: the next check finds them.
    func nextCheck(after now: NIODeadline) -> NIODeadline {
        if case .lingering(let begin) = stage { return begin + timeouts.linger }
        var next = now + timeouts.shortest
        // A client that has read everything is let go soon.
        if isShuttingDown { next = min(next, now + .nanoseconds(timeouts.shutdown.nanoseconds / 8)) }
        if let deadline = output.deadline(patience: patience) { next = min(next, deadline) }
        if isOpen, unanswered == 0 {
            next = min(next, since + (reading == .nothing ? timeouts.idle : timeouts.request))
        }
        return max(next, now + .milliseconds(1))
    }

    /// What is due now, while `unsent` bytes of answers have not been sent.
    mutating func due(at now: NIODeadline, unsent: Int) -> Due? {
        if case .lingering(let begin) = stage {
            return now >= begin + timeouts.linger ? .close(.ended) : nil
        }
        output.update(unsent: unsent, at: now)
        if let deadline = output.deadline(patience: patience), now >= deadline { return .close(.slowReader) }
        guard isOpen, unanswered == 0 else { return nil }
        if isShuttingDown { return unsent == 0 ? .close(.shutdown) : nil }
        switch reading {
        case .nothing:
            // The client has its time to be idle once it has read the answer.
            if unsent > 0 { since = now }
            return now >= since + timeouts.idle ? .close(.idle) : nil
        case .head: return now >= since + timeouts.request ? .timeOut : nil
        // The request has been answered, so there is nothing to say.
        case .body: return now >= since + timeouts.request ? .close(.slowBody) : nil
        }
    }
}
