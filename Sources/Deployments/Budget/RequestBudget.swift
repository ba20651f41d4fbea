import Synchronization
package import Wire

/// The HTTP requests that an operator and a platform allow one source, and how many are left.
///
/// Every request takes one, retries included. Shared by the code that sends for the source and the code that
/// plans its fetches.
///
/// In any span of *w* seconds at most `burst` + `rate`·*w* requests are granted, and in any 24 hours at most
/// `daily`. Setting the clock back grants nothing more: time counts as standing still until the clock is back
/// where it was; if that would take longer than ten minutes, time continues from the clock's new value.
package final class RequestBudget: Sendable {
    /// The operator's limits; nil: none.
    package struct Limits: Sendable, Equatable {
        /// Requests a second, in the long run; a value that is not above 0 is no limit.
        package var rate: Double?
        /// Requests at once within ``rate``; nil: as many as one second allows, at least one.
        package var burst: Int?
        /// Requests in any 24 hours.
        package var daily: Int?

        package init(rate: Double? = nil, burst: Int? = nil, daily: Int? = nil) {
            self.rate = rate
            self.burst = burst
            self.daily = daily
        }
    }

    /// The decision on one request.
    package enum Verdict: Sendable, Equatable {
        /// The request is taken from the budget: send it.
        case granted
        /// Nothing was taken: try again after this time.
        case wait(Duration)
        /// Nothing was taken: the daily budget, or what the platform said is left, is used up until then.
        case refused(until: Timestamp)
    }

    /// The reason that a request may not be sent yet.
    package struct Hold: Sendable, Equatable {
        /// The limit that holds the request back longest.
        package enum Bound: Sendable { case rate, daily, platform }

        /// The limit that holds the request back.
        package var bound: Bound
        /// Always in the future; a request at that time is granted, unless another was faster.
        package var until: Timestamp
        /// The length of the pause that the platform requested, where that is the bound; else nil.
        package var pause: Duration?

        package init(bound: Bound, until: Timestamp, pause: Duration? = nil) {
            self.bound = bound
            self.until = until
            self.pause = pause
        }
    }

    /// What a request is for: a list comes before lookups.
    package enum Purpose: Sendable { case list, lookup }

    /// The limits that this budget enforces.
    package let limits: Limits
    private let ledger: Mutex<RequestLedger>
    /// The time at which the next list is due, and since when that is known; nil while none is planned.
    private let nextList = Mutex<(due: Timestamp, since: Timestamp)?>(nil)

    /// A full budget.
    package init(_ limits: Limits = Limits()) {
        self.limits = limits
        ledger = Mutex(RequestLedger(limits))
    }

    /// Counts the requests of an earlier process towards the daily limit; called before any request is taken.
    ///
    /// The counts may be in any order. Requests dated after `now`, by a clock that was wrong, count as sent
    /// now.
    package func restore(_ sent: [SentRequests], at now: Timestamp) {
        ledger.withLock { $0.count(sent, at: now) }
    }

    /// The requests granted in the last 24 hours, the oldest minute first: for ``restore(_:at:)`` in another
    /// process.
    package func sentInLastDay(at now: Timestamp) -> [SentRequests] {
        ledger.withLock { ledger in
            var ledger = ledger
            return ledger.countsByMinute(at: now)
        }
    }

    /// Takes over the counts of the same source's budget in an earlier configuration, whose limits may
    /// differ.
    package func takeOver(_ other: RequestBudget) {
        guard self !== other else { return }
        let spent = other.ledger.withLock { $0 }
        ledger.withLock { $0.takeOver(spent) }
    }

    /// Takes one request.
    package func take(at now: Timestamp) -> Verdict {
        guard let hold = draw(at: now) else { return .granted }
        return hold.bound == .rate ? .wait(hold.until.since(now)) : .refused(until: hold.until)
    }

    /// True if lookups have used their share of the daily limit: as many requests as are left for lists.
    ///
    /// So lookups take at most half of what the lists leave, and go on when requests are older than a day.
    package func refusesLookup(at now: Timestamp) -> Bool {
        ledger.withLock { ledger in
            // A copy, since looking ahead must change nothing.
            var ledger = ledger
            guard let left = ledger.left(at: now) else { return false }
            return left == 0 || ledger.lookups(at: now) >= left
        }
    }

    /// Takes one request, as ``take(at:)``; nil if it was granted.
    ///
    /// A lookup leaves one request of the burst for a list, unless the burst is one request.
    package func draw(at now: Timestamp, for purpose: Purpose = .list) -> Hold? {
        ledger.withLock { $0.draw(at: now, for: purpose) }
    }

    /// The reason why a request would not be granted now; nil if it would be, which takes nothing.
    package func hold(at now: Timestamp, for purpose: Purpose = .list) -> Hold? {
        ledger.withLock { ledger in
            // A copy, since looking ahead must change nothing.
            var ledger = ledger
            return ledger.draw(at: now, for: purpose)
        }
    }

    /// Notes when the next list is due; nil: none is planned.
    ///
    /// - Returns: True if that was not known.
    package func expectList(at due: Timestamp?, at now: Timestamp) -> Bool {
        nextList.withLock { next in
            guard next?.due != due else { return false }
            next = due.map { ($0, now) }
            return true
        }
    }

    /// True if a lookup that began now, and took this long, would still run when the next list is due.
    ///
    /// Of the time before that list, lookups have at least three quarters, however long each takes. A list that is
    /// overdue waits for something else.
    package func delaysList(_ duration: Duration, at now: Timestamp) -> Bool {
        guard let next = nextList.withLock({ $0 }), now < next.due else { return false }
        return now.advanced(by: min(duration, next.due.since(next.since) / 4)) >= next.due
    }

    /// The earliest time at which a fetch of `calls` requests can begin; `now` if it can at once.
    ///
    /// That is when its first request may be sent and all of them fit into the daily limit; the rate spaces
    /// out the others. A fetch of more than the daily limit waits until all of that limit is free.
    package func earliestStart(of calls: Int, at now: Timestamp) -> Timestamp {
        ledger.withLock { ledger in
            // A copy, since looking ahead must change nothing.
            var ledger = ledger
            return ledger.hold(calls: calls, at: now)?.until ?? now
        }
    }

    /// Requests left of the daily limit; nil without such a limit.
    package func left(at now: Timestamp) -> Int? {
        ledger.withLock { ledger in
            var ledger = ledger
            return ledger.left(at: now)
        }
    }

    /// The requests granted in the minute, the hour and the day that end now, with a resolution of a sixtieth
    /// of each.
    ///
    /// Requests of an earlier process count if they were restored.
    package func calls(at now: Timestamp) -> SourceStatus.Calls {
        ledger.withLock { ledger in
            var ledger = ledger
            return ledger.calls(at: now)
        }
    }

    /// Ends the pauses that a platform requested, since they may apply to other credentials or to another
    /// platform.
    package func endPause() { ledger.withLock { $0.endPause() } }

    /// The interval between fetches of `calls` requests at which the daily limit lasts all day; zero without
    /// a limit.
    package func spread(of calls: Int) -> Duration {
        guard let daily = limits.daily, daily > 0 else { return .zero }
        return .seconds(min(86_400 * Double(max(1, calls)) / Double(daily), 86_400))
    }

    /// Notes how many requests the platform says are left: if 0, nothing is granted before `resetAt`.
    ///
    /// The pause is an hour at most. A count above 0 does not end an earlier pause, since answers arrive in
    /// any order.
    package func learn(remaining: Int, resetAt: Timestamp, at now: Timestamp) {
        guard remaining == 0 else { return }
        pause(for: resetAt.since(now), at: now)
    }

    /// The longest pause that a platform can request.
    package static let longestPause = Duration.seconds(3600)

    /// Grants nothing for this long, at most ``longestPause``: the platform's `Retry-After`.
    package func pause(for pause: Duration, at now: Timestamp) {
        ledger.withLock { $0.pause(for: min(pause, Self.longestPause), at: now) }
    }
}

/// Compares the limits only, not what is left of them.
extension RequestBudget: Equatable {
    package static func == (left: RequestBudget, right: RequestBudget) -> Bool { left.limits == right.limits }
}
