import Deployments
import Wire

/// When one source is asked next and why, and what a reader of it has to wait for: pure, told every time.
///
/// The windows add up: within `ttl` nothing is asked; then, for `stale_while_revalidate`, one refresh starts while
/// the list is served; beyond that readers wait for it. Nothing that a caller says breaks `min_interval` or the
/// budget, and nobody waits for a source that rests after failures.
struct Schedule: Sendable {
    /// The words of `next_attempt_reason`.
    enum Reason: String, Sendable {
        /// It was never asked.
        case starting
        /// Its list is `ttl` old then.
        case ttl
        /// A deployment is in transition, so that its list ages faster.
        case inTransition = "in_transition"
        /// Nobody reads it.
        case idle
        /// A caller demanded a newer list, or its secret was rotated.
        case demand
        /// It rests after failures, or because its platform asked for it.
        case afterFailure = "after_failure"
        /// It may not be asked earlier, by `min_interval`.
        case minInterval = "min_interval"
        /// Its budget allows none earlier.
        case budget
    }

    /// An attempt that is planned.
    struct Plan: Sendable, Equatable {
        var at: Timestamp
        var reason: Reason

        /// Nobody reads it, and such a source is not asked.
        static let never = Plan(at: .never, reason: .idle)
    }

    let config: CacheWindows
    private let source: String
    private let budget: RequestBudget
    /// When its list was asked for, of the oldest partition; nil without a list.
    private(set) var observedAt: Timestamp?
    private var isInTransition = false
    private var lastReadAt: Timestamp?
    private var backoff = Backoff()
    /// When the attempt that is under way began.
    private(set) var underWaySince: Timestamp?
    private var lastBeganAt: Timestamp?
    private var lastEndedAt: Timestamp?
    private var lastDuration = Duration.zero
    /// How many requests a whole fetch takes, as far as that is known; at least 1.
    private var lastCalls: Int
    private var attempts = 0
    /// The latest time that was noticed.
    private var newest: Timestamp?
    /// Whether nothing was listed in the last attempt that ended.
    private(set) var lastFailed = false
    /// An attempt that begins no earlier than this is asked for, as soon as one may begin.
    private var wantedSince: Timestamp?
    /// Whether what was wanted may end a rest.
    private var endsRest = false
    /// Whether a caller waits for an attempt that has not begun.
    private var isWaitedFor = false

    /// `pages` is how many its stored list had; a list that an earlier process asked for keeps its `min_interval`.
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

    /// Whether the next attempt matters to somebody now: a caller waits for it, or there is no list to serve.
    var isAwaited: Bool { isWaitedFor || observedAt == nil }

    /// Whether somebody read it a short time ago.
    func isRead(at now: Timestamp) -> Bool {
        guard let idleAfter = config.idleAfter else { return true }
        return lastReadAt.map { now.since($0) < idleAfter } ?? false
    }

    /// Whether a reader waits for its next attempt.
    var isWanted: Bool { wantedSince != nil }

    /// The next attempt, were none under way.
    func plan(at now: Timestamp) -> Plan {
        var plan = wish(at: now)
        // Each limit only ever puts it off.
        if !lastFailed, backoff.rest > .zero, !endsRest, let lastBeganAt {
            plan.putOff(to: lastBeganAt.advanced(by: backoff.rest), .afterFailure)
        }
        if let lastEndedAt {
            let reason = lastFailed && !endsRest ? Reason.afterFailure : .minInterval
            plan.putOff(to: lastEndedAt.advanced(by: config.minInterval), reason)
        }
        guard plan != .never else { return plan }
        let soonest = max(plan.at, now)
        let allowed = budget.earliestStart(of: lastCalls, at: soonest)
        return allowed > soonest ? Plan(at: allowed, reason: .budget) : plan
    }

    /// When it should be asked, before any limit.
    private func wish(at now: Timestamp) -> Plan {
        // Whether anybody reads it or not: it is to be known when it is well again.
        if lastFailed, !endsRest, let lastBeganAt {
            return Plan(at: lastBeganAt.advanced(by: backoff.rest), reason: .afterFailure)
        }
        if wantedSince != nil { return Plan(at: now, reason: .demand) }
        guard let since = lastBeganAt ?? observedAt else { return Plan(at: now, reason: .starting) }
        var plan = Plan.never
        if isRead(at: now) {
            plan = renewal(after: since)
        } else if let interval = config.idleInterval {
            plan = Plan(at: since.advanced(by: max(interval, config.ttl)), reason: .idle)
        }
        plan.putOff(to: since.advanced(by: budget.spread(of: lastCalls)), .budget)
        return plan
    }

