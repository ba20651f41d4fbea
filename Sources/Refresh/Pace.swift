import Deployments

/// When a source is to be asked next, and why then: a pure function of how its attempts ended.
struct Pace: Sendable, Equatable {
    /// Failed attempts in a row up to now; an attempt in which any partition was listed is not failed.
    private(set) var failures = 0
    /// From the beginning of the attempt that ended to the next.
    private(set) var pause: Duration = .zero
    private(set) var reason = Reason.starting

    /// The words of `next_attempt_reason`.
    enum Reason: String, Sendable {
        case starting, ttl
        case afterFailure = "after_failure"
    }

    /// The longest pause after failures, unless the `ttl` is longer.
    static let longestBackoff = Duration.seconds(300)
    /// The longest pause that a platform may ask for.
    static let longestRetryAfter = Duration.seconds(3600)

    /// Notes an attempt that ended: `ttl`, or after n failures in a row `ttl` · 2^(n-1), and up to a tenth more so
    /// that sources which fail together do not come back together.
    mutating func note(_ fetch: SourceFetch, of source: String, config: RefreshConfig) {
        var asked = Duration.zero
        var listed = false
        for partition in fetch.partitions {
            switch partition.result {
            case .success: listed = true
            case .failure(let error): asked = max(asked, error.retryAfter ?? .zero)
            }
        }
        if listed {
            failures = 0
            reason = .ttl
            pause = config.ttl
        } else {
            failures = min(failures + 1, 1_000_000)
            reason = .afterFailure
            pause = Self.backoff(after: failures, ttl: config.ttl)
            pause += pause * Self.jitter(source: source, failures: failures) / 1000
        }
        let allowed = min(asked, Self.longestRetryAfter)
        if allowed > pause {
            pause = allowed
            reason = .afterFailure
        }
    }

    private static func backoff(after failures: Int, ttl: Duration) -> Duration {
        var pause = ttl
        var left = failures - 1
        while left > 0, pause > .zero, pause < longestBackoff {
            pause = pause * 2
            left -= 1
        }
        return max(ttl, min(pause, longestBackoff))
    }

    /// 0 to 100, the same for the same source and count (FNV-1a).
    private static func jitter(source: String, failures: Int) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(source)#\(failures)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(hash % 101)
    }
}
