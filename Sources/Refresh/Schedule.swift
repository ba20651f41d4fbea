import Deployments
import Wire

/// The plan of one source: when its next attempt is due and why, and what a reader of it has to wait for.
///
/// A pure value that is told the time at every call. The windows add up: within `ttl` nothing is requested;
/// then, for `stale_while_revalidate`, one refresh starts while the list is served; beyond that readers wait
/// for it. Nothing that a caller says breaks `min_interval` or the budget, and nobody waits for a source that
/// backs off after failures.
struct Schedule: Sendable {
    /// The values of `next_attempt_reason`.
    enum Reason: String, Sendable {
        /// It was never requested.
        case starting
        /// Its list is `ttl` old then.
        case ttl
        /// A deployment is in transition, so that its list ages faster.
        case inTransition = "in_transition"
        /// Nobody reads it.
        case idle
        /// A caller demanded a newer list, or its secret was rotated.
        case demand
        /// It backs off after failures, or because its platform asked for a pause.
        case afterFailure = "after_failure"
        /// `min_interval` allows none earlier.
        case minInterval = "min_interval"
        /// Its budget allows none earlier.
        case budget
    }

    /// An attempt that is planned.
    struct Plan: Sendable, Equatable {
        var at: Timestamp
        var reason: Reason

        /// The plan for a source that nobody reads and that is not refreshed then.
        static let never = Plan(at: .never, reason: .idle)
    }

    let config: CacheWindows
    let source: String
    let budget: RequestBudget
    /// The time at which its list was requested, of the oldest partition; nil without a list.
    private(set) var observedAt: Timestamp?
    private var isInTransition = false
    var lastReadAt: Timestamp?
    private var backoff = Backoff()
    /// The beginning of the attempt that is under way; nil where none is.
    private(set) var underWaySince: Timestamp?
    private(set) var lastBeganAt: Timestamp?
    private var lastEndedAt: Timestamp?
    private var lastDuration = Duration.zero
    /// The number of requests that a complete fetch takes, as far as that is known; at least 1.
    private(set) var lastCalls: Int
    private var attempts = 0
    /// The latest time that the schedule was told.
    private var newest: Timestamp?
    /// True if nothing was listed in the last attempt that ended.
    private(set) var lastFailed = false
    /// Since when somebody wants an attempt that begins no earlier than this, as soon as one may; nil: nobody
    /// does.
    var requestedSince: Timestamp?
    /// True if the requested attempt may begin before the retry delay is over.
    var overridesBackoff = false
    /// True if a caller waits for an attempt that has not begun.
    var isWaitedFor = false

    /// A schedule at the start.
    ///
    /// `pages` is how many its stored list had; a list that an earlier process requested keeps its
    /// `min_interval`.
    init(
        of source: any DeploymentSource, config: CacheWindows, observedAt: Timestamp?, isInTransition: Bool,
        pages: Int = 1
    ) {
        self.source = source.description.name
        self.config = config
        self.observedAt = observedAt
        self.isInTransition = isInTransition
        lastEndedAt = observedAt
        lastCalls = max(1, pages)
        budget = source.budget
    }

    /// True if the next attempt matters to somebody now: a caller waits for it, or there is no list to serve.
    var isAwaited: Bool { isWaitedFor || observedAt == nil }

    /// True if somebody read it a short time ago.
    func isRead(at now: Timestamp) -> Bool {
        guard let idleAfter = config.idleAfter else { return true }
        return lastReadAt.map { now.since($0) < idleAfter } ?? false
    }

    /// True if somebody wants an attempt that has not begun.
    var isRequested: Bool { requestedSince != nil }

    /// The next attempt, were none under way.
    func plan(at now: Timestamp) -> Plan {
        var plan = unlimitedPlan(at: now)
        // Each limit only ever postpones it.
        if !lastFailed, backoff.delay > .zero, !overridesBackoff, let lastBeganAt {
            plan.postpone(to: lastBeganAt.advanced(by: backoff.delay), .afterFailure)
        }
        if let lastEndedAt {
            let reason = lastFailed && !overridesBackoff ? Reason.afterFailure : .minInterval
            plan.postpone(to: lastEndedAt.advanced(by: config.minInterval), reason)
        }
        guard plan != .never else { return plan }
        let soonest = max(plan.at, now)
        let allowed = budget.earliestStart(of: lastCalls, at: soonest)
        return allowed > soonest ? Plan(at: allowed, reason: .budget) : plan
    }

    /// The next attempt before any limit.
    private func unlimitedPlan(at now: Timestamp) -> Plan {
        // Read or not: it is to be known when the source is well again.
        if lastFailed, !overridesBackoff, let lastBeganAt {
            return Plan(at: lastBeganAt.advanced(by: backoff.delay), reason: .afterFailure)
        }
        if requestedSince != nil { return Plan(at: now, reason: .demand) }
        guard let since = lastBeganAt ?? observedAt else { return Plan(at: now, reason: .starting) }
        var plan = Plan.never
        if isRead(at: now) {
            plan = refreshPlan(after: since)
        } else if let interval = config.idleInterval {
            plan = Plan(at: since.advanced(by: max(interval, config.ttl)), reason: .idle)
        }
        plan.postpone(to: since.advanced(by: budget.spread(of: lastCalls)), .budget)
        return plan
    }

