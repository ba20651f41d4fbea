import Deployments
import Wire

/// Exponential retry delay of one source: a pure function of how its attempts ended, in which each error
/// class has its own first and longest delay.
struct Backoff: Sendable, Equatable {
    /// Failed attempts in a row up to now, 1,000,000 at most; an attempt that listed any partition did not
    /// fail.
    private(set) var failures = 0
    /// The least time from the beginning of the attempt that ended to the beginning of the next.
    ///
    /// Zero after a success, unless the platform asked for a pause.
    private(set) var delay = Duration.zero

    /// The longest pause that a platform may ask for.
    static let longestRetryAfter = Duration.seconds(3600)

    /// Notes an attempt that ended.
    ///
    /// After n failures in a row the delay is the first one of its class · 2^(n-1), up to the longest of its
    /// class, and up to a tenth more, so that sources which fail together do not come back together.
    mutating func note(_ fetch: SourceFetch, of source: String, config: CacheWindows) {
        if fetch.listedNothing {
            failures = min(failures + 1, 1_000_000)
            let errorClass = fetch.failures.first?.errorClass ?? .internal
            delay = errorClass.retryDelay(after: failures, ttl: config.ttl)
            delay += delay * Self.jitter(source: source, count: failures) / 1000
        } else {
            failures = 0
            delay = .zero
        }
        let requested = fetch.failures.compactMap(\.retryAfter).max() ?? .zero
        delay = max(delay, min(requested, Self.longestRetryAfter))
    }

    /// Forgets the failures, as where the credentials that failed were replaced.
    mutating func reset() { self = Backoff() }

    /// 0 to 100, the same in every process for the same source and count.
    static func jitter(source: String, count: Int) -> Int {
        var fnv = FNV1a()
        fnv.add("\(source)#\(count)".utf8)
        return Int(fnv.hash % 101)
    }
}

extension SourceError.Class {
    /// The delay after so many failures in a row, without jitter; never less than the `ttl`.
    fileprivate func retryDelay(after failures: Int, ttl: Duration) -> Duration {
        let (first, longest): (Duration, Duration) =
            switch self {
            // These pass by themselves.
            case .unreachable, .timeout, .serverError, .badResponse, .tooLarge, .tls: (ttl, .seconds(300))
            case .rateLimited: (ttl, .seconds(900))
            // These need a person; a rotated secret ends the delay.
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

extension SourceFetch {
    /// The errors of the partitions that failed, in the fetch's order.
    var failures: [SourceError] {
        partitions.compactMap { if case .failure(let error) = $0.result { error } else { nil } }
    }

    /// True where the attempt failed as a whole: not one partition was listed.
    var listedNothing: Bool { failures.count == partitions.count }
}