    /// When a source that is read is asked again.
    private func renewal(after since: Timestamp) -> Plan {
        var (window, reason) = (config.ttl, Reason.ttl)
        if isInTransition, let shorter = config.ttlInTransition, shorter < window {
            (window, reason) = (shorter, .inTransition)
        }
        // So much earlier as the last attempt took, so that its list is there when this one is too old; a quarter
        // at most, so that a slow platform is not asked all the time.
        let lead = min(lastDuration, window / 4)
        let share = config.jitter * Double(Backoff.jitter(source: source, count: attempts)) / 100
        let early = (window - lead) * share
        return Plan(at: since.advanced(by: window - lead - early), reason: reason)
    }
}

extension Schedule.Plan {
    fileprivate mutating func putOff(to time: Timestamp, _ reason: Schedule.Reason) {
        guard time > at else { return }
        (at, self.reason) = (time, reason)
    }
}

/// What happens to a source.
extension Schedule {
    mutating func begin(at now: Timestamp) {
        underWaySince = now
        attempts += 1
        (wantedSince, endsRest, isWaitedFor) = (nil, false, false)
    }

    /// The attempt that was under way has ended; `observedAt` is that of the list which is served from now on.
    mutating func end(_ fetch: SourceFetch, observedAt: Timestamp?, isInTransition: Bool, at now: Timestamp) {
        let began = underWaySince ?? now
        (lastBeganAt, lastEndedAt, underWaySince) = (began, now, nil)
        lastDuration = max(.zero, now.since(began))
        backoff.note(fetch, of: source, config: config)
        lastFailed = backoff.failures > 0
        let failures = fetch.failures
        if failures.isEmpty {
            lastCalls = max(1, fetch.calls)
        } else if failures.contains(.rateLimited) {
            // It was cut short, so that it needs more than it had.
            lastCalls = max(lastCalls, fetch.calls + 1)
        }
        self.observedAt = observedAt.map { min($0, now) }
        // What a partition said before it failed may not be so any more.
        self.isInTransition = isInTransition && failures.isEmpty
    }

    /// The attempt that was under way came to nothing, as its task was cancelled.
    mutating func abandon() { underWaySince = nil }

    /// Whether an attempt has ended that began no earlier.
    func hasEnded(since: Timestamp) -> Bool { lastBeganAt.map { $0 >= since } ?? false }

    /// Its lists are not served any more, since they are too old.
    mutating func expire(observedAt: Timestamp?) { self.observedAt = observedAt }

    /// A secret, or the way in which the source is asked, is another now: what was refused may be granted.
    mutating func noteRotation(at now: Timestamp) {
        budget.endPause()
        guard lastFailed else { return }
        backoff.end()
        (wantedSince, endsRest) = (now, true)
    }

    /// What a source of an earlier configuration knew, so that another one changes only the windows.
    ///
    /// An attempt that was under way there, or asked for, is asked for here; one that was under way ends now, so that
    /// the platform has its `min_interval` before the next.
    mutating func takeOver(_ other: Schedule, at now: Timestamp) {
        lastReadAt = other.lastReadAt
        (lastBeganAt, lastEndedAt) = (other.lastBeganAt, other.underWaySince == nil ? other.lastEndedAt : now)
        (lastDuration, lastCalls, attempts) = (other.lastDuration, other.lastCalls, other.attempts)
        (backoff, lastFailed) = (other.backoff, other.lastFailed)
        (wantedSince, endsRest) = (other.wantedSince ?? other.underWaySince, other.endsRest)
        isWaitedFor = other.isWaitedFor
        newest = other.newest
    }

    /// Takes notice of the time; where the clock was set back, what happened before moves back with it.
    ///
    /// Else a source would not be asked until the clock is where it was, and its list would count as young.
    mutating func notice(_ now: Timestamp) {
        defer {
            newest = now
            // A list of a time to come, as from a process whose clock was ahead, is as old as can be told: from now.
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
        wantedSince = wantedSince?.advanced(by: step)
    }
}

/// What readers ask for.
extension Schedule {
    /// What a reader waits for.
    struct Need: Sendable, Equatable {
        /// The list must have been asked for no earlier.
        var observedSince: Timestamp
        /// Whether the caller demanded that, so that it is told where it was not met.
        var isDemand: Bool
        /// How long it waits at most.
        var wait: Duration
        /// Until when that is.
        var deadline: Timestamp
    }

