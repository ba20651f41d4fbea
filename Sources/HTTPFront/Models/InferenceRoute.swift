import Deployments
import HTTPTypes
import Hummingbird
import NIOCore
import Snapshots
import Wire

/// The paths at which inference servers of OpenAI's protocol answer, and this gateway does not.
enum InferencePath: String, CaseIterable {
    case chatCompletions = "/v1/chat/completions"
    case completions = "/v1/completions"
    case embeddings = "/v1/embeddings"
    case responses = "/v1/responses"
}

extension FrontResponder {
    /// The answer to a request for an inference: where the model that it names can be asked.
    ///
    /// It is made from what is published, without waiting, and does not count as a read of the sources. Of the
    /// request's body nothing is repeated but the name of a model that is served.
    func notAProxy(_ request: Request, on channel: any Channel) async -> Problem {
        let name = await modelName(in: request, on: channel)
        let (published, now) = (state.published(), state.now())
        var query = Query()
        query.requireCallable()
        let fields = Set(query.fieldUses(of: .deployments, by: nil).map(\.field.name))
        let scope = SourceScope(published.sources.map { $0.seen(using: fields) }, now: now)
        let model = name.flatMap { name in
            try? ServedModel.named(name, in: published.snapshot, matching: query, scope)
        }
        return .notAProxy(model, scope)
    }

    /// The member `model` of a JSON body; nil if there is none, or if the body is beyond its limit.
    ///
    /// A body that does not arrive in time ends the connection.
    private func modelName(in request: Request, on channel: any Channel) async -> String? {
        guard config.allowsBody(of: request), let body = await config.body(of: request, on: channel),
            let document = try? JSONDocument(parsing: body)
        else { return nil }
        return document.root["model"]?.string
    }
}
