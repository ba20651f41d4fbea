package import Deployments

extension CacheWindows {
    /// Windows without jitter and without idling, so that a test can tell the times of all attempts.
    package static func steady(
        ttl: Duration = .seconds(30), staleWhileRevalidate: Duration = .seconds(300),
        staleIfError: Duration? = nil, minInterval: Duration = .seconds(2),
        clientFloor: Duration = .seconds(10), wait: Duration = .milliseconds(500),
        demandWait: Duration = .seconds(5), jitter: Double = 0, idleAfter: Duration? = nil,
        idleInterval: Duration? = nil, ttlInTransition: Duration? = nil, maxDrop: MaxDrop? = nil
    ) -> CacheWindows {
        var windows = CacheWindows()
        windows.ttl = ttl
        windows.staleWhileRevalidate = staleWhileRevalidate
        windows.staleIfError = staleIfError
        windows.minInterval = minInterval
        windows.clientFloor = clientFloor
        windows.wait = wait
        windows.demandWait = demandWait
        windows.jitter = jitter
        windows.idleAfter = idleAfter
        windows.idleInterval = idleInterval
        windows.ttlInTransition = ttlInTransition
        windows.maxDrop = maxDrop
        return windows
    }
}
