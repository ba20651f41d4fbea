/// When one source is asked.
package struct RefreshConfig: Sendable, Equatable {
    /// From the beginning of one attempt to the next.
    package var ttl: Duration
    /// How much older than ``ttl`` a list may be and still count as fresh.
    package var staleWhileRevalidate: Duration
    /// The least pause between the end of one attempt and the next.
    package var minInterval: Duration
    /// Nil: a complete listing is believed however many rows it drops.
    package var maxDrop: MaxDrop?

    package init(
        ttl: Duration = .seconds(30), staleWhileRevalidate: Duration = .seconds(300),
        minInterval: Duration = .seconds(2), maxDrop: MaxDrop? = nil
    ) {
        self.ttl = ttl
        self.staleWhileRevalidate = staleWhileRevalidate
        self.minInterval = minInterval
        self.maxDrop = maxDrop
    }
}
