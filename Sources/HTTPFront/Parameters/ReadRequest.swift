package import Deployments
package import Snapshots

/// The parameters of a read: the rows requested, and the required quality of the lists behind them.
package struct ReadRequest: Sendable {
    /// The rows requested.
    package var query: Query
    /// The value of `max_age`; nil if it is not given.
    package var maxAge: Duration?
    /// True for an error instead of an answer that is incomplete or older than demanded.
    package var isStrict = false
    /// True if it contains a time relative to now, so that the same parameters may match other rows later.
    package var isRelative = false
    /// The grouping of a summary; nil on other routes.
    package var grouping: Grouping?
    /// True if CSV begins with a byte order mark.
    package var withByteOrderMark = false
    /// The value of `page_token`, not empty; nil if it is not given.
    ///
    /// With a token, ``query`` has only the page size and the fields.
    package var pageToken: String?
    /// The value of `page_size`; nil if it is not given.
    package var pageSize: Int?
    /// The value of `page`; nil if it is not given.
    package var page: Int?
    /// The version of one deployment; nil for the latest one.
    package var version: Int?
    /// The sources that the answer lists.
    package var listedSources = ListedSources.all
    /// True if a page is requested, by its number, its size or a token, instead of the complete list.
    package var isPage = false
    /// True if an update is only to be checked and shown.
    package var isDryRun = false
    /// The value of `format`; nil if it is not given.
    package var format: ResponseFormat?

    /// The notices on its answer: those on its mistakes, then those on the rows and sources that it reaches.
    package func notices(
        of reached: [SourceStatus], in snapshot: Snapshot, finding mistakes: FilterMistakes
    ) -> [Notice] {
        mistakes.notices(on: query)
            + Notice.all(on: query, by: grouping, of: reached, in: snapshot)
    }
}

/// The sources that an answer lists, of those that it covers.
package enum ListedSources: String, Sendable, CaseIterable {
    case all
    /// Those for which an answer is not complete or not fresh.
    case problems
    case none
}

extension Demand {
    /// A caller's demand, from its parameters and its `Cache-Control` header.
    init(_ request: ReadRequest, _ directives: CacheDirectives) {
        self.init(
            maxAge: request.maxAge, headerMaxAge: directives.maxAge, onlyIfCached: directives.onlyIfCached)
    }

    /// The stricter of the two ages; nil if neither is given.
    var age: Duration? { [maxAge, headerMaxAge].compactMap { $0 }.min() }
}

extension ReadContext {
    /// Waits until the sources that a request reaches are as fresh as it demands, or until the wait is over, and takes
    /// the value that is published then.
    ///
    /// The request must be valid, since it may wait here and counts as a read of its sources.
    ///
    /// - Returns: The request with the published value to answer it from, and the status of its sources in
    ///   that value: of the lists that the fields are from which the query uses.
    func read(
        _ request: ReadRequest, reaching isReached: (SourceDescription) -> Bool
    ) async -> (ReadContext, SourceScope) {
        let uses = request.query.fieldUses(of: kind.schema, by: request.grouping)
        let fields = Set(uses.map(\.field.name))
        func reached(_ published: Published) -> [SourceStatus] {
            published.sources.filter { isReached($0.source) }.map { kind.status(of: $0, using: fields) }
        }
        var demand = Demand(request, directives)
        let before = reached(published)
        for status in before {
            let lists = kind.lists(of: status, using: fields)
            if lists != .deployments { demand.lists[status.source.name] = lists }
        }
        var unmet: [String: UnmetDemand] = [:]
        if !before.isEmpty {
            unmet = await state.freshness.read(before.map(\.source.name), demand: demand)
        }
        // Without a demand, none can be unmet.
        if demand.age == nil { unmet = [:] }
        var context = renewed()
        let after = reached(context.published)
        let use = CacheStatus(
            of: demand, requestedAt: now, before: before, after: after, unmet: unmet)
        var scope = SourceScope(after, now: context.now, unmet: unmet, cacheUse: use)
        scope.listed = request.listedSources
        let mistakes = FilterMistakes(
            among: context.configured.map(\.source), of: kind.schema, isSecret: isSecret)
        scope.notices = request.notices(of: after, in: context.published.snapshot, finding: mistakes)
        // A platform without the kind of record has none, and that is a complete answer.
        scope.isExcluded =
            after.isEmpty
            && (scope.notices.contains(where: \.isMistake)
                || context.configured.contains { isReached($0.source) })
        if use == .hit, demand.age == nil, !demand.onlyIfCached, !request.isRelative {
            context.validity = Validity(of: scope, from: context.publication)
        }
        return (context, scope)
    }
}

extension SourceScope {
    /// Refuses a request for rows that cannot be answered as it asks.
    ///
    /// - Throws: With `strict=true`, `invalid-parameter` if no source can satisfy a filter. `no-data` if no source
    ///   reached has a list, unless the filters exclude every source that has such rows. What ``enforceStrict(_:)``
    ///   throws.
    func admit(_ request: ReadRequest) throws(Problem) {
        try refuseMistakes(request)
        guard isExcluded || isOwn || sources.contains(where: \.status.hasList) else {
            throw .noData(
                self,
                sources.isEmpty
                    ? "no source is configured"
                    : "no source that matches this query has a list yet; see `sources`")
        }
        try enforceStrict(request)
    }

    /// Refuses a request with `strict=true` and a filter that no source can satisfy.
    ///
    /// - Throws: `invalid-parameter`.
    func refuseMistakes(_ request: ReadRequest) throws(Problem) {
        let mistakes = request.isStrict ? notices.filter(\.isMistake) : []
        guard mistakes.isEmpty else { throw .invalid(mistakes.map { ParameterError($0) }) }
    }

    /// Refuses an answer that is not good enough for `strict=true`.
    ///
    /// - Throws: `incomplete` if a partition reached has no proven list, or if a notice says that rows are held
    ///   back or that a field could not be read; else `not-fresh-enough` if the caller's own demand is not met.
    ///   A stale list is good enough for a caller that demanded no age.
    func enforceStrict(_ request: ReadRequest) throws(Problem) {
        guard request.isStrict, !sources.isEmpty else { return }
        guard isComplete, !notices.contains(where: \.isRefusedByStrict) else { throw .incomplete(self) }
        guard meetsDemand else { throw .notFreshEnough(self) }
    }
}
