/// The lists of one source that a reader is answered from.
package struct ListsRead: OptionSet, Sendable, Hashable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// The list of deployments.
    package static let deployments = ListsRead(rawValue: 1)
    /// The list of model providers.
    package static let providers = ListsRead(rawValue: 2)
}

/// A caller's demand on the age of the lists that its query reaches, beyond their sources' windows.
package struct Demand: Sendable, Equatable {
    /// The maximum age from the parameter `max_age`; honored down to the source's `min_interval`.
    package var maxAge: Duration?
    /// The maximum age from a `Cache-Control` header; honored down to the source's `client_floor`, since a
    /// browser's reload sends one.
    package var headerMaxAge: Duration?
    /// True if no platform is queried for this caller, who does not wait either.
    package var onlyIfCached: Bool
    /// The lists whose age counts, by the name of the source; the deployments alone for a source that is not in it.
    package var lists: [String: ListsRead]

    package init(
        maxAge: Duration? = nil, headerMaxAge: Duration? = nil, onlyIfCached: Bool = false,
        lists: [String: ListsRead] = [:]
    ) {
        self.maxAge = maxAge
        self.headerMaxAge = headerMaxAge
        self.onlyIfCached = onlyIfCached
        self.lists = lists
    }

    /// The lists of a source whose age counts.
    package func lists(of source: String) -> ListsRead { lists[source] ?? .deployments }

    /// No demand beyond the sources' windows.
    package static let none = Demand()
}

/// The reason that a caller's demand was not met, as the HTTP contract names it
/// (Sources/HTTPFront/README.md).
package enum UnmetDemand: String, Sendable, CaseIterable {
    /// The source was queried so recently that it may not be queried again yet.
    case minInterval = "min_interval"
    /// The source's budget of requests is used up, or the platform requested a pause.
    case budget
    /// Another process uses the store, and only that one requests anything.
    case locked
    /// The request had not been answered, or had failed, when the caller's wait was over; or nothing was
    /// requested, since the source is in its delay after failures, or since the caller wanted cached lists
    /// only.
    case timeout
    /// The source was queried in time, but a cache on the way to its platform answered with an older copy.
    case upstreamCache = "upstream_cache"
}

/// The outcome of a demanded refresh of one source.
package enum RefreshOutcome: Sendable, Equatable {
    /// An attempt that began after the demand has ended; the source's status shows whether it succeeded.
    case done
    /// The attempt has not ended yet.
    case inProgress
    /// Nothing was requested; a request is possible after this time.
    case refused(UnmetDemand, retryAfter: Duration)
}

/// Keeps lists as fresh as their windows, readers and budgets require; called by the HTTP front.
package protocol Freshness: Sendable {
    /// Notes that these sources are read, and returns once their lists are as fresh as the windows and the
    /// demand require, or the wait is over.
    ///
    /// Without a demand it waits only for a source that has no list, or one older than `ttl` and
    /// `stale_while_revalidate` together, at most `wait`; never for a source whose last attempt failed while
    /// the next is not due. Unknown names are ignored.
    /// - Returns: The sources whose list is older than demanded, each with the reason.
    func read(_ sources: [String], demand: Demand) async -> [String: UnmetDemand]

    /// Queries a source now, within its `min_interval` and its budget, and waits for the result for some
    /// seconds.
    ///
    /// - Returns: nil where no source has this name.
    func refresh(_ source: String) async -> RefreshOutcome?
}
