import Deployments
import Synchronization
import TestSupport
import Wire

/// A clock that advances by each pause as soon as a task sleeps it; only the sleep to the deadline waits.
final class AdvancingClock: Clock, Sendable {
    typealias Instant = ManualClock.Instant

    private let clock: ManualClock
    private let deadline: Mutex<Instant>
    private let slept = Mutex<[Duration]>([])

    /// Sleeps until the deadline of a fetch that starts now, or longer, wait until the pauses have advanced
    /// the clock that far: each pause of the fetch ends before it.
    init(deadline: Duration = .seconds(120)) {
        let clock = ManualClock()
        self.clock = clock
        self.deadline = Mutex(clock.now.advanced(by: deadline))
    }

    var now: Instant { clock.now }
    var minimumResolution: Duration { clock.minimumResolution }
    /// Wall-clock time: the clock starts at 1970-01-01T00:00:00Z.
    var moment: Timestamp { Timestamp.epoch.advanced(by: clock.now.offset) }
    /// Every pause that passed at once, in order.
    var pauses: [Duration] { slept.withLock { $0 } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        guard deadline < self.deadline.withLock({ $0 }) else {
            return try await clock.sleep(until: deadline, tolerance: tolerance)
        }
        try Task.checkCancellation()
        let pause = now.duration(to: deadline)
        slept.withLock { $0.append(pause) }
        clock.advance(by: max(.zero, pause))
        try Task.checkCancellation()
    }

    /// Advances the time before another fetch, and its deadline.
    func advance(by duration: Duration) {
        deadline.withLock { $0 = $0.advanced(by: duration) }
        clock.advance(by: duration)
    }
}
