import HTTPTypes
import Wire

/// The recorded answers that the demo serves from the binary, as sources of their own.
///
/// Each text is its file in `Tests/Samples` byte for byte, which a test compares; what each was recorded from is
/// told in `Tests/Samples/README.md`.
package enum Samples {
    /// File name in `Tests/Samples`, and the embedded text.
    package static let embedded = [
        (file: "nemo_deployments_all_versions.json", text: nemoDeployments),
        (file: "nemo_workspaces.json", text: nemoWorkspaces),
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

/// The recorded NeMo lists, with the living service's rules for paging and filtering.
struct NeMoSamples: Answering {
    private let rows = Samples.records(Samples.nemoDeployments, "data").map(NeMoSampleRow.init)
    private let workspaces = Samples.records(Samples.nemoWorkspaces, "data")

    func answer(to call: Call) -> Answer {
        if call.segments.last == "", NeMoPlatform.isListPath(Array(call.segments.dropLast())) {
            return NeMoPlatform.redirect(call)
        }
        do throws(Answer) {
            if call.segments == ["apis", "entities", "v2", "workspaces"] {
                try NeMoPlatform.allow([.get], call)
                return try workspaceList(call)
            }
            guard call.segments.count == 6,
                call.segments.starts(with: ["apis", "models", "v2", "workspaces"]),
                call.segments[5] == "deployments"
            else { return NeMoErrors.notFound }
            try NeMoPlatform.allow([.get], call)
            let known = Set(rows.map(\.workspace)).union(workspaces.compactMap { $0["name"]?.string })
            return try NeMoListing(call.query).answer(
                rows, asked: call.segments[4], workspaces: Array(known), hidden: nil, call: call)
        } catch {
            return error
        }
    }

    private func workspaceList(_ call: Call) throws(Answer) -> Answer {
        let page = max(1, try call.query.integer("page", default: 1))
        let size = min(max(1, try call.query.integer("page_size", default: 100)), 1000)
        let content = RecordPage(
            records: workspaces.page(page, of: size).map(\.encoded), total: workspaces.count)
        return NeMoEnvelope(
            page: page, pageSize: size, sort: call.query["sort"] ?? "-created_at", emptyTotalPages: 0,
            hasFilter: true
        ).answer(content)
    }
}

/// The recorded DashScope list, paged.
struct DashScopeSamples: Answering {
    var pageClamp: Int
    private let records = Samples.records(Samples.dashscopeDeployments, "output", "deployments")

    init(pageClamp: Int) { self.pageClamp = pageClamp }

    func answer(to call: Call) -> Answer {
        let voice = DashScopeVoice(number: call.number)
        guard call.segments == DashScopePlatform.listPath else {
            return voice.error(.notFound, "NotFound", "Path: \(call.path) not found!")
        }
        guard call.method == .get else {
            return voice.error(.methodNotAllowed, "MethodNotAllowed", "Request method is not supported.")
        }
        do throws(Answer) {
            let page = try DashScopePage(call.query, clamp: pageClamp, voice)
            return page.answer(records, call, voice) { $0.encoded }
        } catch {
            return error
        }
    }
}

/// The recorded deploy-list list.
struct DeployListSamples: Answering {
    private let records = Samples.records(Samples.deployList)

    func answer(to call: Call) -> Answer {
        guard DeployListErrors.isList(call.segments, .both) else { return DeployListErrors.notFound }
        guard call.method == .get else { return DeployListErrors.methodNotAllowed }
        do throws(Answer) {
            let words = try DeployListErrors.statuses(call.query)
            let shown = records.filter { record in
                words.map { $0.contains(record["status"]?.string ?? "") } ?? true
            }
            return DeployListPlatform.list(shown.map(\.encoded), call)
        } catch {
            return error
        }
    }
}
