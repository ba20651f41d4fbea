import Deployments
import HTTPTypes
import Hummingbird
import NIOCore
import Snapshots
import Wire

extension FrontResponder {
    /// `PATCH /v1/deployments/{uid}`: checks the request in the order of `Sources/HTTPFront/README.md`, Updates, and
    /// has it carried out.
    func update(
        _ attempt: UpdateAttempt, _ request: Request, _ target: RequestTarget, on channel: any Channel
    ) async throws(Problem) -> RouteResponse {
        guard let updates = state.updates, let actor = attempt.actor else {
            throw .methodNotAllowed(state.methods(ofDeployment: attempt.uid))
        }
        try checkMediaType(of: request)
        let body = try await patch(in: request, on: channel)
        let parameters = try target.parameters()
        try config.access.refuseTokens(in: parameters)
        let asked = try QueryParser.parse(parameters, grammar: .update, now: state.now())
        let order = UpdateOrder(
            uid: attempt.uid, body: body, actor: actor, idempotencyKey: try attempt.key.get(),
            revisions: try revisions(of: request), isDryRun: asked.isDryRun, requestID: attempt.requestID)
        return try response(to: await updates.update(order), of: attempt)
    }

    /// The answer to a request that was carried out, or to one that was refused on the way.
    private func response(
        to answer: UpdateAnswer, of attempt: UpdateAttempt
    ) throws(Problem) -> RouteResponse {
        let context = ReadContext(ofUpdatesFrom: state)
        let sources = context.published.sources.filter { $0.source.name == attempt.source }
        let use: CacheStatus = .forwarded(.method, isStored: true, isCollapsed: false)
        let scope = SourceScope(sources, now: context.now, cacheUse: answer.isReplayed ? .hit : use)
        var response: RouteResponse
        switch answer.form {
        case .shown:
            response =
                context.updated(uid: attempt.uid, scope, audit: answer.auditID)
                ?? .accepted(nil, scope, audit: answer.auditID)
        case .accepted(let row): response = .accepted(row, scope, audit: answer.auditID)
        case .planned(let update): response = .planned(update, scope, audit: answer.auditID)
        case .problem(let refusal):
            var problem = Problem(refusal, audit: answer.auditID, scope)
            if answer.isReplayed { problem.headers.set("Idempotency-Replayed", "true") }
            throw problem
        }
        attempt.addHeaders(to: &response.headers, audit: answer.auditID)
        if answer.isReplayed { response.headers.set("Idempotency-Replayed", "true") }
        return response
    }
}

extension RouteResponse {
    /// 202: it was applied, and no list shows it yet; `row` is what the platform said of it.
    fileprivate static func accepted(
        _ row: ModelDeployment?, _ scope: SourceScope, audit: String?
    ) -> RouteResponse {
        var headers = scope.cachedHeaders
        headers[.location] = audit.map(Problem.auditPath)
        return .uncached(status: .accepted, headers: headers) { json in
            json.key("data")
            if let row { DeploymentForm.complete.write(row, to: &json) } else { json.null() }
            json.key("audit")
            json.stringOrNull(audit)
        }
    }

    /// What would be sent, and what it would make of the row.
    fileprivate static func planned(
        _ update: PlannedUpdate, _ scope: SourceScope, audit: String?
    ) -> RouteResponse {
        .uncached(headers: scope.cachedHeaders) { json in
            json.key("data")
            json.object { update.writeMembers(to: &$0) }
            json.key("audit")
            json.stringOrNull(audit)
        }
    }
}

extension PlannedUpdate {
    /// Writes the row before and after, and the request.
    func writeMembers(to json: inout JSONWriter) {
        for (key, row) in [("before", before), ("after", after)] {
            json.key(key)
            DeploymentForm.complete.write(row, to: &json)
        }
        json.key("request")
        json.object { json in
            json.key("method")
            json.string(request.method)
            json.key("url")
            json.string(request.url)
            json.key("body")
            if request.body.isEmpty { json.null() } else { json.encoded(request.body) }
        }
    }
}
