package import Deployments
package import Snapshots
package import Wire

/// What the front serves from: given by the wiring, read anew for every request.
package struct FrontState: Sendable {
    /// The newest rows, with how every source stands.
    package var published: @Sendable () -> Published
    /// The wall clock, from which ages and freshness are told.
    package var now: @Sendable () -> Timestamp
    package var readiness: Readiness
    /// Makes lists as fresh as their windows and their readers ask, before they are answered from.
    package var freshness: any Freshness
    /// Why the newest lists are not kept; nil while they are, or are not to be.
    package var storeProblem: @Sendable () -> StoreProblem?
    /// How the configuration stands, for `/v1/sources`; nil: nothing is told of it.
    package var configuration: (@Sendable () -> ConfigurationStatus)?
    /// What page tokens cursor.
    package var cursors: CursorStore
    /// Answers that the next request may get as well.
    package var cache = ResponseCache()
    /// What compresses answers that are all there.
    package var compressor = Compressor()
    /// What sends answers that are too long for memory.
    package var streams: ResponseStreams

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

/// Who may ask, and how much of everything one client may take.
package struct FrontConfig: Sendable {
    /// Who may ask; open routes such as `/healthz` are answered to everyone.
    package var access: AccessPolicy
    /// Demands a token for `/docs`, its style and `/openapi.json` too.
    package var privateDocs = false
    /// A longer request target is answered 414.
    package var targetLimitBytes = 16 * 1024
    /// More bytes in all request headers are answered 431.
    package var headerLimitBytes = 32 * 1024
    /// A longer request body, or one of unknown length, is answered 413; a shorter one is ignored.
    package var bodyLimitBytes = 64 * 1024
    /// How long after the start `/readyz` waits for sources that have not finished one attempt.
    package var readyAfter = Duration.seconds(30)
    /// A connection without a request in progress is closed after this time.
    package var idleTimeout = Duration.seconds(30)
    /// Further connections wait in the kernel's queue.
    package var connectionLimit = 1024

    package init(access: AccessPolicy) { self.access = access }
}
