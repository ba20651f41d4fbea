import Deployments

/// How long a source is left alone after how its attempts ended: a pure function, each error class with its own
/// patience.
struct Backoff: Sendable, Equatable {
    /// Failed attempts in a row up to now; an attempt in which any partition was listed is not failed.
    private(set) var failures = 0
    /// From the beginning of the attempt that ended, how long the source rests; zero after a success.
    private(set) var rest = Duration.zero

    /// The longest pause that a platform may ask for.
    static let longestRetryAfter = Duration.seconds(3600)

    /// Notes an attempt that ended: after n failures in a row the first rest of its class · 2^(n-1), up to the
    /// longest of its class, and up to a tenth more so that sources which fail together do not come back together.
    mutating func note(_ fetch: SourceFetch, of source: String, config: RefreshConfig) {
        var asked = Duration.zero
        var listed = fetch.partitions.isEmpty ? false : nil as Bool?
        var errorClass = SourceError.Class.internal
        for partition in fetch.partitions {
            switch partition.result {
            case .success: listed = true
            case .failure(let error):
                if listed == nil { (listed, errorClass) = (false, error.errorClass) }
                asked = max(asked, error.retryAfter ?? .zero)
            }
        }
        if listed == true {
            failures = 0
            rest = .zero
        } else {
            failures = min(failures + 1, 1_000_000)
            rest = errorClass.rest(after: failures, ttl: config.ttl)
            rest += rest * Self.jitter(source: source, count: failures) / 1000
        }
        rest = max(rest, min(asked, Self.longestRetryAfter))
    }

    /// Forgets the failures: what they were of is another now.
    mutating func end() { self = Backoff() }

    /// 0 to 100, the same for the same source and count (FNV-1a).
    static func jitter(source: String, count: Int) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(source)#\(count)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(hash % 101)
    }
}

extension SourceError.Class {
    /// What a source rests after so many failures in a row; never less than the `ttl`.
    fileprivate func rest(after failures: Int, ttl: Duration) -> Duration {
        let (first, longest): (Duration, Duration) =
            switch self {
            // These pass by themselves.
            case .unreachable, .timeout, .serverError, .badResponse, .tooLarge, .tls: (ttl, .seconds(300))
            case .rateLimited: (ttl, .seconds(900))
            // These a person mends; a rotated secret ends the rest.
            case .auth, .permission, .notFound, .rejected, .config, .internal: (ttl * 2, .seconds(900))
            case .billing: (ttl * 10, .seconds(3600))
            }
        var rest = first
        var left = failures - 1
        while left > 0, rest > .zero, rest < longest {
            rest = rest * 2
            left -= 1
        }
        return max(ttl, min(rest, longest))
    }
}
