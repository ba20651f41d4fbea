import Deployments
import Synchronization
import TestSupport
import Wire

/// A clock on which a pause has passed as soon as somebody sleeps it, except what lasts as long as a fetch may.
final class AdvancingClock: Clock, Sendable {
    typealias Instant = ManualClock.Instant

    private let clock = ManualClock()
    private let patience: Duration
    private let slept = Mutex<[Duration]>([])

    /// Who sleeps for `patience` or longer waits until the others' pauses have brought the time there.
    ///
    /// From half of it on, as others may have moved the time on between a sleeper's reading of it and its sleep.
    init(patience: Duration = .seconds(120)) { self.patience = patience }

    var now: Instant { clock.now }
    var minimumResolution: Duration { clock.minimumResolution }
    /// The wall's time: seconds since 1970 are those since the start.
    var moment: Timestamp { Timestamp.epoch.advanced(by: clock.now.offset) }
    /// Every pause but the patient ones.
    var pauses: [Duration] { slept.withLock { $0 } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let pause = now.duration(to: deadline)
        guard pause < patience / 2 else {
            return try await clock.sleep(until: deadline, tolerance: tolerance)
        }
        try Task.checkCancellation()
        slept.withLock { $0.append(pause) }
        advance(by: pause)
        try Task.checkCancellation()
    }

    func advance(by duration: Duration) { clock.advance(by: max(.zero, duration)) }
}
