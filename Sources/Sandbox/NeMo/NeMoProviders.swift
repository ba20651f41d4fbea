import HTTPTypes
import Wire

/// The provider listing: a provider for each deployment whose newest version is READY, and external ones, which hold
/// keys wherever the real service returns them in clear.
struct NeMoProviders: Sendable {
    var fleet: NeMoFleet

    private static let sorts = ["name", "created_at", "updated_at", "status"]

    /// One provider, which exists as long as its deployment.
    fileprivate struct Provider {
        var workspace: String
        var name: String
        var createdAt: Timestamp
        var id: String
        /// nil: an external one.
        var config: NeMoConfig?
        /// The models that an external one serves.
        var models: [String] = []

        /// Nobody checks an external one before it is used.
        var status: String { config == nil && models.isEmpty ? "CREATED" : "READY" }
    }

    func response(
        _ workspace: String, _ rest: [String], _ request: PlatformRequest, at now: Timestamp
    ) throws(PlatformResponse) -> PlatformResponse {
        let isKnown = workspace == "-" || fleet.allWorkspaces.contains(workspace)
        guard rest.count <= 1 else { throw NeMoErrors.notFound }
        if let name = rest.first {
            guard let one = providers(at: now).first(where: { $0.workspace == workspace && $0.name == name })
            else {
                throw NeMoErrors.detail(.notFound, "Provider '\(workspace)/\(name)' not found")
            }
            return PlatformResponse(.ok) { one.write(to: &$0) }
        }
        let page = try request.query.integer("page", default: 1)
        let size = try request.query.integer("page_size", default: 100)
        let sort = request.query["sort"] ?? "created_at"
        let field = sort.hasPrefix("-") ? String(sort.dropFirst()) : sort
        guard Self.sorts.contains(field) else {
            let choices = Self.sorts.flatMap { ["'\($0)'", "'-\($0)'"] }.joined(separator: ", ")
            throw NeMoErrors.unprocessable(
                "enum", ["query", "sort"], "Input should be \(choices)", input: sort)
        }
        guard isKnown else {
            // The inner service's text leaks (sample nemo_error_500_provider_unknown_workspace.json).
            throw NeMoErrors.detail(
                .internalServerError,
                "Error code: 404 - {'detail': \"Workspace '\(workspace)' not found\"}")
        }
        guard size > 0, page > 0 else {
            throw NeMoErrors.detail(.internalServerError, "Failed to list providers")
        }
        let found = providers(at: now)
            .filter { workspace == "-" || $0.workspace == workspace }
            .sorted { $0.sortKey(field) < $1.sortKey(field) }
        let ordered = sort.hasPrefix("-") ? found.reversed() : found
        let records = ordered.page(page, of: size).map { provider in
            var writer = JSONWriter()
            provider.write(to: &writer)
            return writer.bytes
        }
        var content = RecordPage(records: records, total: ordered.count)
        content.apply(request.faults, number: request.number, keys: NeMoListing.keys)
        return NeMoEnvelope(page: page, pageSize: size, sort: sort, emptyTotalPages: 0).response(content)
    }

    private func providers(at now: Timestamp) -> [Provider] {
        var latest: [String: NeMoVersion] = [:]
        for version in fleet.versions(at: now) {
            let key = version.deployment.key
            if latest[key].map({ $0.number < version.number }) ?? true { latest[key] = version }
        }
        let deployed = latest.values.filter { $0.status == NeMoStatus.ready.rawValue }.map { version in
            Provider(
                workspace: version.workspace, name: version.name,
                createdAt: version.createdAt.adding(microseconds: 1_000_003),
                id: Self.id(version.deployment.row),
                config: NeMoConfigs.named(version.config, version: version.configVersion))
        }
        let externals = Self.externals.enumerated().map { index, external in
            Provider(
                workspace: fleet.workspaces[0], name: external.name,
                createdAt: Timestamp(microseconds: 1_780_308_000_921_011 + Int64(index) * 61_000_007),
                id: Self.id(-1 - index), config: nil, models: external.models)
        }
        return deployed + externals
    }

    private static let externals: [(name: String, models: [String])] = [
        ("external-openai", []), ("external-claude", ["claude-sonnet-4-5"]),
        ("nvidia-build", ["meta/llama-3.3-70b-instruct", "deepseek-ai/deepseek-r1"]),
    ]

    private static func id(_ row: Int) -> String {
        var random = SeededRandom(0, .nemo, row: row, salt: -3)
        return "model-provider-" + random.text(22, from: .base58)
    }
}

extension NeMoProviders.Provider {
    fileprivate func sortKey(_ field: String) -> String {
        switch field {
        case "name": "\(name) \(workspace)"
        case "status": "\(status) \(workspace) \(name)"
        default: "\(createdAt) \(workspace) \(name)"
        }
    }

    fileprivate func write(to writer: inout JSONWriter) {
        func text(_ key: String, _ value: String, _ writer: inout JSONWriter) {
            writer.key(key)
            writer.string(value)
        }
        writer.object { writer in
            text("id", id, &writer)
            text("name", name, &writer)
            text("workspace", workspace, &writer)
            text("created_at", createdAt.naiveMicroseconds, &writer)
            text("updated_at", createdAt.adding(microseconds: 27_954).naiveMicroseconds, &writer)
            if config != nil { text("description", "auto", &writer) }
            let inner = "http://nim-\(name).\(workspace).svc.cluster.local:8000"
            text("host_url", config == nil ? externalURL : inner, &writer)
            if config == nil { text("api_key_secret_name", "\(Canary.headerSecret)-name", &writer) }
            writer.key("served_models")
            writer.array {
                for model in models {
                    $0.object {
                        text("model_entity_id", "\(workspace)/\(model)", &$0)
                        text("served_model_name", model, &$0)
                    }
                }
                guard let space = config?.modelNamespace, let model = config?.modelName else { return }
                $0.object {
                    text("model_entity_id", "\(workspace)/\(model)", &$0)
                    text("served_model_name", "\(space)/\(model)", &$0)
                }
            }
            if !models.isEmpty {
                writer.key("enabled_models")
                writer.array { for model in models { $0.string(model) } }
            }
            text("status", status, &writer)
            text("status_message", config == nil ? "Model provider created" : "", &writer)
            if config != nil {
                text("model_deployment_id", "\(workspace)/\(name)", &writer)
            } else {
                // The real service returns these in clear text; a gateway must not pass them on.
                for member in [
                    "default_extra_headers", "required_extra_headers", "default_extra_body",
                    "required_extra_body",
                ] {
                    writer.key(member)
                    writer.object { text("X-Api-Key", Canary.headerSecret, &$0) }
                }
                text("auth_header_format", "X-\(Canary.headerSecret): {{ auth_secret }}", &writer)
            }
            writer.key("auth_context")
            writer.object {
                text("principal_id", config == nil ? "\(Canary.email)-provider" : "", &$0)
                $0.key("principal_groups")
                $0.array { _ in }
            }
        }
    }

    /// A URL that somebody wrote a key into, where the provider serves models.
    private var externalURL: String {
        models.isEmpty
            ? "https://api.example.com/v1"
            : "https://user:\(Canary.headerSecret)@\(name).example.com/v1?key=\(Canary.headerSecret)"
    }
}
