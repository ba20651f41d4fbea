import Deployments
import Synchronization
import Wire

/// One source on its way through the process: its schedule, and who waits for it to change.
final class SourceRunner: Sendable {
    let source: any DeploymentSource
    let config: RefreshConfig
    /// Sent whenever the schedule may say something else than before.
    let changed = ChangeNotifier()
    private let schedule: Mutex<Schedule>
    private let now: @Sendable () -> Timestamp
    private let retired = Mutex(false)
    /// What the credentials were when an attempt last failed.
    private let refused = Mutex<Int?>(nil)

    var name: String { source.description.name }

    init(
        _ source: any DeploymentSource, config: RefreshConfig, state: SourceState,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.source = source
        self.config = config
        self.now = now
        schedule = Mutex(
            Schedule(
                of: source, config: config, observedAt: state.status.observedAt,
                isInTransition: state.isInTransition, pages: state.pages))
    }

    /// The one way to the schedule, as of now.
    ///
    /// The clock is read within the lock: readings that came in another order would look like a clock set back.
    private func asOfNow<Result>(_ body: (inout Schedule, Timestamp) -> Result) -> Result {
        schedule.withLock { schedule in
            let now = now()
            schedule.notice(now)
            return body(&schedule, now)
        }
    }

    /// See ``Schedule/isAwaited``.
    var isAwaited: Bool { schedule.withLock { $0.isAwaited } }

    func plan() -> Schedule.Plan { asOfNow { $0.plan(at: $1) } }

    /// - Returns: When the attempt begins.
    func begin() -> Timestamp {
        asOfNow { schedule, now in
            schedule.begin(at: now)
            return now
        }
    }

    /// Notes how an attempt ended, and plans the next.
    func end(_ fetch: SourceFetch, _ state: SourceState) -> Schedule.Plan {
        let (plan, hasFailed) = asOfNow { schedule, now in
            schedule.end(
                fetch, observedAt: state.status.observedAt, isInTransition: state.isInTransition, at: now)
            return (schedule.plan(at: now), schedule.lastFailed)
        }
        // What was sent, where the source noted it: a file may have changed while the fetch was under way.
        let sent = hasFailed ? fetch.credentials ?? source.credentialFingerprint() : nil
        refused.withLock { $0 = sent }
        return plan
    }

    func abandon() { schedule.withLock { $0.abandon() } }

    func expire(_ state: SourceState) { schedule.withLock { $0.expire(observedAt: state.status.observedAt) } }

    /// The source is not configured any more, or in another way: its loop ends, and what it still brings counts
    /// for nothing.
    func retire() {
        retired.withLock { $0 = true }
        changed.send()
    }

    var isRetired: Bool { retired.withLock { $0 } }

    /// Returns once it is retired, or the task cancelled.
    func retirement() async {
        while !Task.isCancelled {
            let generation = changed.generation
            if isRetired { return }
            await changed.wait(past: generation)
        }
    }

    /// Whether nothing of what configures the source would be another.
    func isConfigured(as source: any DeploymentSource, _ config: RefreshConfig) -> Bool {
        source.description == self.source.description && source.storageKey == self.source.storageKey
            && config == self.config && source.isQueried(like: self.source)
    }

    /// Goes on from what the same source's runner of an earlier configuration knows; where it is asked in another
    /// way now, a rest after failures ends.
    func takeOver(_ other: SourceRunner) {
        source.budget.takeOver(other.source.budget)
        let known = other.schedule.withLock { $0 }
        let isAskedAlike = source.isQueried(like: other.source)
        asOfNow { schedule, now in
            schedule.takeOver(known, at: now)
            if !isAskedAlike { schedule.noteRotation(at: now) }
        }
        guard isAskedAlike else { return }
        let before = other.refused.withLock { $0 }
        refused.withLock { $0 = before }
    }
}

extension SourceRunner {
    /// How often a source that rests is looked at for rotated credentials.
    static let rotationInterval = Duration.seconds(5)

    /// Whether its credentials are looked at while it rests.
    var awaitsRotation: Bool { refused.withLock { $0 } != nil }

    /// Ends the rest of a source whose credentials are others than those that were refused.
    func noteRotation() {
        let isOther = refused.withLock { refused in
            guard let before = refused, let current = source.credentialFingerprint(), current != before
            else { return false }
            refused = nil
            return true
        }
        if isOther { asOfNow { $0.noteRotation(at: $1) } }
    }
}

/// What readers call.
extension SourceRunner {
    /// Notes a reader; see ``Schedule/read(_:at:)``.
    func read(_ demand: Demand) -> Schedule.Need? {
        let (need, isSooner) = asOfNow { schedule, now in
            let wasRead = schedule.isRead(at: now)
            let wanted = schedule.isWanted
            let need = schedule.read(demand, at: now)
            // Only these bring the next attempt forward.
            let isSooner = schedule.isWanted != wanted || schedule.isRead(at: now) != wasRead
            return (need, isSooner)
        }
        if isSooner { changed.send() }
        return need
    }

    func isMet(_ demand: Demand) -> Bool { asOfNow { $0.isMet(demand, at: $1) } }

    /// Wants an attempt that begins from now on; see ``Schedule/demandAttempt(at:)``.
    ///
    /// - Returns: Since when it is wanted, and what stands against it.
    func demandAttempt() -> (since: Timestamp, refusal: (UnmetDemand, retryAfter: Duration)?) {
        let (since, refusal) = asOfNow { schedule, now in (now, schedule.demandAttempt(at: now)) }
        if refusal == nil { changed.send() }
        return (since, refusal)
    }

    func hasEnded(since: Timestamp) -> Bool { schedule.withLock { $0.hasEnded(since: since) } }

    func isSettled(_ need: Schedule.Need) -> Bool { asOfNow { $0.isSettled(need, at: $1) } }

    func unmet(_ need: Schedule.Need) -> UnmetDemand? { asOfNow { $0.unmet(need, at: $1) } }
}
