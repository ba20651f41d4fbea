import Logging
import NIOCore
import Synchronization

/// A line of the log that an attacker could cause at will: written at most once a minute, with the number of events.
///
/// The first event is logged at once; those within a minute after a line are logged together when that minute ends.
final class RateLimitedLog: Sendable {
    /// Calls a function at a time.
    typealias Schedule = @Sendable (_ time: NIODeadline, _ body: @escaping @Sendable () -> Void) -> Void

    private struct State {
        /// The events since the last line.
        var events = 0
        /// That of the first of these events.
        var metadata: Logger.Metadata = [:]
        var nextLine = NIODeadline.uptimeNanoseconds(0)
    }

    private let level: Logger.Level
    private let message: Logger.Message
    private let logger: Logger
    private let schedule: Schedule
    private let state = Mutex(State())

    /// By default a task waits for the end of the minute.
    init(
        _ level: Logger.Level, _ message: Logger.Message, logger: Logger,
        schedule: @escaping Schedule = { time, body in
            Task {
                try? await Task.sleep(for: .nanoseconds((time - .now()).nanoseconds))
                body()
            }
        }
    ) {
        self.level = level
        self.message = message
        self.logger = logger
        self.schedule = schedule
    }

    /// Notes an event; a line has `events`, the number since the last line, beside the metadata of the first of them.
    func note(at now: NIODeadline = .now(), _ metadata: @autoclosure () -> Logger.Metadata) {
        let lineTime: NIODeadline? = state.withLock { state in
            state.events += 1
            guard state.events == 1 else { return nil }
            state.metadata = metadata()
            return max(now, state.nextLine)
        }
        guard let lineTime else { return }
        if lineTime == now {
            write(at: now)
        } else {
            schedule(lineTime) { self.write(at: lineTime) }
        }
    }

    private func write(at now: NIODeadline) {
        let (events, metadata) = state.withLock { state in
            defer { (state.events, state.nextLine) = (0, now + .minutes(1)) }
            return (state.events, state.metadata)
        }
        logger.log(
            level: level, message, metadata: metadata.merging(["events": "\(events)"]) { own, _ in own })
    }
}