    /// Notes a reader, and wants an attempt where the windows or the demand ask for one.
    ///
    /// For one who takes only what is there, see ``isMet(_:at:)``.
    /// - Returns: What the reader has to wait for; nil: it can be served at once.
    mutating func read(_ demand: Demand, at now: Timestamp) -> Need? {
        lastReadAt = max(lastReadAt ?? now, now)
        if let age = config.age(of: demand) {
            let since = now.advanced(by: .zero - age)
            guard !isObserved(since: since) else { return nil }
            // One that began late enough will do; else another, when this one has ended.
            if !isTried(since: since), underWaySince.map({ $0 < since }) ?? true { want(since: now) }
            return need(since: since, isDemand: true, within: config.demandWait, at: now)
        }
        guard !isAnswered(since: now.advanced(by: .zero - config.ttl)) else { return nil }
        if underWaySince == nil, canRevalidate(at: now) { want(since: now) }
        let since = now.advanced(by: .zero - config.freshFor)
        guard !isAnswered(since: since) else { return nil }
        return need(since: since, isDemand: false, within: config.wait, at: now)
    }

    /// Nobody waits while the last attempt has failed and the next is not due, nor for what was tried already.
    private mutating func need(
        since: Timestamp, isDemand: Bool, within wait: Duration, at now: Timestamp
    ) -> Need {
        let isResting = lastFailed && underWaySince == nil && plan(at: now).at > now
        let wait = isResting || isTried(since: since) ? Duration.zero : wait
        let deadline = now.advanced(by: wait)
        // Not where the attempt under way will do, nor where the next comes too late for this reader.
        if wait > .zero, !isObserved(since: since), underWaySince.map({ $0 < since }) ?? true,
            plan(at: now).at <= deadline
        {
            isWaitedFor = true
        }
        return Need(observedSince: since, isDemand: isDemand, wait: wait, deadline: deadline)
    }

    /// Whether a reader who takes only what is there finds what it demands; it counts as none.
    func isMet(_ demand: Demand, at now: Timestamp) -> Bool {
        config.age(of: demand).map { isObserved(since: now.advanced(by: .zero - $0)) } ?? true
    }

    /// Wants an attempt that begins from now on, even of a source that rests.
    ///
    /// - Returns: nil where one can begin within the time that a caller waits; else what stands against it.
    mutating func demandAttempt(at now: Timestamp) -> (UnmetDemand, retryAfter: Duration)? {
        lastReadAt = max(lastReadAt ?? now, now)
        let (wanted, ended) = (wantedSince, endsRest)
        (wantedSince, endsRest) = (now, true)
        var plan = plan(at: now)
        if underWaySince != nil {
            // Another follows the one that is under way, unless the budget puts that off for longer.
            plan = Plan(at: budget.earliestStart(of: lastCalls, at: now), reason: .budget)
            if plan.at.since(now) <= config.demandWait {
                isWaitedFor = true
                return nil
            }
        }
        guard plan.at > now else {
            isWaitedFor = true
            return nil
        }
        (wantedSince, endsRest) = (wanted, ended)
        return (plan.reason == .budget ? .budget : .minInterval, plan.at.since(now))
    }

    /// Whether the reader need wait no longer: its list is there, or cannot be in time.
    func isSettled(_ need: Need, at now: Timestamp) -> Bool {
        if isAnswered(since: need.observedSince) || now >= need.deadline { return true }
        guard underWaySince == nil else { return false }
        let next = plan(at: now).at
        return next > need.deadline || (lastFailed && next > now)
    }

    /// Why a demand is not met; nil where it is.
    func unmet(_ need: Need, at now: Timestamp) -> UnmetDemand? {
        guard need.isDemand, !isObserved(since: need.observedSince) else { return nil }
        guard underWaySince == nil else { return .timeout }
        let plan = plan(at: now)
        guard plan.at > now else { return .timeout }
        switch plan.reason {
        case .budget: return .budget
        case .minInterval: return .minInterval
        default: return .timeout
        }
    }

    private func isObserved(since: Timestamp) -> Bool { observedAt.map { $0 >= since } ?? false }

    /// Whether an attempt that began no earlier has brought what it could: where one partition of several fails,
    /// another would be in vain as well.
    private func isTried(since: Timestamp) -> Bool { !lastFailed && hasEnded(since: since) }

    private func isAnswered(since: Timestamp) -> Bool { isObserved(since: since) || isTried(since: since) }

    /// Readers do not shorten the rest of a source, nor ask again at each of its answers, nor spend the day's requests
    /// before the day.
    private func canRevalidate(at now: Timestamp) -> Bool {
        lastBeganAt == nil && observedAt == nil || plan(at: now).at <= now
    }

    private mutating func want(since now: Timestamp) {
        if wantedSince == nil { wantedSince = now }
    }
}
