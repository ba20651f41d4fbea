import Logging
import NIOCore
import Synchronization

/// A line of the log that an attacker could cause at will: written at most once a minute, with the number of events.
final class RateLimitedLog: Sendable {
    private struct State {
        /// The events since the last line.
        var events = 0
        var nextLine = NIODeadline.uptimeNanoseconds(0)
    }

    private let level: Logger.Level
    private let message: Logger.Message
    private let logger: Logger
    private let state = Mutex(State())

    init(_ level: Logger.Level, _ message: Logger.Message, logger: Logger) {
        self.level = level
        self.message = message
        self.logger = logger
    }

    /// Notes an event; a line has `events`, the number since the last line, beside the metadata of the latest.
    func note(at now: NIODeadline = .now(), _ metadata: @autoclosure () -> Logger.Metadata) {
        let events: Int? = state.withLock { state in
            state.events += 1
            guard now >= state.nextLine else { return nil }
            defer { state.events = 0 }
            state.nextLine = now + .minutes(1)
            return state.events
        }
        guard let events else { return }
        logger.log(
            level: level, message, metadata: metadata().merging(["events": "\(events)"]) { own, _ in own })
    }
}
