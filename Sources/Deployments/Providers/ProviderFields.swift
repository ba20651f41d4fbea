/// A field of a model provider, with its accessors.
package typealias ProviderField = RecordField<ModelProvider>

extension RecordSchema {
    /// Model providers as clients and queries know them.
    package static var providers: RecordSchema { ModelProvider.table.schema }
}

/// The table of providers: to add a field, add a row here and a property to ``ModelProvider``.
extension ModelProvider {
    /// The one table behind the JSON form, filters, sort, CSV and the description of the API.
    package static let table = RecordTable<ModelProvider>(
        RecordSchema.Profile(
            name: "providers", component: "ModelProvider",
            summary: "one model provider on one platform", sort: ["-created_at"],
            search: ["name", "workspace", "description"],
            derived: ["serving": ["status"], "native_status": ["status"]]),
        fields: identity + facts + state,
        lists: [
            RecordList(
                "served_models", "the names by which clients ask for its models",
                get: { $0.servedModels }, set: { $0.servedModels = $1 }),
            RecordList(
                "enabled_models", "the models that it is restricted to; empty if it is not",
                get: { $0.enabledModels }, set: { $0.enabledModels = $1 }),
            RecordList(
                "inferred", "the fields that the platform did not state as such", get: { $0.inferred },
                set: { $0.inferred = $1 }),
            RecordList(
                "unread", "the fields that the platform stated and that could not be read",
                get: { $0.unread }, set: { $0.unread = $1 }),
        ])

    /// The layouts of the JSON form, made once.
    package static let forms = RecordForms<ModelProvider>()

    private static let identity: [ProviderField] = [
        .text(
            "uid", "the source's name and the platform's own key, percent-encoded; the path of its route",
            stamped: true, required: true, namesSource: true, get: { $0.uid }, set: { $0.uid = $1 ?? "" }),
        .text(
            "source", "the name that the operator gave its source", stamped: true, ofSource: true,
            required: true, get: { $0.source }, set: { $0.source = $1 ?? "" }),
        .text(
            "platform", "the platform's name in the adapter file, or the operator's own name for it",
            .text(ignoresCase: true), stamped: true, ofSource: true, required: true, get: { $0.platform },
            set: { $0.platform = $1 ?? "" }),
        .text(
            "adapter", "the adapter file that read it", .text(ignoresCase: true), stamped: true,
            ofSource: true, required: true, get: { $0.adapter }, set: { $0.adapter = $1 ?? "" }),
        .text(
            "region", "the region that the operator stated for its source", stamped: true, ofSource: true,
            get: { $0.region }, set: { $0.region = $1 }),
    ]

    private static let facts: [ProviderField] = [
        .text("native_id", "the platform's own id", get: { $0.nativeID }, set: { $0.nativeID = $1 }),
        .text("name", "its name on the platform", get: { $0.name }, set: { $0.name = $1 }),
        .text("workspace", "the workspace it is in", get: { $0.workspace }, set: { $0.workspace = $1 }),
        .text("project", "the project it belongs to", get: { $0.project }, set: { $0.project = $1 }),
        .text(
            "description", "the platform's description of it", get: { $0.description },
            set: { $0.description = $1 }),
        .url("host_url", "the URL at which it answers", get: { $0.hostURL }, set: { $0.hostURL = $1 }),
        .text(
            "deployment", "the uid of the deployment that it was made for", get: { $0.deployment },
            set: { $0.deployment = $1 }),
    ]

    private static let state: [ProviderField] = [
        .text(
            "status", "the phase it is in", .term(DeploymentStatus.allCases.map(\.rawValue)), stamped: true,
            required: true, urgency: DeploymentStatus.byUrgency.map(\.rawValue), get: { $0.status.rawValue },
            set: { $0.status = $1.flatMap(DeploymentStatus.init) ?? .unknown }),
        .text(
            "serving", "its ability to answer now", .term(Serving.allCases.map(\.rawValue)), stamped: true,
            required: true, urgency: Serving.byUrgency.map(\.rawValue), get: { $0.serving.rawValue },
            set: { $0.serving = $1.flatMap(Serving.init) ?? .unknown }),
        .text(
            "native_status", "the platform's own term for its status", stamped: true,
            get: { $0.nativeStatus }, set: { $0.nativeStatus = $1 }),
        .text(
            "status_message", "the platform's message about its status", get: { $0.statusMessage },
            set: { $0.statusMessage = $1 }),
        .time("created_at", "when it was created", get: { $0.createdAt }, set: { $0.createdAt = $1 }),
        .time("updated_at", "when it was last changed", get: { $0.updatedAt }, set: { $0.updatedAt = $1 }),
    ]
}
