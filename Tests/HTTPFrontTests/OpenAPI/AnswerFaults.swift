import HTTPTypes
import TestSupport
import Testing
import Wire

/// An answer against `/openapi.json`.
extension FrontHarness {
    /// Differences between an answer and the document's description of its route, method, status and media
    /// type.
    func faults(
        of reply: FrontHarness.Reply, _ path: String, method: String = "get"
    ) async throws -> [String] {
        let document = try #require(try await FrontHarness(published: published).get("/openapi.json").json)
        let checker = SchemaChecker(document: document)
        guard let response = document["paths"]?[path]?[method]?["responses"]?["\(reply.status)"] else {
            return ["\(method) \(path) \(reply.status) is not in the document"]
        }
        var faults: [String] = []
        for (name, header) in response["headers"]?.members ?? [] {
            let isRequired = checker.resolved(header)["required"]?.bool == true
            if isRequired, reply[name] == nil { faults.append("`\(name)` is missing") }
        }
        let plumbing = [
            "Content-Type", "Content-Length", "Connection", "Date", "X-Content-Type-Options",
            "Referrer-Policy",
        ]
        for name in reply.headers.map(\.name.canonicalName) {
            let isNamed = (response["headers"]?.members ?? []).contains { $0.key.lowercased() == name }
            if !isNamed, !plumbing.contains(where: { $0.lowercased() == name }) {
                faults.append("`\(name)` is not in the document")
            }
        }
        guard !reply.body.isEmpty else { return faults + (response["content"] == nil ? [] : ["no body"]) }
        let mediaType = reply["Content-Type"]?.prefix { $0 != ";" } ?? ""
        guard let media = response["content"]?[String(mediaType)], let schema = media["schema"] else {
            return faults + ["\(mediaType) is not in the document"]
        }
        guard mediaType.hasSuffix("json"), path != "/openapi.json" else { return faults }
        return faults + checker.faults(of: try #require(reply.json), against: schema)
    }
}