    /// The next attempt of a source that is read.
    private func refreshPlan(after since: Timestamp) -> Plan {
        var (window, reason) = (config.ttl, Reason.ttl)
        if isInTransition, let shorter = config.ttlInTransition, shorter < window {
            (window, reason) = (shorter, .inTransition)
        }
        // So much earlier as the last attempt took, so that its list is there when this one is too old; a
        // quarter at most, so that a slow platform is not sent requests all the time.
        let lead = min(lastDuration, window / 4)
        let share = config.jitter * Double(Backoff.jitter(source: source, count: attempts)) / 100
        let early = (window - lead) * share
        return Plan(at: since.advanced(by: window - lead - early), reason: reason)
    }
}

extension Schedule.Plan {
    fileprivate mutating func postpone(to time: Timestamp, _ reason: Schedule.Reason) {
        guard time > at else { return }
        (at, self.reason) = (time, reason)
    }
}

/// Events that move the schedule on.
extension Schedule {
    /// An attempt begins.
    mutating func begin(at now: Timestamp) {
        underWaySince = now
        attempts += 1
        (requestedSince, overridesBackoff, isWaitedFor) = (nil, false, false)
    }

    /// The attempt that was under way has ended; `observedAt` is that of the list which is served from now
    /// on.
    mutating func end(_ fetch: SourceFetch, observedAt: Timestamp?, isInTransition: Bool, at now: Timestamp) {
        let began = underWaySince ?? now
        (lastBeganAt, lastEndedAt, underWaySince) = (began, now, nil)
        lastDuration = max(.zero, now.since(began))
        backoff.note(fetch, of: source, config: config)
        lastFailed = backoff.failures > 0
        let failures = fetch.failures
        if failures.isEmpty {
            lastCalls = max(1, fetch.calls)
        } else if failures.contains(where: { $0.errorClass == .rateLimited }) {
            // It was cut short, so that it needs more than it had.
            lastCalls = max(lastCalls, fetch.calls + 1)
        }
        self.observedAt = observedAt.map { min($0, now) }
        // What a partition said before it failed may not be so any more.
        self.isInTransition = isInTransition && failures.isEmpty
    }

    /// The attempt that was under way came to nothing, as its task was cancelled.
    mutating func abandon() { underWaySince = nil }

    /// True if an attempt has ended that began no earlier.
    func hasEnded(since: Timestamp) -> Bool { lastBeganAt.map { $0 >= since } ?? false }

    /// Lists are not served any more, since they are too old; `observedAt` is that of those which are left.
    mutating func expire(observedAt: Timestamp?) { self.observedAt = observedAt }

    /// A secret, or the way in which the source is requested, is another now: what was refused may be
    /// granted.
    mutating func noteRotation(at now: Timestamp) {
        budget.endPause()
        guard lastFailed else { return }
        backoff.reset()
        (requestedSince, overridesBackoff) = (now, true)
    }

    /// The source is requested in another way, or its records are read in another way: requests an attempt.
    mutating func noteReconfiguration(at now: Timestamp) {
        noteRotation(at: now)
        requestedSince = requestedSince ?? now
    }

    /// Goes on from the schedule of an earlier configuration, so that another one changes only the windows.
    ///
    /// An attempt that was under way there, or requested, is requested here; one that was under way ends now,
    /// so that the platform has its `min_interval` before the next.
    mutating func resume(from other: Schedule, at now: Timestamp) {
        lastReadAt = other.lastReadAt
        (lastBeganAt, lastEndedAt) = (other.lastBeganAt, other.underWaySince == nil ? other.lastEndedAt : now)
        (lastDuration, lastCalls, attempts) = (other.lastDuration, other.lastCalls, other.attempts)
        (backoff, lastFailed) = (other.backoff, other.lastFailed)
        (requestedSince, overridesBackoff) = (
            other.requestedSince ?? other.underWaySince, other.overridesBackoff
        )
        isWaitedFor = other.isWaitedFor
        newest = other.newest
    }

    /// Takes notice of the time; where the clock was set back, what happened before moves back with it.
    ///
    /// Else there would be no attempt until the clock is where it was, and the list would count as young.
    mutating func advance(to now: Timestamp) {
        defer {
            newest = now
            // A list of a time to come, as from a process whose clock was ahead, is as old as can be told:
            // from now.
            observedAt = observedAt.map { min($0, now) }
            lastEndedAt = lastEndedAt.map { min($0, now) }
        }
        guard let newest, now < newest else { return }
        let step = now.since(newest)
        observedAt = observedAt?.advanced(by: step)
        lastReadAt = lastReadAt?.advanced(by: step)
        underWaySince = underWaySince?.advanced(by: step)
        lastBeganAt = lastBeganAt?.advanced(by: step)
        lastEndedAt = lastEndedAt?.advanced(by: step)
        requestedSince = requestedSince?.advanced(by: step)
    }
}
