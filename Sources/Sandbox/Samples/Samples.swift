import HTTPTypes
import Wire

/// The sample responses that the demo serves from the binary, as sources of their own.
///
/// Each is a copy of its file in `Tests/Samples`; a test compares them byte for byte.
/// `Tests/Samples/README.md` lists which of them are recorded and which are constructed.
package enum Samples {
    /// File name in `Tests/Samples`, and the embedded text.
    package static let embedded = [
        (file: "nemo_deployments_all_versions.json", text: nemoDeployments),
        (file: "nemo_workspaces.json", text: nemoWorkspaces),
        (file: "nemo_providers.json", text: nemoProviders),
        (file: "nemo_deployment_configs.json", text: nemoDeploymentConfigs),
        (file: "dashscope_deployments.json", text: dashscopeDeployments),
        (file: "deploy_list.json", text: deployList),
    ]

    /// The elements of an array at a path into a sample; empty where there is none.
    fileprivate static func records(_ text: String, _ path: String...) -> [JSONValue] {
        guard let document = try? JSONDocument(parsing: [UInt8](text.utf8)) else { return [] }
        var value: JSONValue? = document.root
        for key in path { value = value?[key] }
        return value?.elements ?? []
    }
}

extension JSONValue {
    fileprivate var encoded: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }
}

/// A recorded NeMo version.
private struct NeMoSampleRow: NeMoRow {
    var record: JSONValue

    var name: String { field("name") ?? "" }
    var workspace: String { field("workspace") ?? "" }
    var number: Int { Int(record["entity_version"]?.int ?? 1) }

    func field(_ name: String) -> String? { record[name]?.string }

    func write(to writer: inout JSONWriter, explicitNulls: Bool) { writer.value(record) }
}

/// The recorded NeMo lists, with the simulated service's rules for paging and filtering.
struct NeMoSamples: RequestHandler {
    private let rows = Samples.records(Samples.nemoDeployments, "data").map(NeMoSampleRow.init)
    private let workspaces = Samples.records(Samples.nemoWorkspaces, "data")
    private let providers = Samples.records(Samples.nemoProviders, "data")
    private let configs = Samples.records(Samples.nemoDeploymentConfigs, "data")

    func response(to request: PlatformRequest) -> PlatformResponse {
        if request.segments.last == "", NeMoPlatform.isListPath(Array(request.segments.dropLast())) {
            return NeMoPlatform.redirect(request)
        }
        do throws(PlatformResponse) {
            if request.segments == ["apis", "entities", "v2", "workspaces"] {
                try NeMoPlatform.allow([.get], request)
                return try workspaceList(request)
            }
            guard request.segments.count >= 6,
                request.segments.starts(with: ["apis", "models", "v2", "workspaces"])
            else { return NeMoErrors.notFound }
            try NeMoPlatform.allow([.get], request)
            let (workspace, rest) = (request.segments[4], Array(request.segments[6...]))
            switch request.segments[5] {
            case "deployments" where rest.isEmpty: break
            case "providers" where rest.isEmpty: return try list(providers, of: workspace, request)
            case "deployment-configs": return try config(rest, of: workspace)
            default: return NeMoErrors.notFound
            }
            let known = Set(rows.map(\.workspace)).union(workspaces.compactMap { $0["name"]?.string })
            return try NeMoListing(request.query).response(
                rows, pathWorkspace: workspace, workspaces: Array(known), hidden: nil,
                request: request)
        } catch {
            return error
        }
    }

    /// One page of the records of a workspace, or of all for `-`.
    private func list(
        _ records: [JSONValue], of workspace: String, _ request: PlatformRequest
    ) throws(PlatformResponse) -> PlatformResponse {
        let page = max(1, try request.query.integer("page", default: 1))
        let size = min(max(1, try request.query.integer("page_size", default: 100)), 1000)
        let listed = records.filter { workspace == "-" || $0["workspace"]?.string == workspace }
        let content = RecordPage(
            records: listed.page(page, of: size).map(\.encoded), total: listed.count)
        return NeMoEnvelope(
            page: page, pageSize: size, sort: request.query["sort"] ?? "created_at", emptyTotalPages: 0
        ).response(content)
    }

    /// The configuration at `{name}/versions/{n}`.
    private func config(_ rest: [String], of workspace: String) throws(PlatformResponse) -> PlatformResponse {
        let found = configs.first { config in
            rest.count == 3 && rest[1] == "versions" && config["workspace"]?.string == workspace
                && config["name"]?.string == rest[0]
                && config["entity_version"]?.int.map { "\($0)" } == rest[2]
        }
        guard let found else {
            throw NeMoErrors.detail(
                .notFound, "Deployment config '\(workspace)/\(rest.first ?? "")' not found")
        }
        return PlatformResponse(.ok) { $0.value(found) }
    }

    private func workspaceList(_ request: PlatformRequest) throws(PlatformResponse) -> PlatformResponse {
        let page = max(1, try request.query.integer("page", default: 1))
        let size = min(max(1, try request.query.integer("page_size", default: 100)), 1000)
        let content = RecordPage(
            records: workspaces.page(page, of: size).map(\.encoded), total: workspaces.count)
        return NeMoEnvelope(
            page: page, pageSize: size, sort: request.query["sort"] ?? "-created_at", emptyTotalPages: 0,
            hasFilter: true
        ).response(content)
    }
}

/// The sample DashScope list, paged.
struct DashScopeSamples: RequestHandler {
    var pageClamp: Int
    private let records = Samples.records(Samples.dashscopeDeployments, "output", "deployments")

    init(pageClamp: Int) { self.pageClamp = pageClamp }

    func response(to request: PlatformRequest) -> PlatformResponse {
        let envelope = DashScopeEnvelope(number: request.number)
        // A recorded list cannot be changed.
        guard !request.method.writes else { return envelope.methodNotAllowed }
        guard request.segments == DashScopePlatform.listPath else {
            return envelope.error(.notFound, "NotFound", "Path: \(request.path) not found!")
        }
        guard request.method == .get else { return envelope.methodNotAllowed }
        do throws(PlatformResponse) {
            let page = try DashScopePage(request.query, clamp: pageClamp, envelope)
            return page.response(records, request, envelope) { $0.encoded }
        } catch {
            return error
        }
    }
}

/// The sample deploy-list list.
struct DeployListSamples: RequestHandler {
    private let records = Samples.records(Samples.deployList)

    func response(to request: PlatformRequest) -> PlatformResponse {
        guard DeployListErrors.isList(request.segments, .both) else { return DeployListErrors.notFound }
        guard request.method == .get else { return DeployListErrors.methodNotAllowed }
        do throws(PlatformResponse) {
            let statuses = try DeployListErrors.statuses(request.query)
            let shown = records.filter { record in
                statuses.map { $0.contains(record["status"]?.string ?? "") } ?? true
            }
            return DeployListPlatform.list(shown.map(\.encoded), request)
        } catch {
            return error
        }
    }
}
