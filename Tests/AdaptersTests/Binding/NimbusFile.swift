import Adapters
import Deployments
import Synchronization
import TestSupport
import Upstream
import Wire

/// An adapter file of a made-up platform, written by the test that needs it.
struct NimbusFile: Sendable {
    var inputs = ""
    var secrets = ""
    var auth = "none"
    var partitions = ""
    var get = "/v1/endpoints"
    var identity = "{key: [$.id]}"
    /// Further keys of `list`, each indented by two spaces.
    var list = ""
    var records = "$.items"
    var pages = "{by: none}"
    var fields = "{name: $.name, replicas.ready: $.ready, created_at: $.made, owner: $.who}"
    var status = "{word: $.state, rules: [{words: [up], is: [READY, full]}]}"
    /// Further sections.
    var more = ""

    func manifest() throws -> AdapterManifest {
        let text = """
            language: 1
            adapter: nimbus
            platform: nimbus
            provenance: [{document: docs.nimbus.example, read: 2026-11-21, mark: seen}]
            \(inputs.isEmpty ? "" : "inputs: \(inputs)")
            \(secrets.isEmpty ? "" : "secrets: \(secrets)")
            auth: \(auth)
            \(partitions.isEmpty ? "" : "partitions: \(partitions)")
            list:
              get: \(get)
              records: \(records)
              pages: \(pages)
            \(list)
            identity: \(identity)
            fields: \(fields)
            status: \(status)
            \(more)
            """
        return try AdapterManifest(yaml: text, file: "nimbus.yaml")
    }

    /// A source of this file without retries, whose fetches no busy machine ends; `bind` makes the operator's settings.
    func source(
        _ transport: any HTTPTransport, base: String = "https://api.nimbus.example/cloud",
        bind: (inout SourceBinding) -> Void = { _ in },
        now: @escaping @Sendable () -> Timestamp = { Timestamp(microseconds: 0) },
        retryPolicy: RetryPolicy = .live
    ) throws -> AdapterSource {
        var binding = SourceBinding(
            description: .example("test"), baseURL: base, fetchDeadline: .seconds(86_400), retries: 0)
        bind(&binding)
        return try AdapterSource(
            manifest: manifest(), binding: binding, transport: transport, now: now, retryPolicy: retryPolicy)
    }
}

extension BoundSecret {
    /// A secret of this value, known to the operator as `env KEY`.
    static func fixed(_ value: String) -> BoundSecret {
        BoundSecret(reference: "env KEY") { Secret(value) }
    }
}

extension SourceFetch {
    /// The rows of every partition that has a list, in their order.
    var rows: [ModelDeployment] {
        partitions.flatMap { partition in
            (try? partition.result.get().rows) ?? []
        }
    }

    var errors: [SourceError] {
        partitions.compactMap { partition in
            if case .failure(let error) = partition.result { error } else { nil }
        }
    }
}

/// A value that several tasks of a test change.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        value.withLock { value in body(&value) }
    }
}
