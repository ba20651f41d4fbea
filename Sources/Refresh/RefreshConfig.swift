import Deployments

/// When one source is asked, and how old its list may get.
package struct RefreshConfig: Sendable, Equatable {
    /// Within this age a list is served and nothing is asked.
    package var ttl: Duration
    /// So much older than ``ttl`` a list is served at once, while one refresh starts, and counts as fresh.
    package var staleWhileRevalidate: Duration
    /// So much older than both the list of a source that fails is served still; nil: for ever.
    package var staleIfError: Duration?
    /// The least pause between the end of one attempt and the next, whatever a caller demands.
    package var minInterval: Duration
    /// The least age that a `Cache-Control` header can demand.
    package var clientFloor: Duration
    /// How long a reader waits for a list that is missing, or older than ``ttl`` and ``staleWhileRevalidate``.
    package var wait: Duration
    /// How long a reader waits for what it demanded.
    package var demandWait: Duration
    /// By how much of ``ttl`` at most an attempt comes earlier, so that sources do not stay in step; 0 to 0.5.
    package var jitter: Double
    /// How long after its last reader a source counts as read; nil: always.
    package var idleAfter: Duration?
    /// How often a source that nobody reads is asked; nil: never.
    package var idleInterval: Duration?
    /// Takes the place of a longer ``ttl`` while a deployment is in transition; nil: nothing does.
    package var ttlInTransition: Duration?
    /// Nil: a complete listing is believed however many rows it drops.
    package var maxDrop: MaxDrop?

    package init(
        ttl: Duration = .seconds(30), staleWhileRevalidate: Duration = .seconds(300),
        staleIfError: Duration? = nil, minInterval: Duration = .seconds(2),
        clientFloor: Duration = .seconds(10), wait: Duration = .milliseconds(500),
        demandWait: Duration = .seconds(5), jitter: Double = 0, idleAfter: Duration? = nil,
        idleInterval: Duration? = nil, ttlInTransition: Duration? = nil,
        maxDrop: MaxDrop? = nil
    ) {
        self.ttl = ttl
        self.staleWhileRevalidate = staleWhileRevalidate
        self.staleIfError = staleIfError
        self.minInterval = minInterval
        self.clientFloor = clientFloor
        self.wait = wait
        self.demandWait = demandWait
        self.jitter = jitter
        self.idleAfter = idleAfter
        self.idleInterval = idleInterval
        self.ttlInTransition = ttlInTransition
        self.maxDrop = maxDrop
    }

    /// The age up to which a list counts as fresh.
    var freshFor: Duration { ttl + staleWhileRevalidate }

    /// The age beyond which a list of a source that fails is not served any more; nil: there is none.
    var servedFor: Duration? { staleIfError.map { freshFor + $0 } }

    /// The age that a demand comes down to here, the stricter of its two; nil where there is none.
    func age(of demand: Demand) -> Duration? {
        let parameter = demand.maxAge.map { max($0, minInterval) }
        let header = demand.headerMaxAge.map { max($0, clientFloor, minInterval) }
        return [parameter, header].compactMap(\.self).min()
    }
}
