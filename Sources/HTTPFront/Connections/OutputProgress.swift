import NIOCore

/// How far a client has read what was written to its connection, and whether it reads too slowly.
///
/// It applies to every response alike: a stream, a long body, a short one, and many that were requested at once.
struct OutputProgress {
    private let limits: ResponseStreams.Limits
    /// The time since which something has been waiting to be read; nil if all has been sent.
    private var waitingSince: NIODeadline?
    /// The bytes since then, for each ``ResponseStreams/Limits/bytesPerSecond`` of which the client has a second more.
    private var worth = 0
    private var written = 0
    /// The bytes sent when a piece, or all there was, had last been sent, and the time of that.
    private var piece = (sent: 0, at: NIODeadline.uptimeNanoseconds(0))
    /// The bytes sent when any had last been sent, and the time of that.
    private var any = (sent: 0, at: NIODeadline.uptimeNanoseconds(0))

    init(limits: ResponseStreams.Limits) { self.limits = limits }

    /// Notes bytes that are about to be sent.
    mutating func wrote(_ bytes: Int, at now: NIODeadline) {
        if waitingSince == nil {
            waitingSince = now
            piece = (written, now)
            any = (written, now)
        }
        written += bytes
        worth += bytes
    }

    /// Gives the client more time, as for so many bytes: those that compression saved.
    mutating func grant(_ bytes: Int) { worth += bytes }

    /// Notes that `unsent` bytes are still to be sent.
    mutating func update(unsent: Int, at now: NIODeadline) {
        guard waitingSince != nil else { return }
        guard unsent > 0 else {
            (waitingSince, worth) = (nil, 0)
            return
        }
        let sent = written - unsent
        if sent > any.sent { any = (sent, now) }
        if sent >= piece.sent + limits.pieceBytes { piece = (sent, now) }
    }

    /// The time at which the client has read too little, or with `patience` has read nothing for so long; nil if there
    /// is nothing to read.
    func deadline(patience: TimeAmount? = nil) -> NIODeadline? {
        guard let waitingSince else { return nil }
        let deadline = min(
            waitingSince + TimeAmount(limits.maximumDuration(forBytes: worth)),
            piece.at + TimeAmount(limits.pieceTimeout))
        return patience.map { min(deadline, any.at + $0) } ?? deadline
    }
}
