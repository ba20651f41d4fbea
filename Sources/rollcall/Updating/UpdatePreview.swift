import Wire

/// What an update would change, and the request that its platform would get: a gateway's answer to a dry run.
struct UpdatePreview: Sendable {
    /// The deployment as it is listed.
    var before: JSONValue
    /// The deployment as the update would make it.
    var after: JSONValue
    /// The platform's request: `method`, `url` and `body`.
    var request: JSONValue
    /// The id of the dry run's own audit record; nil if it has none.
    var audit: String?
    /// The revision of the deployment.
    var revision: String

    /// Reads the answer to a dry run; nil where it is none.
    init?(_ root: JSONValue?) {
        guard let data = root?["data"], let before = data["before"], before.kind == .object,
            let after = data["after"], after.kind == .object, let revision = before["revision"]?.string,
            let request = data["request"], request["method"]?.string != nil, request["url"]?.string != nil
        else { return nil }
        self.before = before
        self.after = after
        self.revision = revision
        self.request = request
        audit = root?["audit"]?.string
    }

    /// The platform's request as people read it: the method with the URL, and the body if there is one.
    var requestLines: [String] {
        let head = "\(request["method"]?.string ?? "") \(request["url"]?.string ?? "")"
        let body = request["body"].flatMap { $0.isNull ? nil : $0.string ?? $0.written }
        return [head.neutralized(limit: 2000)] + (body.map { [$0.neutralized(limit: 4000)] } ?? [])
    }
}
