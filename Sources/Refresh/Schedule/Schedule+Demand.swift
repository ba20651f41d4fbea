import Deployments
import Wire

/// Readers and their demands.
extension Schedule {
    /// The list that a reader needs, and the time that it waits for it.
    struct Need: Sendable, Equatable {
        /// The earliest time at which the lists may have been requested.
        var observedSince: Timestamp
        /// The lists that the reader is answered from.
        var lists = ListsRead.deployments
        /// True if the caller demanded this; it is then reported if it was not met.
        var isDemand: Bool
        /// The longest time that the reader waits.
        var wait: Duration
        /// The end of the longest wait.
        var deadline: Timestamp
    }

    /// Records a reader, and requests an attempt if the windows or the demand require one.
    ///
    /// For a reader that accepts only the current list, see ``isMet(_:at:)``.
    /// - Returns: The need for which the reader has to wait; nil if it can be served at once.
    mutating func read(_ demand: Demand, at now: Timestamp) -> Need? {
        lastReadAt = max(lastReadAt ?? now, now)
        let lists = demand.lists(of: source)
        if let age = config.age(of: demand) {
            let since = now.advanced(by: .zero - age)
            guard !isObserved(lists, since: since) else { return nil }
            // An attempt in progress suffices if it began late enough; else another one follows it.
            if !isTried(since: since), attemptInProgressSince.map({ $0 < since }) ?? true {
                request(since: now)
            }
            return need(lists, since: since, isDemand: true, within: config.demandWait, at: now)
        }
        guard !isAnswered(lists, since: now.advanced(by: .zero - config.ttl)) else { return nil }
        let since = now.advanced(by: .zero - config.freshFor)
        let isFresh = isAnswered(lists, since: since)
        if !isFresh { endSpread() }
        if attemptInProgressSince == nil, canRevalidate(at: now) { request(since: now) }
        guard !isFresh else { return nil }
        return need(lists, since: since, isDemand: false, within: config.wait, at: now)
    }

    /// The need of a reader; the wait is zero while the source backs off after a failure, and if an attempt
    /// since then has already been made.
    private mutating func need(
        _ lists: ListsRead, since: Timestamp, isDemand: Bool, within wait: Duration, at now: Timestamp
    ) -> Need {
        let isBackingOff = lastFailed && attemptInProgressSince == nil && plan(at: now).at > now
        let wait = isBackingOff || isTried(since: since) ? Duration.zero : wait
        let deadline = now.advanced(by: wait)
        // Not if the attempt in progress suffices, nor if the next one begins too late for this reader.
        if wait > .zero, !isObserved(lists, since: since), attemptInProgressSince.map({ $0 < since }) ?? true,
            plan(at: now).at <= deadline
        {
            isWaitedFor = true
        }
        return Need(
            observedSince: since, lists: lists, isDemand: isDemand, wait: wait, deadline: deadline)
    }

    /// True if the current lists meet the demand; the caller does not count as a reader.
    func isMet(_ demand: Demand, at now: Timestamp) -> Bool {
        let lists = demand.lists(of: source)
        return config.age(of: demand).map { isObserved(lists, since: now.advanced(by: .zero - $0)) } ?? true
    }

    /// Requests an attempt that begins now or later, even if the source backs off.
    ///
    /// - Returns: nil if the attempt can begin within the time that a caller waits; else the limit that
    ///   prevents it, and the time until it may begin.
    mutating func demandAttempt(at now: Timestamp) -> (UnmetDemand, retryAfter: Duration)? {
        lastReadAt = max(lastReadAt ?? now, now)
        let before = (requestedSince, overridesBackoff)
        (requestedSince, overridesBackoff) = (now, true)
        var plan = plan(at: now)
        if attemptInProgressSince != nil {
            // Another attempt follows the one in progress, unless the budget postpones it beyond the caller's
            // wait.
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
        (requestedSince, overridesBackoff) = before
        return (plan.reason == .budget ? .budget : .minInterval, plan.at.since(now))
    }

    /// True if the reader need not wait any longer: its list is there, or cannot arrive in time.
    func isSettled(_ need: Need, at now: Timestamp) -> Bool {
        if isAnswered(need.lists, since: need.observedSince) || now >= need.deadline { return true }
        guard attemptInProgressSince == nil else { return false }
        let next = plan(at: now).at
        return next > need.deadline || (lastFailed && next > now)
    }

    /// The reason that a demand is not met; nil if it is met or there was none.
    func unmet(_ need: Need, at now: Timestamp) -> UnmetDemand? {
        guard need.isDemand, !isObserved(need.lists, since: need.observedSince) else { return nil }
        if !lastCached.isDisjoint(with: need.lists), isTried(since: need.observedSince) {
            return .upstreamCache
        }
        guard attemptInProgressSince == nil else { return .timeout }
        let plan = plan(at: now)
        guard plan.at > now else { return .timeout }
        switch plan.reason {
        case .budget: return .budget
        case .minInterval: return .minInterval
        default: return .timeout
        }
    }

    private func isObserved(_ lists: ListsRead, since: Timestamp) -> Bool {
        func isYoung(_ time: Timestamp?) -> Bool { time.map { $0 >= since } ?? false }
        return (!lists.contains(.deployments) || isYoung(observedAt))
            && (!lists.contains(.providers) || isYoung(providersObservedAt))
    }

    /// True if an attempt that began at `since` or later has ended and did not fail as a whole.
    ///
    /// Where one of several partitions failed, waiting for another attempt would not help either.
    private func isTried(since: Timestamp) -> Bool { !lastFailed && hasEnded(since: since) }

    private func isAnswered(_ lists: ListsRead, since: Timestamp) -> Bool {
        isObserved(lists, since: since) || isTried(since: since)
    }

    /// False if a refresh for readers without a demand would come too early.
    ///
    /// Such readers do not shorten a retry delay, do not cause an attempt right after each response of the
    /// source, and do not use up the daily budget ahead of time.
    private func canRevalidate(at now: Timestamp) -> Bool {
        lastBeganAt == nil && observedAt == nil || plan(at: now).at <= now
    }

    private mutating func request(since now: Timestamp) {
        if requestedSince == nil { requestedSince = now }
    }
}
