/// What a caller wants of the lists that its query reaches, beyond what their sources' windows give.
package struct Demand: Sendable, Equatable {
    /// "Not older than", as the parameter `max_age` says; honoured down to the source's `min_interval`.
    package var maxAge: Duration?
    /// The same as a `Cache-Control` header says it; honoured down to the source's `client_floor`, since a
    /// browser's reload sends one.
    package var headerMaxAge: Duration?
    /// Nothing is asked of any platform for this caller, and nothing is waited for.
    package var onlyIfCached: Bool

    package init(maxAge: Duration? = nil, headerMaxAge: Duration? = nil, onlyIfCached: Bool = false) {
        self.maxAge = maxAge
        self.headerMaxAge = headerMaxAge
        self.onlyIfCached = onlyIfCached
    }

    /// What the sources' windows say, and no more.
    package static let none = Demand()
}

/// Why a caller's demand was not met; the words of DESIGN.md §4.
package enum UnmetDemand: String, Sendable, CaseIterable {
    /// The source was asked so short a time ago that it may not be asked again.
    case minInterval = "min_interval"
    /// The source's budget of requests is used up, or the platform asked for a pause.
    case budget
    /// What was asked had not answered, or had failed, when the caller had waited long enough; or the source rests
    /// after failures, or the caller wanted only what is there, so that nothing was asked.
    case timeout
}

/// How a demanded refresh of one source went.
package enum RefreshOutcome: Sendable, Equatable {
    /// An attempt that began after the demand has ended, well or badly: the source's status tells which.
    case done
    /// The attempt is still under way.
    case underWay
    /// Nothing was asked; it may be after this time.
    case refused(UnmetDemand, retryAfter: Duration)
}

/// Keeps lists as fresh as their windows, their readers and their budgets have it: what the front calls.
package protocol Freshness: Sendable {
    /// Notes that these sources are read, and returns once their lists are as fresh as the windows and the demand
    /// ask, or waiting is over.
    ///
    /// Without a demand it waits only for a source that has no list, or one older than `ttl` and
    /// `stale_while_revalidate` together, at most `wait`; never for a source whose last attempt failed while the
    /// next is not due. Names of no source are passed over.
    /// - Returns: Those sources whose list is older than demanded, and why.
    func read(_ sources: [String], demand: Demand) async -> [String: UnmetDemand]

    /// Asks a source now, within its `min_interval` and its budget, and waits for it for some seconds.
    ///
    /// - Returns: nil where no source has this name.
    func refresh(_ source: String) async -> RefreshOutcome?
}
