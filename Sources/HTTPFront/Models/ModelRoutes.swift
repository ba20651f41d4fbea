import Deployments
import Snapshots
import Wire

extension ReadContext {
    /// `GET /v1/models`: every model that can be called now, in the shape of OpenAI's list.
    func models() async throws(Problem) -> RouteResponse {
        let request = try callable()
        let (context, scope) = await read(request) { request.query.reaches($0) }
        return try context.models(request, scope)
    }

    private func models(_ request: ReadRequest, _ scope: SourceScope) throws(Problem) -> RouteResponse {
        try scope.admit(request)
        let models: [ServedModel]
        do throws(TooManyModels) {
            models = try ServedModel.all(in: published.snapshot, matching: request.query, scope)
        } catch {
            throw .tooManyModels
        }
        let tag = entityTag(scope) { fingerprint in
            for model in models { model.add(to: &fingerprint) }
        }
        return answer(scope, tag: tag) { body in
            body.text.key("object")
            body.text.string("list")
            body.text.key("data")
            body.text.open("[")
            for model in models {
                model.write(to: &body.text)
                body.flushIfFull()
            }
            body.text.close("]")
            body.text.key("rollcall")
            body.text.object { json in
                json.key("total_is")
                json.string(scope.totalIs)
                writeSnapshot(to: &json)
                scope.writeMembers(withOldest: true, to: &json)
            }
        }
    }

    /// `GET /v1/models/{id}`: one of them.
    func model(id: String) async throws(Problem) -> RouteResponse {
        let request = try callable()
        let (context, scope) = await read(request) { request.query.reaches($0) }
        return try context.model(id: id, request, scope)
    }

    private func model(
        id: String, _ request: ReadRequest, _ scope: SourceScope
    ) throws(Problem) -> RouteResponse {
        try scope.refuseMistakes(request)
        let found: ServedModel?
        do throws(TooManyModels) {
            found = try ServedModel.named(id, in: published.snapshot, matching: request.query, scope)
        } catch {
            throw .tooManyModels
        }
        // Absence needs proof: any source without a complete list may serve it.
        guard found != nil || scope.sources.isEmpty || scope.totalIs != "at_least" else {
            throw .noData(
                scope,
                "not every source has a complete list yet, or something of it could not be read or is still to be "
                    + "looked up, so this model may or may not be served")
        }
        try scope.enforceStrict(request)
        guard let model = found else {
            throw Problem(.notFound, "no model that can be called now has this id; see /v1/models")
        }
        let tag = entityTag(scope) { model.add(to: &$0) }
        return answer(scope, tag: tag) { body in
            model.writeMembers(to: &body.text) { json in
                writeSnapshot(to: &json)
                scope.writeMembers(withOldest: true, to: &json)
            }
        }
    }

    /// The request, for rows that can be called.
    private func callable() throws(Problem) -> ReadRequest {
        var request = try parsed(.models)
        request.query.requireCallable()
        return request
    }
}

extension Problem {
    fileprivate static let tooManyModels = Problem(
        .invalidParameter,
        "more than \(ServedModel.limit) models, or \(ServedModel.endpointLimit) endpoints, match; filter them, "
            + "such as by `source`")
}
