import Deployments
import Wire

/// The schedule of one source: the time and the reason of its next attempt, and the needs of its readers.
///
/// It is a pure value; each method takes the time as a parameter. The windows add up: within `ttl` nothing is
/// requested. Then, for `stale_while_revalidate`, one refresh starts while the list is served. After that,
/// readers wait for the refresh. No demand overrides `min_interval` or the budget, and no reader waits for a
/// source that backs off after failures.
struct Schedule: Sendable {
    /// The values of `next_attempt_reason`.
    enum Reason: String, Sendable {
        /// The source was never requested.
        case starting
        /// The list is then about `ttl` old.
        case ttl
        /// A deployment is in transition, so the list is refreshed after `ttl_in_transition`.
        case inTransition = "in_transition"
        /// Rows are held back until a second list proves that they are gone, which comes after `min_interval`.
        case heldRows = "held_rows"
        /// Nobody reads the source.
        case idle
        /// A reader needs a newer list, or the secret or the configuration has changed.
        case demand
        /// The source backs off after failures, or because its platform requested a pause.
        case afterFailure = "after_failure"
        /// `min_interval` allows no earlier attempt.
        case minInterval = "min_interval"
        /// The budget allows no earlier attempt.
        case budget
    }

    /// A planned attempt.
    struct Plan: Sendable, Equatable {
        var at: Timestamp
        var reason: Reason

        /// The plan for a source that nobody reads, if the configuration does not refresh such sources.
        static let never = Plan(at: .never, reason: .idle)
    }

    /// The start of the process, and the time of the refresh if it was due by then.
    private struct Spread {
        var start: Timestamp
        var refresh: Timestamp
    }

    private(set) var config: CacheWindows
    let source: String
    let budget: RequestBudget
    /// The time at which the oldest partition's list was requested; nil without a list.
    private(set) var observedAt: Timestamp?
    /// The same of the list of providers; nil without that list.
    private(set) var providersObservedAt: Timestamp?
    private var isInTransition = false
    /// The number of consecutive attempts after which rows were held back, at most 20.
    private var looksWithHeldRows = 0
    var lastReadAt: Timestamp?
    private var backoff = Backoff()
    /// The beginning of the attempt in progress; nil if there is none.
    private(set) var attemptInProgressSince: Timestamp?
    private(set) var lastBeganAt: Timestamp?
    private var lastEndedAt: Timestamp?
    private var lastDuration = Duration.zero
    /// The number of requests that a complete fetch takes, as far as that is known; at least 1.
    private(set) var lastCalls: Int
    private var attempts = 0
    /// The time over which refreshes that were due at the start are spread; nil once a reader needs a newer
    /// list than the stored one.
    private var spread: Spread?
    /// The time of the last ``advance(to:)``.
    private var newest: Timestamp?
    /// The lists that the last attempt that ended got, at least in part, from a cache on the way.
    private(set) var lastCached: ListsRead = []
    /// True if the last attempt that ended listed no partition.
    private(set) var lastFailed = false
    /// The earliest beginning of a requested attempt, which starts as soon as the limits allow; nil if none
    /// is requested.
    var requestedSince: Timestamp?
    /// True if the requested attempt may begin before the retry delay is over.
    var overridesBackoff = false
    /// True if a caller waits for an attempt that has not begun.
    var isWaitedFor = false

    /// The schedule of a source at its start.
    ///
    /// `pages` is the number of pages of the stored list. `observedAt` counts as the end of an attempt, so a
    /// list that an earlier process requested keeps its `min_interval`.
    init(
        of source: any DeploymentSource, config: CacheWindows, observedAt: Timestamp?,
        providersObservedAt: Timestamp? = nil, isInTransition: Bool, awaitsSecondLook: Bool = false,
        pages: Int = 1
    ) {
        self.source = source.description.name
        self.config = config
        (self.observedAt, self.providersObservedAt) = (observedAt, providersObservedAt)
        self.isInTransition = isInTransition
        looksWithHeldRows = awaitsSecondLook ? 1 : 0
        lastEndedAt = observedAt
        lastCalls = max(1, pages)
        budget = source.budget
    }

    /// True if a caller waits for the next attempt, or there is no list to serve.
    var isAwaited: Bool { isWaitedFor || observedAt == nil }

