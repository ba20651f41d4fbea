import Refresh

/// How old a list may be, and when a source is asked; the defaults are DESIGN.md §5's.
struct CacheConfig: Sendable, Equatable {
    /// From the beginning of one attempt to the next.
    var ttl = Duration.seconds(30)
    /// How much older than ``ttl`` a list may be and still count as fresh.
    var staleWhileRevalidate = Duration.seconds(300)
    /// How long a list is served while its source fails.
    var staleIfError = StaleLimit.unlimited
    /// The least pause between two attempts, whatever a caller demands.
    var minInterval = Duration.seconds(2)
    /// The least age that a caller's `Cache-Control` header can demand.
    var clientFloor = Duration.seconds(10)
    /// How long a request waits for a source whose list is missing or too old.
    var wait = Duration.milliseconds(500)
    /// The rows that one complete list may drop; nil: any number.
    var maxDrop: MaxDrop?

    /// By how much of ``ttl`` at most a refresh comes earlier; 0 to 0.5.
    var jitter = 0.1
    /// How long after its last reader a source counts as read.
    var idleAfter = Duration.seconds(300)
    /// How often a source that nobody reads is asked.
    var idleInterval = IdleInterval.every(.seconds(600))
    /// The ``ttl`` while a deployment is in transition, where that is shorter; nil: the same.
    var ttlInTransition: Duration?

    /// A duration, or no end.
    enum StaleLimit: Sendable, Equatable {
        case unlimited
        case after(Duration)
    }

    /// A duration, or not at all.
    enum IdleInterval: Sendable, Equatable {
        case off
        case every(Duration)
    }
}

/// Those values of ``CacheConfig`` that a file gives; nil where it leaves one out.
///
/// Kept apart from the defaults so that an adapter's own can stand between: a source's value wins over the
/// file's `cache`, that over the adapter's, and that over ``CacheConfig``'s.
struct CacheOverrides: Sendable, Equatable {
    var ttl: Duration?
    var staleWhileRevalidate: Duration?
    var staleIfError: CacheConfig.StaleLimit?
    var minInterval: Duration?
    var clientFloor: Duration?
    var wait: Duration?
    var jitter: Double?
    var idleAfter: Duration?
    var idleInterval: CacheConfig.IdleInterval?
    var ttlInTransition: Duration?
    var maxDrop: MaxDrop?

    /// These values where given, else the others.
    func over(_ others: CacheOverrides) -> CacheOverrides {
        var values = self
        values.ttl = ttl ?? others.ttl
        values.staleWhileRevalidate = staleWhileRevalidate ?? others.staleWhileRevalidate
        values.staleIfError = staleIfError ?? others.staleIfError
        values.minInterval = minInterval ?? others.minInterval
        values.clientFloor = clientFloor ?? others.clientFloor
        values.wait = wait ?? others.wait
        values.maxDrop = maxDrop ?? others.maxDrop
        values.jitter = jitter ?? others.jitter
        values.idleAfter = idleAfter ?? others.idleAfter
        values.idleInterval = idleInterval ?? others.idleInterval
        values.ttlInTransition = ttlInTransition ?? others.ttlInTransition
        return values
    }

    /// These values where given, else the defaults.
    func over(_ defaults: CacheConfig) -> CacheConfig {
        var values = defaults
        values.ttl = ttl ?? defaults.ttl
        values.staleWhileRevalidate = staleWhileRevalidate ?? defaults.staleWhileRevalidate
        values.staleIfError = staleIfError ?? defaults.staleIfError
        values.minInterval = minInterval ?? defaults.minInterval
        values.clientFloor = clientFloor ?? defaults.clientFloor
        values.wait = wait ?? defaults.wait
        values.maxDrop = maxDrop ?? defaults.maxDrop
        values.jitter = jitter ?? defaults.jitter
        values.idleAfter = idleAfter ?? defaults.idleAfter
        values.idleInterval = idleInterval ?? defaults.idleInterval
        values.ttlInTransition = ttlInTransition ?? defaults.ttlInTransition
        return values
    }
}
