import Deployments
import Snapshots
import TestSupport
import Wire

/// A record that can be called: it serves `names` at a place of its own.
func callable(
    _ key: String, of source: SourceDescription, names: [String],
    _ change: (inout ModelDeployment) -> Void = { _ in }
) -> ModelDeployment {
    record(key, of: source) {
        $0.status = .ready
        $0.serving = .full
        $0.endpoint.baseURL = "https://\(key).example.com/v1"
        $0.endpoint.protocol = "openai"
        $0.endpoint.auth = "bearer"
        if names.count == 1 { $0.endpoint.model = names[0] } else { $0.endpoint.models = names }
        change(&$0)
    }
}

/// A front over these rows of `research` and of `ali`, both fresh unless a status is given.
func modelFront(
    _ research: [ModelDeployment], _ ali: [ModelDeployment] = [], aliStatus: SourceStatus? = nil
) -> FrontHarness {
    let published = Published(
        snapshot: Snapshot(
            id: "s1", publishedAt: time(991),
            lists: [
                SourceRows(source: .research, listed: research), SourceRows(source: .ali, listed: ali),
            ]),
        sources: [
            .listed(.research, count: research.count), aliStatus ?? .listed(.ali, count: ali.count),
        ])
    return FrontHarness(published: published)
}

extension FrontHarness.Reply {
    /// The ids of a list of models, in order.
    var models: [String] { json?["data"]?.elements.compactMap { $0["id"]?.string } ?? [] }

    /// The uids of all endpoints, in order.
    var endpoints: [String] {
        let models = json?["data"]?.kind == .array ? json?["data"]?.elements ?? [] : [json].compactMap { $0 }
        return models.flatMap { $0["rollcall"]?["endpoints"]?.elements ?? [] }
            .compactMap { $0["uid"]?.string }
    }
}
