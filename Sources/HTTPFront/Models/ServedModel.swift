import Deployments
import Snapshots
import Wire

/// A name under which a model can be called now, with every place where it answers.
struct ServedModel: Sendable {
    /// The name that a client asks for.
    let id: String
    /// In the order of their uids, each once; at least one.
    private(set) var endpoints: [Endpoint]

    /// A deployment that serves the model.
    struct Endpoint: Sendable {
        let deployment: ModelDeployment
        /// The time of the oldest list of its source that tells where it answers; nil without one.
        let observedAt: Timestamp?
        /// True if such a list is not in state `fresh`, so that it may have changed since.
        let isStale: Bool
    }

    /// The maximum number of models in one answer.
    static let limit = 10_000
    /// The maximum number of endpoints in one answer, over all its models.
    static let endpointLimit = 100_000
}

/// A query finds more models, or more endpoints of them, than one answer may have.
struct TooManyModels: Error {}

extension Query {
    /// Requires that a row can be called now: that it serves, or wakes on request, and states where; the answer is made
    /// from its names.
    mutating func requireCallable() {
        let schema = RecordSchema.deployments
        let callable: [Serving] = [.full, .partial, .idle]
        if let serving = schema.named("serving") {
            require(Filter(field: serving, anyOf: [.isIn(callable.map { .text($0.rawValue) })]))
        }
        if let url = schema.named("endpoint.base_url") {
            require(Filter(field: url, anyOf: [.exists(true)]))
        }
        answeredFrom = [schema.named("endpoint.model")].compactMap(\.self) + [.list("endpoint.models")]
    }
}

extension ServedModel {
    /// The models that the rows of a query serve, in the order of their names' bytes; those rows must be callable.
    static func all(
        in snapshot: Snapshot, matching query: Query, _ scope: SourceScope
    ) throws(TooManyModels) -> [ServedModel] {
        var models: [ServedModel] = []
        var rest = try endpoints(in: snapshot, matching: query, scope, where: { _ in true })[...]
        while let first = rest.first {
            guard models.count < limit else { throw TooManyModels() }
            let same = rest.prefix { ByteComparison($0.name, first.name) == .same }
            models.append(ServedModel(id: first.name, servedBy: same))
            rest = rest.dropFirst(same.count)
        }
        return models
    }

    /// One of ``all(in:matching:_:)``, by its name, which is compared by bytes; nil if no row serves it.
    static func named(
        _ name: String, in snapshot: Snapshot, matching query: Query, _ scope: SourceScope
    ) throws(TooManyModels) -> ServedModel? {
        let found = try endpoints(
            in: snapshot, matching: query, scope, where: { ByteComparison($0, name) == .same })
        return found.isEmpty ? nil : ServedModel(id: name, servedBy: found[...])
    }

    /// A model of these rows, which are in the order of their uids; some platforms list a name twice.
    private init(id: String, servedBy found: ArraySlice<(name: String, endpoint: Endpoint)>) {
        self.id = id
        endpoints = []
        for (_, endpoint) in found where endpoints.last?.deployment.uid != endpoint.deployment.uid {
            endpoints.append(endpoint)
        }
    }

    /// The model that one deployment alone serves, from a fresh list.
    static func of(_ deployment: ModelDeployment, observedAt: Timestamp) -> ServedModel {
        let endpoint = Endpoint(deployment: deployment, observedAt: observedAt, isStale: false)
        let name = deployment.endpoint.servedNames.first ?? ""
        return ServedModel(id: name, servedBy: [(name: name, endpoint: endpoint)])
    }

    /// The wanted names with the rows that serve them, by name and then by uid, both by their bytes.
    private static func endpoints(
        in snapshot: Snapshot, matching query: Query, _ scope: SourceScope, where isWanted: (String) -> Bool
    ) throws(TooManyModels) -> [(name: String, endpoint: Endpoint)] {
        let sources = snapshot.lists.map { list in
            scope.sources.first { $0.status.source.name == list.source.name }
        }
        var found: [(name: String, endpoint: Endpoint)] = []
        for id in snapshot.allRows(matching: query) {
            guard let deployment = snapshot.deployment(id) else { continue }
            let source = sources[Int(id.list)]
            for name in deployment.endpoint.servedNames where isWanted(name) {
                guard found.count < endpointLimit else { throw TooManyModels() }
                let endpoint = Endpoint(
                    deployment: deployment, observedAt: source?.observedAt, isStale: source?.state != .fresh)
                found.append((name, endpoint))
            }
        }
        return found.sorted { left, right in
            switch ByteComparison(left.name, right.name) {
            case .before: true
            case .after: false
            case .same: ByteComparison(left.endpoint.deployment.uid, right.endpoint.deployment.uid) == .before
            }
        }
    }
}

