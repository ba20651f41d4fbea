/// The times that decide how old a source's list may get, and when the source is fetched again.
package struct CacheWindows: Sendable, Equatable {
    /// The age up to which a list is served and nothing is fetched.
    package var ttl = Duration.seconds(30)
    /// The time beyond ``ttl`` in which a list still counts as fresh: it is served at once while one refresh
    /// starts.
    package var staleWhileRevalidate = Duration.seconds(300)
    /// The time beyond both in which the list of a failing source is still served; nil: without limit.
    package var staleIfError: Duration?
    /// The least pause from the end of one attempt to the next, whatever a caller demands.
    package var minInterval = Duration.seconds(2)
    /// The least age that a caller's `Cache-Control` header can demand.
    package var clientFloor = Duration.seconds(10)
    /// The time a reader waits for a list that is missing, or older than ``ttl`` and
    /// ``staleWhileRevalidate``.
    package var wait = Duration.milliseconds(500)
    /// The time a reader waits for what it demanded; no key sets it.
    package var demandWait = Duration.seconds(5)
    /// The largest share of ``ttl`` by which an attempt comes early, so that sources do not stay in step; 0
    /// to 0.5.
    package var jitter = 0.1
    /// The time after its last reader for which a source counts as read; nil: always.
    package var idleAfter: Duration? = .seconds(300)
    /// The time between two attempts of a source that nobody reads; nil: it is never fetched.
    package var idleInterval: Duration? = .seconds(600)
    /// The ``ttl`` while a deployment is in transition, where that is shorter; nil: the same.
    package var ttlInTransition: Duration?
    /// The most rows that one complete listing may drop by itself; nil: any number.
    package var maxDrop: MaxDrop?

    /// Makes the default windows.
    package init() {}

    /// The age up to which a list counts as fresh.
    package var freshFor: Duration { ttl + staleWhileRevalidate }

    /// The age beyond which the list of a failing source is no longer served; nil: there is none.
    package var servedFor: Duration? { staleIfError.map { freshFor + $0 } }

    /// The maximum age that a demand means for this source, the stricter of its two; nil if it has none.
    package func age(of demand: Demand) -> Duration? {
        let parameter = demand.maxAge.map { max($0, minInterval) }
        let header = demand.headerMaxAge.map { max($0, clientFloor, minInterval) }
        return [parameter, header].compactMap(\.self).min()
    }
}

/// The most rows that one complete listing of a partition may drop by itself.
///
/// A listing that would drop more has to be confirmed: the rows stay until the next complete listing misses
/// them too. Lists of more than one page, and empty ones, need that confirmation anyway.
package struct MaxDrop: Sendable, Equatable {
    /// The share of the partition's rows before the listing, 0 to 1; 0 is exceeded by any drop, 1 by none.
    package var share: Double
    /// A number of rows, not negative; 0 is exceeded by any drop.
    package var count: Int

    /// A bound that is left out is 0, so that the other one decides alone.
    package init(share: Double = 0, count: Int = 0) {
        self.share = share
        self.count = count
    }

    /// True if dropping `dropped` rows of `total` exceeds both bounds.
    package func isExceeded(by dropped: Int, of total: Int) -> Bool {
        // Divided, not multiplied: 29 of 100 are then exactly 0.29.
        dropped > count && total > 0 && Double(dropped) / Double(total) > share
    }
}
