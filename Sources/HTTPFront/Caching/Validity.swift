import Deployments
import Snapshots
import Wire

/// The time during which the same request gets the same response: a range of times, while nothing new is published.
struct Validity: Sendable {
    private let publication: Publication
    private let since: Timestamp
    private let until: Timestamp

    init(of scope: SourceScope, from publication: Publication) {
        self.publication = publication
        since = scope.now
        until = scope.unchangedUntil
    }

    /// True within the range, for the same publication; false before the range too, as after the clock was set back.
    func isValid(at now: Timestamp, for publication: Publication) -> Bool {
        guard since <= now, now < until else { return false }
        // Nothing that is published of the one ends an answer from the other.
        return publication == self.publication || !publication.isComparable(with: self.publication)
    }
}

extension SourceScope {
    /// The time until which everything that a response states about these sources stays the same, if nothing is
    /// published.
    ///
    /// It is at most the time at which the oldest list's age reaches its next whole second.
    fileprivate var unchangedUntil: Timestamp {
        var steps: [Int64] = []
        var (oldest, leastLeft): (Int64?, Int64?) = (nil, nil)
        for source in sources {
            guard let observedAt = source.observedAt else { continue }
            let age = now.microseconds(since: observedAt)
            // A list from the future has no reliable age, so that the response is not shared.
            guard age >= 0 else { return now }
            oldest = max(oldest ?? 0, age)
            let left = source.status.ttl.microseconds - min(age, 1 << 61)
            leastLeft = min(leastLeft ?? left, left)
            let fresh = source.status.freshFor.microseconds
            if age <= fresh { steps.append(fresh - age + 1) }
        }
        // `Age` counts up and `ttl` of `Cache-Status` counts down, both in whole seconds.
        if let oldest { steps.append(Self.second - oldest % Self.second) }
        if let leastLeft {
            let rest = leastLeft % Self.second
            steps.append((rest < 0 ? rest + Self.second : rest) + 1)
        }
        return now.advanced(by: .microseconds(steps.min() ?? Self.second))
    }

    private static var second: Int64 { 1_000_000 }
}
