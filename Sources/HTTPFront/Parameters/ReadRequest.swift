import Deployments
package import Snapshots

/// What the parameters of a read say: which rows, and how good the lists behind them must be.
package struct ReadRequest: Sendable {
    package var query: Query
    /// `max_age`; nil where it is not given.
    package var maxAge: Duration?
    /// Whether an error is wanted rather than an incomplete answer.
    package var isStrict = false
    /// Whether a time in it counts back from now, so that the same words may ask for other rows at another moment.
    package var isRelative = false
    /// Of a summary; without keys elsewhere.
    package var grouping: Grouping
    /// The value of `page_token`, not empty; nil where it is not given.
    ///
    /// Where it is, ``query`` says how the page is shown, and no more.
    package var pageToken: String?
    /// The value of `page_size`; nil where it is not given.
    package var pageSize: Int?
    /// Whether a page is asked for, by its number, its size or a token, rather than the list.
    package var isPage = false
    /// The value of `format`; nil where it is not given.
    package var format: ResponseFormat?
}

extension Demand {
    /// A caller's whole say: its parameters, and its header's directives.
    init(_ request: ReadRequest, _ directives: CacheDirectives) {
        self.init(
            maxAge: request.maxAge, headerMaxAge: directives.maxAge, onlyIfCached: directives.onlyIfCached)
    }

    /// The stricter of the two ages; nil where neither is given.
    var age: Duration? { [maxAge, headerMaxAge].compactMap { $0 }.min() }
}

extension ReadContext {
    /// Has the sources that a request reaches made as fresh as it asks for, and takes what is published then.
    ///
    /// Everything that can be wrong with the request has been found before: what comes here may wait, and counts
    /// as a read of its sources.
    /// - Returns: The request with the published value to answer it from, and how its sources stand in that.
    func read(
        _ request: ReadRequest, reaching isReached: (SourceDescription) -> Bool
    ) async -> (ReadContext, SourceScope) {
        let demand = Demand(request, directives)
        let before = published.sources.filter { isReached($0.source) }
        var unmet: [String: UnmetDemand] = [:]
        if !before.isEmpty {
            unmet = await state.freshness.read(before.map(\.source.name), demand: demand)
        }
        // Without a demand there is none that could be unmet.
        if demand.age == nil { unmet = [:] }
        var context = renewed()
        let after = context.published.sources.filter { isReached($0.source) }
        let use = CacheStatus(
            of: demand, requestedAt: now, before: before, after: after, unmet: unmet)
        let scope = SourceScope(after, now: context.now, unmet: unmet, cacheUse: use)
        if use == .hit, demand.age == nil, !demand.onlyIfCached, !request.isRelative {
            context.validity = Validity(of: scope, from: context.published)
        }
        return (context, scope)
    }

    /// The same request, to be answered from what is published now.
    func renewed() -> ReadContext {
        var context = self
        context.published = state.published()
        context.now = state.now()
        return context
    }
}

extension SourceScope {
    /// Refuses an answer that `strict=true` does not want.
    ///
    /// - Throws: `incomplete` where a partition reached has no proven list; else `not-fresh-enough` where the
    ///   caller's own demand is not met. A stale list is good enough for a caller that demanded no age.
    func hold(_ request: ReadRequest) throws(Problem) {
        guard request.isStrict, !sources.isEmpty else { return }
        guard isComplete else { throw .incomplete(self) }
        guard meetsDemand else { throw .notFreshEnough(self) }
    }
}
