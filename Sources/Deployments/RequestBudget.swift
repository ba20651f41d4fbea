import Synchronization

/// What an operator and a platform allow one source in HTTP requests, and what is left of it.
///
/// Every request that is sent takes one, retries included. Shared by whatever sends for the source and whoever
/// plans its fetches.
package final class RequestBudget: Sendable {
    /// The operator's limits; nil: none.
    package struct Limits: Sendable, Equatable {
        /// Requests a second, on the long run.
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
        case refused(until: Moment)
    }

    package init(_ limits: Limits = Limits()) {}

    /// Takes one request.
    package func take(at now: Moment) -> Verdict { .granted }

    /// When a fetch of so many requests can begin at the earliest; `now` where it can at once.
    package func earliestStart(of calls: Int, at now: Moment) -> Moment { now }

    /// Requests left of the daily limit; nil where there is none.
    package func left(at now: Moment) -> Int? { nil }
}
