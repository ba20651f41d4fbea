import Adapters
import Deployments
import Foundation
import TestSupport
import Upstream
import Wire

/// The answers of `Tests/Samples`, read through the shipped adapter files.
enum Samples {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func bytes(of sample: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: "Samples/\(sample).json")))
    }

    /// The result of one fetch of a shipped platform that answers every request with this sample, but one for
    /// providers with theirs.
    static func fetch(
        _ adapter: String, _ sample: String, status: Int = 200, bind: (inout SourceBinding) -> Void = { _ in }
    ) async throws -> SourceFetch {
        let file = folder.deletingLastPathComponent().appending(path: "adapters.d/\(adapter).yaml")
        let manifest = try AdapterManifest(
            yaml: String(contentsOf: file, encoding: .utf8), file: "\(adapter).yaml")
        let body = try bytes(of: sample)
        var binding = SourceBinding(
            description: SourceDescription(name: "s", platform: adapter, adapter: adapter),
            baseURL: "https://platform.example", secrets: ["token": .fixed("key")], retries: 0)
        bind(&binding)
        let providers = try bytes(of: "nemo_providers")
        let transport = ScriptedTransport { request in
            request.url.contains("/providers?")
                ? UpstreamResponse(status: 200, body: providers)
                : UpstreamResponse(status: status, body: body)
        }
        let source = try AdapterSource(
            manifest: manifest, binding: binding, transport: transport,
            now: { Timestamp(microseconds: 0) })
        return await source.fetch()
    }
}