    /// True if the source was read within `idle_after`.
    func isRead(at now: Timestamp) -> Bool {
        guard let idleAfter = config.idleAfter else { return true }
        return lastReadAt.map { now.since($0) < idleAfter } ?? false
    }

    /// True if an attempt is requested that has not begun.
    var isRequested: Bool { requestedSince != nil }

    /// The next attempt, regardless of one in progress.
    func plan(at now: Timestamp) -> Plan {
        var plan = unlimitedPlan(at: now)
        // Each limit can only postpone the attempt.
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

    /// The next attempt without the limits.
    private func unlimitedPlan(at now: Timestamp) -> Plan {
        // Even if nobody reads the source, so that its recovery is noticed.
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
        if let spread, lastBeganAt == nil, plan.reason != .heldRows, plan.at <= spread.start {
            plan.at = spread.refresh
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
        // Earlier by the duration of the last attempt, so that the new list is there when this one is too
        // old. At most by a quarter of the window, so that a slow platform does not receive requests all the
        // time.
        let lead = min(lastDuration, window / 4)
        let share = config.jitter * Double(Backoff.jitter(source: source, count: attempts)) / 100
        let early = (window - lead) * share
        let plan = Plan(at: since.advanced(by: window - lead - early), reason: reason)
        guard looksWithHeldRows > 0 else { return plan }
        // Doubled each time, so that a platform that lists other rows each time is soon requested as before.
        let pause = config.minInterval * (1 << (looksWithHeldRows - 1))
        let secondLook = max(since, lastEndedAt ?? since).advanced(by: pause)
        return secondLook < plan.at ? Plan(at: secondLook, reason: .heldRows) : plan
    }
}

extension Schedule.Plan {
    fileprivate mutating func postpone(to time: Timestamp, _ reason: Schedule.Reason) {
        guard time > at else { return }
        (at, self.reason) = (time, reason)
    }
}

/// Events that change the schedule.
extension Schedule {
    /// Plans the first refresh of a list that an earlier process requested; if it is due, at a time within the
    /// `ttl` that depends on the source's name, so that a start does not request every source at once.
    mutating func spreadFirstRefresh(from start: Timestamp) {
        guard observedAt != nil else { return }
        let share = config.ttl * Backoff.jitter(source: source, count: 0) / 100
        spread = Spread(start: start, refresh: start.advanced(by: share))
    }

    /// Ends the wait of ``spreadFirstRefresh(from:)``, since a reader needs a newer list.
    mutating func endSpread() { spread = nil }

    /// Records the beginning of an attempt.
    mutating func begin(at now: Timestamp) {
        attemptInProgressSince = now
        attempts += 1
        (requestedSince, overridesBackoff, isWaitedFor) = (nil, false, false)
    }

    /// Records the end of the attempt in progress; `observedAt` and `providersObservedAt` are the times of the lists
    /// that are served from now on.
    mutating func end(
        _ fetch: SourceFetch, observedAt: Timestamp?, providersObservedAt: Timestamp? = nil,
        isInTransition: Bool, awaitsSecondLook: Bool = false, at now: Timestamp
    ) {
        let began = attemptInProgressSince ?? now
        (lastBeganAt, lastEndedAt, attemptInProgressSince) = (began, now, nil)
        lastDuration = max(.zero, now.since(began))
        backoff.note(fetch, of: source, config: config)
        lastFailed = backoff.failures > 0
        lastCached = fetch.deployments.wasCached ? .deployments : []
        if fetch.providers?.wasCached ?? false { lastCached.insert(.providers) }
        let failures = fetch.failures
        if failures.isEmpty {
            lastCalls = max(1, fetch.calls)
        } else if failures.contains(where: { $0.errorClass == .rateLimited }) {
            // The fetch was cut short, so a complete one needs more requests.
            lastCalls = max(lastCalls, fetch.calls + 1)
        }
        self.observedAt = observedAt.map { min($0, now) }
        self.providersObservedAt = providersObservedAt.map { min($0, now) }
        // The rows of a failed partition may be out of date.
        self.isInTransition = isInTransition && failures.isEmpty
        // A partition that failed would be requested every `min_interval` until it no longer fails.
        looksWithHeldRows = awaitsSecondLook && failures.isEmpty ? min(looksWithHeldRows + 1, 20) : 0
    }

    /// Discards the attempt in progress, since its task was canceled or its source retired.
    mutating func discardAttempt() { attemptInProgressSince = nil }

    /// True if an attempt that began at `since` or later has ended.
    func hasEnded(since: Timestamp) -> Bool { lastBeganAt.map { $0 >= since } ?? false }

    /// Records that lists became too old to be served; the times are those of the remaining ones.
    mutating func expire(observedAt: Timestamp?, providersObservedAt: Timestamp? = nil) {
        (self.observedAt, self.providersObservedAt) = (observedAt, providersObservedAt)
    }

    /// Ends the pauses and the retry delay, since a secret, or the way in which the source is requested, has
    /// changed.
    ///
    /// A request that was refused before may succeed now.
    mutating func noteRotation(at now: Timestamp) {
        budget.endPause()
        guard lastFailed else { return }
        backoff.reset()
        (requestedSince, overridesBackoff) = (now, true)
    }

    /// Requests an attempt, since the list is of another account than the credentials: it is as if there were
    /// none.
    mutating func noteOtherAccount(at now: Timestamp) {
        (observedAt, providersObservedAt, lastBeganAt) = (nil, nil, nil)
        noteReconfiguration(at: now)
    }

    /// Requests an attempt, since the source is requested differently, or its records are read differently.
    mutating func noteReconfiguration(at now: Timestamp) {
        noteRotation(at: now)
        requestedSince = requestedSince ?? now
    }

    /// Continues with other windows, and with the attempt in progress; the times are those of the lists that are
    /// served under them.
    mutating func adopt(
        _ config: CacheWindows, observedAt: Timestamp?, providersObservedAt: Timestamp? = nil
    ) {
        self.config = config
        (self.observedAt, self.providersObservedAt) = (observedAt, providersObservedAt)
        limitDelays()
    }

    /// Ends what an earlier `ttl` delayed for longer than the one of now would.
    private mutating func limitDelays() {
        backoff.limit(to: config.ttl)
        if let known = spread {
            let latest = known.start.advanced(by: config.ttl)
            spread = Spread(start: known.start, refresh: min(known.refresh, latest))
        }
    }

    /// Continues the schedule of an earlier configuration; only the windows are new.
    ///
    /// An attempt that was in progress or requested there is requested here. One that was in progress ends
    /// now, so `min_interval` passes before the next.
    mutating func resume(from other: Schedule, at now: Timestamp) {
        lastReadAt = other.lastReadAt
        (lastBeganAt, lastEndedAt) = (
            other.lastBeganAt, other.attemptInProgressSince == nil ? other.lastEndedAt : now
        )
        (lastDuration, lastCalls, attempts) = (other.lastDuration, other.lastCalls, other.attempts)
        spread = other.spread
        (backoff, lastFailed, lastCached) = (other.backoff, other.lastFailed, other.lastCached)
        (requestedSince, overridesBackoff) = (
            other.requestedSince ?? other.attemptInProgressSince, other.overridesBackoff
        )
        isWaitedFor = other.isWaitedFor
        newest = other.newest
        limitDelays()
    }

    /// Updates the current time; if the clock was set back, all earlier times move back with it.
    ///
    /// Otherwise there would be no attempt until the clock has caught up, and the list would count as young.
    mutating func advance(to now: Timestamp) {
        defer {
            newest = now
            // A list dated in the future, as by a process whose clock was ahead, counts as requested now.
            observedAt = observedAt.map { min($0, now) }
            providersObservedAt = providersObservedAt.map { min($0, now) }
            lastEndedAt = lastEndedAt.map { min($0, now) }
        }
        guard let newest, now < newest else { return }
        let step = now.since(newest)
        observedAt = observedAt?.advanced(by: step)
        providersObservedAt = providersObservedAt?.advanced(by: step)
        lastReadAt = lastReadAt?.advanced(by: step)
        attemptInProgressSince = attemptInProgressSince?.advanced(by: step)
        lastBeganAt = lastBeganAt?.advanced(by: step)
        lastEndedAt = lastEndedAt?.advanced(by: step)
        requestedSince = requestedSince?.advanced(by: step)
        spread = spread.map {
            Spread(start: $0.start.advanced(by: step), refresh: $0.refresh.advanced(by: step))
        }
    }
}

extension ListFetch {
    /// True if any partition was listed from a cache on the way.
    fileprivate var wasCached: Bool {
        partitions.contains { partition in
            if case .success = partition.result { partition.upstreamAge > .zero } else { false }
        }
    }
}
