import Synchronization
package import Wire

/// What an operator and a platform allow one source in HTTP requests, and what is left of it.
///
/// Every request that is sent takes one, retries included. Shared by whatever sends for the source and whoever
/// plans its fetches.
///
/// In any span of *w* seconds at most `burst` + `rate`·*w* requests are granted, and in any 24 hours at most
/// `daily`. A clock that is set back grants nothing more: it counts as standing still, until it is back where it
/// was, or goes on from its new time where that would last longer than ten minutes.
package final class RequestBudget: Sendable {
    /// The operator's limits; nil: none.
    package struct Limits: Sendable, Equatable {
        /// Requests a second, on the long run; above 0, anything else holds nothing back.
        package var rate: Double?
        /// Requests at once within ``rate``; nil: as many as a second brings, one at least.
        package var burst: Int?
        /// Requests in any 24 hours.
        package var daily: Int?

        package init(rate: Double? = nil, burst: Int? = nil, daily: Int? = nil) {
            self.rate = rate
            self.burst = burst
            self.daily = daily
        }
    }

    package enum Verdict: Sendable, Equatable {
        /// The request is taken from the budget: send it.
        case granted
        /// Nothing was taken: ask again after this time.
        case wait(Duration)
        /// Nothing was taken: the daily budget, or what the platform said is left, is used up until then.
        case refused(until: Timestamp)
    }

    /// Why a request may not be sent yet.
    package struct Hold: Sendable, Equatable {
        /// What holds the request back longest.
        package enum Bound: Sendable { case rate, daily, platform }

        package var bound: Bound
        /// Later than the moment that was asked for; who asks again then is granted one, if nobody was faster.
        package var until: Timestamp

        package init(bound: Bound, until: Timestamp) {
            self.bound = bound
            self.until = until
        }
    }

    package let limits: Limits
    private let ledger: Mutex<RequestLedger>

    /// A full budget.
    package init(_ limits: Limits = Limits()) {
        self.limits = limits
        ledger = Mutex(RequestLedger(limits))
    }

    /// Counts what an earlier process sent, in any order and in the day alone; before anything is taken.
    ///
    /// What was sent after `now`, by a clock that went wrong, counts as sent now.
    package func restore(_ sent: [SentRequests], at now: Timestamp) {
        ledger.withLock { $0.count(sent, at: now) }
    }

    /// What was granted in the last 24 hours, the oldest minute first: for ``restore(_:at:)`` of another process.
    package func sentInLastDay(at now: Timestamp) -> [SentRequests] {
        ledger.withLock { ledger in
            var ledger = ledger
            return ledger.counted(at: now)
        }
    }

    /// Goes on where another left off, as the budget of a source that is configured anew, with other limits or not.
    package func takeOver(_ other: RequestBudget) {
        guard self !== other else { return }
        let spent = other.ledger.withLock { $0 }
        ledger.withLock { $0.goOn(from: spent) }
    }

    /// Takes one request.
    package func take(at now: Timestamp) -> Verdict {
        guard let hold = draw(at: now) else { return .granted }
        return hold.bound == .rate ? .wait(hold.until.since(now)) : .refused(until: hold.until)
    }

    /// Takes one request, as ``take(at:)``; nil where it is taken.
    package func draw(at now: Timestamp) -> Hold? { ledger.withLock { $0.draw(at: now) } }

    /// When a fetch of so many requests can begin at the earliest; `now` where it can at once.
    ///
    /// That is when its first request may go, and all of them fit into the day: the rate paces the others. A fetch
    /// of more than the daily limit waits for the whole of it.
    package func earliestStart(of calls: Int, at now: Timestamp) -> Timestamp {
        ledger.withLock { ledger in
            // A copy: who only looks ahead, also to a time to come, changes nothing.
            var ledger = ledger
            return ledger.hold(calls: calls, at: now)?.until ?? now
        }
    }

    /// Requests left of the daily limit; nil where there is none.
    package func left(at now: Timestamp) -> Int? {
        ledger.withLock { ledger in
            var ledger = ledger
            return ledger.left(at: now)
        }
    }

    /// Requests granted in the minute, the hour and the day that end now, to a sixtieth of each; of an earlier
    /// process, what was restored.
    package func calls(at now: Timestamp) -> SourceStatus.Calls {
        ledger.withLock { ledger in
            var ledger = ledger
            return ledger.calls(at: now)
        }
    }

    /// Forgets the pauses that a platform asked for: they were another credential's, or another platform's.
    package func endPause() { ledger.withLock { $0.endPause() } }

    /// How far apart fetches of so many requests are spread, so that the daily limit lasts all day; zero without one.
    package func spread(of calls: Int) -> Duration {
        guard let daily = limits.daily, daily > 0 else { return .zero }
        return .seconds(min(86_400 * Double(max(1, calls)) / Double(daily), 86_400))
    }

    /// Notes what the platform says is left: nothing is granted before `resetAt` where that is 0.
    ///
    /// At most 24 hours, whatever `resetAt` says; anything above 0 takes no earlier word back, since answers
    /// arrive in any order.
    package func learn(remaining: Int, resetAt: Timestamp, at now: Timestamp) {
        guard remaining == 0 else { return }
        ledger.withLock { $0.pause(for: resetAt.since(now), atMost: .seconds(86_400), at: now) }
    }

    /// Grants nothing for this long, at most an hour: the platform's `Retry-After`.
    package func pause(for pause: Duration, at now: Timestamp) {
        ledger.withLock { $0.pause(for: pause, atMost: .seconds(3600), at: now) }
    }
}

/// By their limits: what is left of them is no part of it.
extension RequestBudget: Equatable {
    package static func == (left: RequestBudget, right: RequestBudget) -> Bool { left.limits == right.limits }
}
