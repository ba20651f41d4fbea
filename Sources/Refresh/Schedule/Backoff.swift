import Deployments
import Wire

/// The exponential retry delay of one source, computed from the results of its attempts.
///
/// Each error class has its own first and longest delay.
struct Backoff: Sendable, Equatable {
    /// The number of consecutive failed attempts, at most 1,000,000; an attempt that listed any partition did
    /// not fail.
    private(set) var failures = 0
    /// The least time from the beginning of the last attempt to the beginning of the next.
    ///
    /// Zero after a success, unless the platform requested a pause.
    private(set) var delay = Duration.zero

    /// The longest pause that a platform may request.
    static let longestRetryAfter = Duration.seconds(3600)

    /// Updates the delay after an attempt.
    ///
    /// After n consecutive failures, the delay is the first delay of the error's class · 2^(n-1), at most the
    /// longest delay of the class. Up to a tenth is added, or up to half a `ttl` if that is more, so that
    /// sources that fail together do not retry together. A pause that the platform requested is the least delay.
    mutating func note(_ fetch: SourceFetch, of source: String, config: CacheWindows) {
        if fetch.listedNothing {
            failures = min(failures + 1, 1_000_000)
            let errorClass = fetch.failures.first?.errorClass ?? .internal
            delay = errorClass.retryDelay(after: failures, ttl: config.ttl)
            let spread = max(delay / 10, config.ttl / 2)
            delay += spread * Self.jitter(source: source, count: failures) / 100
        } else {
            failures = 0
            delay = .zero
        }
        let requested = fetch.requestedPause ?? .zero
        delay = max(delay, min(requested, Self.longestRetryAfter))
    }

    /// Limits the delay to the longest that a failure has under another `ttl`.
    mutating func limit(to ttl: Duration) {
        delay = min(delay, max(Self.longestRetryAfter * 11 / 10, ttl + ttl / 2))
    }

    /// Forgets the failures, for example after the credentials that failed were replaced.
    mutating func reset() { self = Backoff() }

    /// A number from 0 to 100, the same in every process for the same source and count.
    static func jitter(source: String, count: Int) -> Int {
        var fnv = FNV1a()
        fnv.add("\(source)#\(count)".utf8)
        return Int(fnv.hash % 101)
    }
}

extension SourceError.Class {
    /// The delay after a number of consecutive failures, without jitter; never less than the `ttl`.
    fileprivate func retryDelay(after failures: Int, ttl: Duration) -> Duration {
        let (first, longest): (Duration, Duration) =
            switch self {
            // Errors that usually end without intervention.
            case .unreachable, .timeout, .serverError, .badResponse, .tooLarge, .tls: (ttl, .seconds(300))
            case .rateLimited: (ttl, .seconds(900))
            // Errors that need a person; a rotated secret ends the delay.
            case .auth, .permission, .notFound, .rejected, .config, .internal: (ttl * 2, .seconds(900))
            case .billing: (ttl * 10, .seconds(3600))
            }
        var delay = first
        var doublings = failures - 1
        while doublings > 0, delay > .zero, delay < longest {
            delay = delay * 2
            doublings -= 1
        }
        return max(ttl, min(delay, longest))
    }
}

extension ListFetch {
    /// The errors of the partitions that failed, in the fetch's order.
    var failures: [SourceError] {
        partitions.compactMap { if case .failure(let error) = $0.result { error } else { nil } }
    }

    /// True if no partition was listed.
    var listedNothing: Bool { failures.count == partitions.count }
}

/// What the schedule looks at: the list of deployments. Only a pause that the platform requested counts for all.
extension SourceFetch {
    /// The errors of the partitions of deployments that failed, in the fetch's order.
    var failures: [SourceError] { deployments.failures }

    /// The longest pause that the platform requested while any of the lists was fetched; nil if it requested none.
    var requestedPause: Duration? {
        (failures + (providers?.failures ?? [])).compactMap(\.retryAfter).max()
    }

    /// True if the attempt failed as a whole: no deployments were listed.
    var listedNothing: Bool { deployments.listedNothing }
}
