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

    /// A duration, or no end.
    enum StaleLimit: Sendable, Equatable {
        case unlimited
        case after(Duration)
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
    var maxDrop: MaxDrop?

    /// These values where given, else the others.
    func over(_ others: CacheOverrides) -> CacheOverrides {
        CacheOverrides(
            ttl: ttl ?? others.ttl,
            staleWhileRevalidate: staleWhileRevalidate ?? others.staleWhileRevalidate,
            staleIfError: staleIfError ?? others.staleIfError,
            minInterval: minInterval ?? others.minInterval,
            clientFloor: clientFloor ?? others.clientFloor,
            wait: wait ?? others.wait,
            maxDrop: maxDrop ?? others.maxDrop)
    }

    /// These values where given, else the defaults.
    func over(_ defaults: CacheConfig) -> CacheConfig {
        CacheConfig(
            ttl: ttl ?? defaults.ttl,
            staleWhileRevalidate: staleWhileRevalidate ?? defaults.staleWhileRevalidate,
            staleIfError: staleIfError ?? defaults.staleIfError,
            minInterval: minInterval ?? defaults.minInterval,
            clientFloor: clientFloor ?? defaults.clientFloor,
            wait: wait ?? defaults.wait,
            maxDrop: maxDrop ?? defaults.maxDrop)
    }
}
