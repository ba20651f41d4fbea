import Deployments
import HTTPTypes
import Snapshots
import Wire

extension ReadContext {
    /// `POST /v1/sources/{name}/refresh`: 200 with the source once the fetch has ended, 202 if it is still running.
    ///
    /// - Throws: `not-found` for an unknown source; `too-many-requests` if no fetch is allowed now; `conflict` if another process fetches.
    func refresh(sourceNamed name: String) async throws(Problem) -> RouteResponse {
        _ = try parsed(.formatOnly)
        let before = published.sources.first { $0.source.name == name }
        guard let before, let outcome = await state.freshness.refresh(name) else {
            throw .noSource
        }
        let context = renewed()
        let statuses = context.published.sources.filter { $0.source.name == name }
        if case .refused(let limit, let retryAfter) = outcome {
            let scope = SourceScope(statuses, now: context.now, unmet: [name: limit])
            throw .refreshRefused(scope, limit, retryAfter: retryAfter)
        }
        let isStored = statuses.contains { $0.observedAt != before.observedAt }
        let scope = SourceScope(
            statuses, now: context.now,
            cacheUse: .forwarded(.method, isStored: isStored, isCollapsed: false))
        guard let source = scope.sources.first else { throw .noSource }
        // The outcome of a refresh is not cacheable: no other caller may get it.
        return .uncached(status: outcome == .done ? .ok : .accepted, headers: scope.cachedHeaders) { json in
            json.key("data")
            scope.write(
                source, context.fields(of: source), writes: context.writes(of: source), to: &json)
        }
    }
}

extension UnmetDemand {
    /// The reason for refusing a refresh: an error text.
    var refusal: String {
        switch self {
        case .minInterval: "`min_interval` has not passed since the source's last attempt"
        case .locked: "another process uses this gateway's store, and only that one requests anything"
        case .budget: "the source's request budget is used up, or its platform requested a pause"
        case .upstreamCache: "a cache on the way to the source's platform answers with older copies"
        case .timeout: "the source's last attempt failed, and the next one is not due yet"
        }
    }
}
