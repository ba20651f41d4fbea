package import Deployments
package import Metrics
package import Snapshots
package import Wire

/// The data and services that the front answers from: passed in by the wiring, and read again for every request.
package struct FrontState: Sendable {
    /// The newest rows, with the status of every source.
    package var published: @Sendable () -> Published
    /// The wall clock, from which ages and freshness are computed.
    package var now: @Sendable () -> Timestamp
    /// The rule of `/readyz`.
    package var readiness: Readiness
    /// Makes lists as fresh as their windows and their readers demand, before requests are answered from them.
    package var freshness: any Freshness
    /// The reason why the newest lists cannot be stored; nil while they can be, or if there is no store.
    package var storeProblem: @Sendable () -> StoreProblem?
    /// The state of the configuration, for `/v1/sources`; nil to leave that member out.
    package var configuration: (@Sendable () -> ConfigurationStatus)?
    /// The cursors that page tokens refer to.
    package var cursors: CursorStore
    /// Responses that identical requests share.
    package var cache = ResponseCache()
    /// The audit log, or the reason for which it cannot be read; nil if this gateway keeps none.
    package var audit: (@Sendable () throws(AuditLogError) -> AuditView)?
    /// Changes deployments; nil if this gateway changes none.
    package var updates: (any DeploymentUpdates)?
    /// Sends responses that are too long to be held in memory.
    package var streams: ResponseStreams

    /// By default no store fails, and `/v1/sources` has no `configuration` member.
    package init(
        published: @escaping @Sendable () -> Published, now: @escaping @Sendable () -> Timestamp,
        readiness: Readiness, freshness: any Freshness,
        storeProblem: @escaping @Sendable () -> StoreProblem? = { nil },
        configuration: (@Sendable () -> ConfigurationStatus)? = nil,
        cursors: CursorStore = CursorStore(), streams: ResponseStreams = ResponseStreams()
    ) {
        self.published = published
        self.now = now
        self.readiness = readiness
        self.freshness = freshness
        self.storeProblem = storeProblem
        self.configuration = configuration
        self.cursors = cursors
        self.streams = streams
    }
}

/// Access control, and the limits of requests and connections.
package struct FrontConfig: Sendable {
    /// The access tokens with their permissions; open routes such as `/healthz` are answered without one.
    package var access: AccessPolicy
    /// The hosts under which requests are answered, and the origins whose pages may change something.
    package var hosts = HostRule.any
    /// The web pages of other origins that may read.
    package var crossOriginReading = CrossOriginReading()
    /// `/docs`, `/docs.css` and `/openapi.json` need the right `read`, as data does.
    ///
    /// By default they are open: they hold no data, and a browser sends no `Authorization: Bearer`.
    package var privateDocs = false
    /// A longer request target is answered 414.
    package var targetLimitBytes = 16 * 1024
    /// More bytes in all request headers together are answered 431.
    package var headerLimitBytes = 32 * 1024
    /// A longer request body, or one of unknown length, is answered 413; a shorter one is ignored.
    package var bodyLimitBytes = 64 * 1024
    /// The time after the start for which `/readyz` waits for sources that have not ended one attempt.
    package var readyAfter = Duration.seconds(30)
    /// A connection without a request in progress is closed after this time.
    package var idleTimeout = Duration.seconds(30)
    /// The rest of a request's headers, and then of its body, has this time to arrive.
    package var requestTimeout = Duration.seconds(10)
    /// During shutdown a connection whose client reads nothing of its answer is closed after this time.
    package var shutdownPatience = Duration.seconds(3)
    /// The most connections at a time, from 1; for one more, the one that is idle for longest is closed.
    package var connectionLimit = 1024
    /// The most connections at a time of one IPv4 address or one IPv6 /64, from 1; loopback and ``proxies`` are exempt.
    package var addressLimit = 256
    /// The connections beyond the limits, from 1, on which only `/healthz` and `/readyz` are answered.
    package var connectionReserve = 64
    /// The addresses of proxies that are trusted: many clients share their connections.
    package var proxies: [AddressRange] = []

    /// The factory of the counters.
    package var metrics: any MetricsFactory = MetricsSystem.factory

    /// The standard limits.
    package init(access: AccessPolicy) { self.access = access }
}
