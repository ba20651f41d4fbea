import HTTPTypes
import Wire

/// One version of a deployment configuration, the same in every workspace; it never changes.
struct NeMoConfig: Sendable {
    var name: String
    var version: Int
    var engine: String
    var modelNamespace: String?
    var modelName: String?
    var gpus: Int
    var image: String?
    var imageTag: String?
}

/// The configurations that deployments refer to.
enum NeMoConfigs {
    /// The versions of each configuration, oldest first; none is empty.
    static let all: [[NeMoConfig]] = [
        ["1.8.5", "1.10.1", "1.12.0"].enumerated().map { index, tag in
            NeMoConfig(
                name: "llama-8b-1gpu", version: index + 1, engine: "nim", modelNamespace: "meta",
                modelName: "llama-3.1-8b-instruct", gpus: 1, image: "nvcr.io/nim/meta/llama-3.1-8b-instruct",
                imageTag: tag)
        },
        ["llama-3.1-70b-instruct", "llama-3.3-70b-instruct"].enumerated().map { index, model in
            NeMoConfig(
                name: "llama-70b-4gpu", version: index + 1, engine: "nim", modelNamespace: "meta",
                modelName: model, gpus: 4)
        },
        ["Qwen2.5-32B-Instruct", "Qwen3-32B"].enumerated().map { index, model in
            NeMoConfig(
                name: "qwen-vllm-2gpu", version: index + 1, engine: "vllm", modelNamespace: "Qwen",
                modelName: model, gpus: 2)
        },
        [
            NeMoConfig(
                name: "embed-cpu", version: 1, engine: "generic", gpus: 0,
                image: "registry.example.invalid/embed", imageTag: "1.8.5")
        ],
    ]

    static let names = all.map { $0[0].name }

    /// A version of a configuration, the latest for nil; nil where there is none.
    static func named(_ name: String, version: Int? = nil) -> NeMoConfig? {
        let versions = all.first { $0[0].name == name }
        guard let version else { return versions?.last }
        return versions?.first { $0.version == version }
    }
}

/// The deployment configurations, the same in each workspace; the list has the latest version of each.
struct NeMoConfigListing: Sendable {
    var workspaces: [String]

    func response(_ workspace: String, _ rest: [String], _ request: PlatformRequest) throws(PlatformResponse)
        -> PlatformResponse
    {
        guard rest.isEmpty else { return try one(workspace, rest) }
        guard workspace == "-" || workspaces.contains(workspace) else {
            throw NeMoErrors.detail(.internalServerError, "Failed to list deployment configs")
        }
        let page = try request.query.integer("page", default: 1)
        let size = try request.query.integer("page_size", default: 100)
        guard size > 0 else {
            throw NeMoErrors.detail(.internalServerError, "Failed to list deployment configs")
        }
        // The wildcard collapses by bare name here too, with no switch against it.
        let home = workspace == "-" ? workspaces[0] : workspace
        let records = NeMoConfigs.all.map { versions in
            var writer = JSONWriter()
            versions.last?.write(workspace: home, to: &writer)
            return writer.bytes
        }
        let content = RecordPage(records: records.page(page, of: size), total: records.count)
        return NeMoEnvelope(
            page: page, pageSize: size, sort: request.query["sort"] ?? "created_at", emptyTotalPages: 1
        ).response(content)
    }

    /// The configuration at `{name}`, in its latest version, or at `{name}/versions/{n}`.
    private func one(_ workspace: String, _ rest: [String]) throws(PlatformResponse) -> PlatformResponse {
        let found: NeMoConfig? =
            switch rest.count {
            case 1: NeMoConfigs.named(rest[0])
            case 3 where rest[1] == "versions":
                Int(rest[2]).flatMap { NeMoConfigs.named(rest[0], version: $0) }
            default: nil
            }
        guard let config = found, workspaces.contains(workspace) else {
            throw NeMoErrors.detail(.notFound, "Deployment config '\(workspace)/\(rest[0])' not found")
        }
        return PlatformResponse(.ok) { config.write(workspace: workspace, to: &$0) }
    }
}

extension NeMoConfig {
    func write(workspace: String, to writer: inout JSONWriter) {
        let salt = -2 - 16 * Int64(version - 1)
        var random = SeededRandom(0, .nemo, row: gpus, salt: salt)
        let days = Int64(version - 1) * 86_400_000_000
        let created = Timestamp(microseconds: 1_780_304_400_275_084 + days)
        func text(_ key: String, _ value: String?, _ writer: inout JSONWriter) {
            guard let value else { return }
            writer.key(key)
            writer.string(value)
        }
        writer.object { writer in
            text("id", "model-deployment-config-" + random.text(22, from: .base58), &writer)
            text("name", name, &writer)
            text("workspace", workspace, &writer)
            text("created_at", created.naiveMicroseconds, &writer)
            text("updated_at", created.adding(microseconds: 9).naiveMicroseconds, &writer)
            writer.key("entity_version")
            writer.int(version)
            text("engine", engine, &writer)
            writer.key("model_spec")
            writer.object {
                text("model_namespace", modelNamespace, &$0)
                text("model_name", modelName, &$0)
                $0.key("lora_enabled")
                $0.bool(false)
            }
            writer.key("executor_config")
            writer.object {
                $0.key("gpu")
                $0.int(gpus)
                text("disk_size", "50Gi", &$0)
                text("image_name", image, &$0)
                text("image_tag", imageTag, &$0)
                $0.key("additional_args")
                $0.array { _ in }
            }
        }
    }
}
