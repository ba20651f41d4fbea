import Deployments
import Synchronization

/// One source on its way through the process: its schedule, and who waits for it to change.
final class Lane: Sendable {
    let source: any DeploymentSource
    let config: RefreshConfig
    /// Sent whenever the schedule may say something else than before.
    let changed = Signal()
    private let schedule: Mutex<Schedule>
    private let retired = Mutex(false)
    /// What the credentials were when an attempt last failed.
    private let refused = Mutex<Int?>(nil)

    var name: String { source.description.name }

    init(_ source: any DeploymentSource, config: RefreshConfig, track: SourceTrack) {
        self.source = source
        self.config = config
        schedule = Mutex(
            Schedule(
                of: source, config: config, observedAt: track.status.observedAt,
                isInTransition: track.isInTransition))
    }

    func plan(at now: Moment) -> Schedule.Plan {
        schedule.withLock { schedule in
            schedule.notice(now)
            return schedule.plan(at: now)
        }
    }

    func begin(at now: Moment) {
        schedule.withLock { schedule in
            schedule.notice(now)
            schedule.begin(at: now)
        }
    }

    /// Notes how an attempt ended, and plans the next.
    func end(_ fetch: SourceFetch, _ track: SourceTrack, at now: Moment) -> Schedule.Plan {
        let (plan, hasFailed) = schedule.withLock { schedule in
            schedule.notice(now)
            schedule.end(
                fetch, observedAt: track.status.observedAt, isInTransition: track.isInTransition, at: now)
            return (schedule.plan(at: now), schedule.lastFailed)
        }
        // What was sent, where the source noted it: a file may have changed while the fetch was under way.
        let sent = hasFailed ? fetch.credentials ?? source.credentialFingerprint() : nil
        refused.withLock { $0 = sent }
        return plan
    }

    func abandon() { schedule.withLock { $0.abandon() } }

    func giveUp(_ track: SourceTrack) { schedule.withLock { $0.giveUp(observedAt: track.status.observedAt) } }

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
            && config == self.config && source.isAsked(like: self.source)
    }

    /// Goes on from what the same source's lane of an earlier configuration knows; where it is asked in another
    /// way now, a rest after failures ends.
    func takeOver(_ other: Lane, at now: Moment) {
        source.budget.takeOver(other.source.budget)
        let known = other.schedule.withLock { $0 }
        let isAskedAlike = source.isAsked(like: other.source)
        schedule.withLock { schedule in
            schedule.takeOver(known, at: now)
            if !isAskedAlike { schedule.noteRotation(at: now) }
        }
        guard isAskedAlike else { return }
        let before = other.refused.withLock { $0 }
        refused.withLock { $0 = before }
    }
}

extension Lane {
    /// How often a source that rests is looked at for rotated credentials.
    static let rotationInterval = Duration.seconds(5)

    /// Whether its credentials are looked at while it rests.
    var awaitsRotation: Bool { refused.withLock { $0 } != nil }

    /// Ends the rest of a source whose credentials are others than those that were refused.
    func noteRotation(at now: Moment) {
        let isOther = refused.withLock { refused in
            guard let before = refused, let current = source.credentialFingerprint(), current != before
            else { return false }
            refused = nil
            return true
        }
        if isOther { schedule.withLock { $0.noteRotation(at: now) } }
    }
}

/// What readers call.
extension Lane {
    /// Notes a reader; see ``Schedule/read(_:at:)``.
    func read(_ demand: Demand, at now: Moment) -> Schedule.Need? {
        let (need, isSooner) = schedule.withLock { schedule in
            schedule.notice(now)
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

    func isMet(_ demand: Demand, at now: Moment) -> Bool { schedule.withLock { $0.isMet(demand, at: now) } }

    func demandAttempt(at now: Moment) -> (UnmetDemand, retryAfter: Duration)? {
        let refusal = schedule.withLock { $0.demandAttempt(at: now) }
        if refusal == nil { changed.send() }
        return refusal
    }

    func hasEnded(since: Moment) -> Bool { schedule.withLock { $0.hasEnded(since: since) } }

    func isSettled(_ need: Schedule.Need, at now: Moment) -> Bool {
        schedule.withLock { $0.isSettled(need, at: now) }
    }

    func unmet(_ need: Schedule.Need, at now: Moment) -> UnmetDemand? {
        schedule.withLock { $0.unmet(need, at: now) }
    }
}
