import Deployments
import Wire

/// Readers and their demands.
extension Schedule {
    /// The list that a reader waits for, and how long it does.
    struct Need: Sendable, Equatable {
        /// The list must have been requested no earlier.
        var observedSince: Timestamp
        /// True if the caller demanded that, so that it is told where it was not met.
        var isDemand: Bool
        /// The longest that it waits.
        var wait: Duration
        /// Until when that is.
        var deadline: Timestamp
    }

    /// Notes a reader, and requests an attempt where the windows or the demand call for one.
    ///
    /// For a reader who takes only what is there, see ``isMet(_:at:)``.
    /// - Returns: What the reader has to wait for; nil: it can be served at once.
    mutating func read(_ demand: Demand, at now: Timestamp) -> Need? {
        lastReadAt = max(lastReadAt ?? now, now)
        if let age = config.age(of: demand) {
            let since = now.advanced(by: .zero - age)
            guard !isObserved(since: since) else { return nil }
            // One that began late enough will do; else another, when this one has ended.
            if !isTried(since: since), underWaySince.map({ $0 < since }) ?? true { request(since: now) }
            return need(since: since, isDemand: true, within: config.demandWait, at: now)
        }
        guard !isAnswered(since: now.advanced(by: .zero - config.ttl)) else { return nil }
        if underWaySince == nil, canRevalidate(at: now) { request(since: now) }
        let since = now.advanced(by: .zero - config.freshFor)
        guard !isAnswered(since: since) else { return nil }
        return need(since: since, isDemand: false, within: config.wait, at: now)
    }

    /// The need of a reader, which does not wait while the source backs off after a failure, nor for a list
    /// that was tried for already.
    private mutating func need(
        since: Timestamp, isDemand: Bool, within wait: Duration, at now: Timestamp
    ) -> Need {
        let isBackingOff = lastFailed && underWaySince == nil && plan(at: now).at > now
        let wait = isBackingOff || isTried(since: since) ? Duration.zero : wait
        let deadline = now.advanced(by: wait)
        // Not where the attempt under way will do, nor where the next comes too late for this reader.
        if wait > .zero, !isObserved(since: since), underWaySince.map({ $0 < since }) ?? true,
            plan(at: now).at <= deadline
        {
            isWaitedFor = true
        }
        return Need(observedSince: since, isDemand: isDemand, wait: wait, deadline: deadline)
    }

    /// True if a reader who takes only what is there finds what it demands; it does not count as a reader.
    func isMet(_ demand: Demand, at now: Timestamp) -> Bool {
        config.age(of: demand).map { isObserved(since: now.advanced(by: .zero - $0)) } ?? true
    }

    /// Requests an attempt that begins from now on, even of a source that backs off.
    ///
    /// - Returns: nil where one can begin within the time that a caller waits; else what stands against it.
    mutating func demandAttempt(at now: Timestamp) -> (UnmetDemand, retryAfter: Duration)? {
        lastReadAt = max(lastReadAt ?? now, now)
        let before = (requestedSince, overridesBackoff)
        (requestedSince, overridesBackoff) = (now, true)
        var plan = plan(at: now)
        if underWaySince != nil {
            // Another follows the one that is under way, unless the budget postpones that for longer.
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

    /// True if the reader need wait no longer: its list is there, or cannot be in time.
    func isSettled(_ need: Need, at now: Timestamp) -> Bool {
        if isAnswered(since: need.observedSince) || now >= need.deadline { return true }
        guard underWaySince == nil else { return false }
        let next = plan(at: now).at
        return next > need.deadline || (lastFailed && next > now)
    }

    /// The reason why a demand is not met; nil where it is, or there was none.
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

    /// True if an attempt that began no earlier has brought what it could: where one partition of several
    /// fails, another attempt would be in vain as well.
    private func isTried(since: Timestamp) -> Bool { !lastFailed && hasEnded(since: since) }

    private func isAnswered(since: Timestamp) -> Bool { isObserved(since: since) || isTried(since: since) }

    /// False where a refresh for readers without a demand would come too early: they do not shorten a retry
    /// delay, nor cause an attempt after each of the source's answers, nor spend the day's requests before
    /// the day.
    private func canRevalidate(at now: Timestamp) -> Bool {
        lastBeganAt == nil && observedAt == nil || plan(at: now).at <= now
    }

    private mutating func request(since now: Timestamp) {
        if requestedSince == nil { requestedSince = now }
    }
}
