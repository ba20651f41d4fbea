import Deployments
import HTTPTypes
import Snapshots
import Wire

extension ReadContext {
    /// `POST /v1/sources/{name}/refresh`: 200 with the source when it was asked, 202 while that lasts.
    func refresh(sourceNamed name: String) async throws(Problem) -> RouteResponse {
        _ = try parsed(.none)
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
        var json = JSONWriter()
        json.object { json in
            json.key("data")
            scope.write(source, to: &json)
        }
        // What a refresh did is no representation that a cache could give to the next caller.
        var headers = scope.cachedHeaders
        headers[.cacheControl] = "no-store"
        headers[.contentType] = ResponseFormat.json.contentType
        return RouteResponse(
            status: outcome == .done ? .ok : .accepted, headers: headers,
            body: .whole(WholeBody(json.bytes, effort: .passing)))
    }
}

extension UnmetDemand {
    /// Why a refresh was refused.
    var refusal: String {
        switch self {
        case .minInterval: "this source's `min_interval` has not passed since it was last asked"
        case .budget: "this source's budget of requests is used up, or its platform asked for a pause"
        case .timeout: "this source's last attempt failed, and the next is not due yet"
        }
    }
}