extension ModelDeployment.Endpoint {
    /// The names to ask for: those of all models served there, else that of the model; none if none is known.
    fileprivate var servedNames: [String] {
        let names = models.isEmpty ? [model].compactMap { $0 } : models
        return names.filter { !$0.isEmpty }
    }
}

extension ServedModel {
    /// Seconds since 1970 of the earliest creation that a deployment states; 0 if none does.
    var created: Int64 {
        (endpoints.compactMap(\.deployment.createdAt).min()?.microseconds ?? 0) / 1_000_000
    }

    /// The platforms, each once, in the order of their bytes, with commas between.
    var owner: String {
        var platforms: [String] = []
        let all = endpoints.map(\.deployment.platform).sorted { ByteComparison($0, $1) == .before }
        for platform in all where platforms.last != platform { platforms.append(platform) }
        return platforms.joined(separator: ",")
    }

    /// The family that all deployments which state one agree on; nil if they differ, or if none states one.
    var family: String? { agreed { $0.modelFamily } }

    /// The task, likewise.
    var task: String? { agreed { $0.task } }

    /// True if every deployment is scaled to zero, so that the first request has to wait.
    var needsColdStart: Bool { endpoints.allSatisfy { $0.deployment.serving == .idle } }

    private func agreed(_ value: (ModelDeployment) -> String?) -> String? {
        let values = endpoints.compactMap { value($0.deployment) }
        return values.allSatisfy { $0 == values.first } ? values.first : nil
    }

    /// The first places where it answers, as a phrase, with the number of the others.
    var places: String {
        let named = endpoints.prefix(5).map(\.place).joined(separator: ", ")
        return endpoints.count > 5 ? named + " and \(endpoints.count - 5) more places" : named
    }

    /// Appends the model as an object in the shape of OpenAI.
    func write(to json: inout JSONWriter) { json.object { writeMembers(to: &$0) } }

    /// Appends the object's members: OpenAI's, and all that are ours under `rollcall`, where `more` may add some.
    func writeMembers(to json: inout JSONWriter, adding more: (inout JSONWriter) -> Void = { _ in }) {
        json.key("id")
        json.string(id)
        json.key("object")
        json.string("model")
        json.key("created")
        json.int(created)
        json.key("owned_by")
        json.string(owner)
        json.key("rollcall")
        json.object { json in
            json.key("model_family")
            json.stringOrNull(family)
            json.key("task")
            json.stringOrNull(task)
            json.key("cold_start")
            json.bool(needsColdStart)
            json.key("endpoints")
            json.array { json in for endpoint in endpoints { endpoint.write(to: &json) } }
            more(&json)
        }
    }

    /// Adds everything that ``write(to:)`` shows, but no time of a list.
    func add(to fingerprint: inout Fingerprint) {
        fingerprint.add(id)
        fingerprint.add(Int(created))
        fingerprint.add(family ?? "")
        fingerprint.add(task ?? "")
        fingerprint.add(endpoints.count)
        for endpoint in endpoints { endpoint.add(to: &fingerprint) }
    }
}

extension ServedModel.Endpoint {
    func write(to json: inout JSONWriter) {
        json.object { json in
            for (key, text) in members {
                json.key(key)
                json.stringOrNull(text)
            }
            json.key("observed_at")
            json.timeOrNull(observedAt)
            json.key("stale")
            json.bool(isStale)
        }
    }

    fileprivate func add(to fingerprint: inout Fingerprint) {
        for (_, text) in members { fingerprint.add(text ?? "") }
        fingerprint.add(deployment.platform)
        fingerprint.add(isStale ? 1 : 0)
    }

    private var members: [(String, String?)] {
        [
            ("uid", deployment.uid), ("source", deployment.source), ("region", deployment.region),
            ("serving", deployment.serving.rawValue), ("base_url", deployment.endpoint.baseURL),
            ("protocol", deployment.endpoint.protocol), ("auth", deployment.endpoint.auth),
        ]
    }

    /// The place as a phrase: `https://api.example.com/v1 (protocol openai, auth bearer, source ali)`.
    fileprivate var place: String {
        let facts = [
            deployment.endpoint.protocol.map { "protocol \($0)" },
            deployment.endpoint.auth.map { "auth \($0)" }, "source \(deployment.source)",
            isStale ? "stale" : nil,
        ]
        return "\(deployment.endpoint.baseURL ?? "") (\(facts.compactMap { $0 }.joined(separator: ", ")))"
    }
}
