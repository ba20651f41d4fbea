import HTTPTypes
import Wire

/// The workspace listing of the entity service.
struct NeMoWorkspaces: Sendable {
    var names: [String]

    /// One page, newest first unless `sort` is ascending.
    ///
    /// Unlike the deployment listing, it enforces page sizes of 1 to 1000.
    func list(_ request: PlatformRequest) throws(PlatformResponse) -> PlatformResponse {
        let page = try request.query.integer("page", default: 1)
        let size = try request.query.integer("page_size", default: 100)
        try Self.check(page, "page", in: 1...Int.max)
        try Self.check(size, "page_size", in: 1...1000)
        let sort = request.query["sort"] ?? "-created_at"
        let records = (sort.hasPrefix("-") ? names.reversed() : names).map { name in
            var writer = JSONWriter()
            Self.write(name, number: names.firstIndex(of: name) ?? 0, to: &writer)
            return writer.bytes
        }
        let content = RecordPage(records: records.page(page, of: size), total: records.count)
        return NeMoEnvelope(page: page, pageSize: size, sort: sort, emptyTotalPages: 0, hasFilter: true)
            .response(content)
    }

    func one(_ name: String) throws(PlatformResponse) -> PlatformResponse {
        guard let number = names.firstIndex(of: name) else {
            throw NeMoErrors.detail(.notFound, "Workspace '\(name)' not found")
        }
        return PlatformResponse(.ok) { Self.write(name, number: number, to: &$0) }
    }

    private static func check(_ value: Int, _ name: String, in range: ClosedRange<Int>)
        throws(PlatformResponse)
    {
        if value < range.lowerBound {
            throw NeMoErrors.unprocessable(
                "greater_than_equal", ["query", name],
                "Input should be greater than or equal to \(range.lowerBound)", input: "\(value)")
        }
        if value > range.upperBound {
            throw NeMoErrors.unprocessable(
                "less_than_equal", ["query", name],
                "Input should be less than or equal to \(range.upperBound)", input: "\(value)")
        }
    }

    /// Writes one workspace, nulls included; all were created on one morning, a second apart.
    private static func write(_ name: String, number: Int, to writer: inout JSONWriter) {
        var random = SeededRandom(0, .nemo, row: number, salt: -1)
        let created = Timestamp(microseconds: 1_780_300_800_049_352 + Int64(number) * 1_000_007)
        writer.object {
            for (key, value) in [
                ("id", "workspace-" + random.text(22, from: .base58)), ("name", name), ("description", nil),
                ("created_at", created.naiveMicroseconds), ("created_by", ""),
                ("updated_at", created.adding(microseconds: 10).naiveMicroseconds), ("updated_by", ""),
            ] {
                $0.key(key)
                $0.stringOrNull(value)
            }
        }
    }
}

/// The deployment configurations, the same in each workspace.
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
        let records = NeMoConfigs.all.map { config in
            var writer = JSONWriter()
            config.write(workspace: home, to: &writer)
            return writer.bytes
        }
        let content = RecordPage(records: records.page(page, of: size), total: records.count)
        return NeMoEnvelope(
            page: page, pageSize: size, sort: request.query["sort"] ?? "created_at", emptyTotalPages: 1
        ).response(content)
    }

    /// The configuration at `{name}` or `{name}/versions/{n}`; each has one version.
    private func one(_ workspace: String, _ rest: [String]) throws(PlatformResponse) -> PlatformResponse {
        let isPath = rest.count == 1 || rest.count == 3 && rest[1] == "versions" && rest[2] == "1"
        guard isPath, let config = NeMoConfigs.named(rest[0]), workspaces.contains(workspace) else {
            throw NeMoErrors.detail(.notFound, "Deployment config '\(workspace)/\(rest[0])' not found")
        }
        return PlatformResponse(.ok) { config.write(workspace: workspace, to: &$0) }
    }
}

extension NeMoConfig {
    func write(workspace: String, to writer: inout JSONWriter) {
        var random = SeededRandom(0, .nemo, row: gpus, salt: -2)
        let created = Timestamp(microseconds: 1_780_304_400_275_084)
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
            writer.int(1)
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
                text("image_tag", image == nil ? nil : "1.8.5", &$0)
                $0.key("additional_args")
                $0.array { _ in }
            }
        }
    }
}

extension Array {
    /// The elements of one page, from 1; none past the end and for numbers or sizes below 1.
    func page(_ page: Int, of size: Int) -> [Element] {
        guard page > 0, size > 0 else { return [] }
        let (lower, overflows) = (page - 1).multipliedReportingOverflow(by: size)
        guard !overflows, lower < count else { return [] }
        return Array(self[lower..<Swift.min(count, lower + Swift.min(size, count))])
    }
}
