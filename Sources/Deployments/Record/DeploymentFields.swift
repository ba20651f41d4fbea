import Wire

/// A field of a deployment, with its accessors.
package typealias DeploymentField = RecordField<ModelDeployment>
/// A layout of a deployment's JSON form.
package typealias DeploymentForm = RecordForm<ModelDeployment>

extension RecordSchema {
    /// Deployments as clients and queries know them.
    package static var deployments: RecordSchema { ModelDeployment.table.schema }
}

extension RecordField where Row == ModelDeployment {
    /// Every scalar field, in the order of the JSON form.
    ///
    /// `labels`, the lists and `lookups` are not scalars and not in it.
    package static var all: [DeploymentField] { ModelDeployment.table.fields }

    /// The field of a JSON path, `labels.<key>` included; nil for an unknown path or an invalid label key.
    package static func named(_ name: String) -> DeploymentField? { ModelDeployment.table.named(name) }
}

/// The table of deployments: to add a field, add a row here and a property to ``ModelDeployment``.
extension ModelDeployment: Record {
    /// The one table behind the JSON form, filters, sort, CSV and the description of the API.
    package static let table = RecordTable<ModelDeployment>(
        RecordSchema.Profile(
            name: "deployments", component: "ModelDeployment", conditionComponent: "FilterCondition",
            parameterPrefix: "",
            summary: "one deployed model on one platform", sort: ["-created_at"],
            search: ["name", "model", "base_model", "workspace"], current: "latest",
            sums: [
                "replicas.ready", "replicas.pending", "replicas.desired", "replicas.min", "replicas.max",
                "capacity.ready", "capacity.desired", "capacity.base", "accelerator.total",
                "accelerator.desired",
            ],
            standardSums: ["accelerator.total", "replicas.ready", "replicas.desired"],
            units: [
                "capacity.ready": "capacity.unit", "capacity.desired": "capacity.unit",
                "capacity.base": "capacity.unit",
            ],
            derived: [
                "serving": ["status"], "native_status": ["status"],
                "accelerator.family": ["accelerator.type"], "accelerator.memory_gb": ["accelerator.type"],
                "accelerator.total": ["accelerator.per_replica", "replicas.ready"],
                "accelerator.desired": [
                    "accelerator.per_replica", "replicas.desired", "replicas.ready", "replicas.pending",
                ],
                "model_family": ["model", "base_model"],
            ],
            included: [.history, .native], revision: "revision"),
        fields: identity + model + state + times + shape + place,
        lists: [
            RecordList(
                "endpoint.models", "the names of all models that are served there",
                get: { $0.endpoint.models }, set: { $0.endpoint.models = $1 }),
            RecordList(
                "inferred", "the fields that the platform did not state as such", get: { $0.inferred },
                set: { $0.inferred = $1 }),
            RecordList(
                "unread", "the fields that the platform stated and that could not be read",
                get: { $0.unread }, set: { $0.unread = $1 }),
            RecordList(
                "stated_by_operator", "the fields that the operator's rules set",
                get: { $0.statedByOperator }, set: { $0.statedByOperator = $1 }),
        ],
        objects: [
            RecordObject(
                "lookups", "the state of each secondary request, with the fields that depend on it",
                write: { LookupState.write($0.lookups, to: &$1) },
                read: { $0.lookups = LookupState.read($1) })
        ],
        groups: [
            RecordGroup("endpoint") { $0.endpoints.isEmpty },
            RecordGroup("replicas") { $0.replicas == Replicas() },
            RecordGroup("capacity") { $0.capacity == Capacity() },
            RecordGroup("accelerator") { $0.accelerator == Accelerator() },
        ])

    /// The layouts of the JSON form, made once.
    package static let forms = RecordForms<ModelDeployment>()

    /// Finds the latest version of each deployment, and its creation.
    package typealias Settlement = VersionSettlement

    /// True for a latest version whose status is on its way to another: its source is listed sooner.
    package var isInTransition: Bool { latest && self.status.isTransition }

    /// The bytes of ``history`` or ``native``; nil if the record has none.
    package func included(_ member: Include) -> [UInt8]? {
        switch member {
        case .history: history
        case .native: native
        }
    }

    private static let identity: [DeploymentField] = [
        .text(
            "uid",
            "the source's name and the platform's own key, percent-encoded; the path of its route",
            stamped: true, required: true, respelled: { ModelDeployment.respelled(uid: $0) },
            namesSource: true, get: { $0.uid }, set: { $0.uid = $1 ?? "" }),
        .text(
            "source", "the name that the operator gave its source", stamped: true, ofSource: true,
            required: true,
            get: { $0.source },
            set: { $0.source = $1 ?? "" }),
        .text(
            "platform", "the platform's name in the adapter file, or the operator's own name for it",
            .text(ignoresCase: true),
            stamped: true, ofSource: true, required: true, get: { $0.platform },
            set: { $0.platform = $1 ?? "" }),
        .text(
            "adapter", "the adapter file that read it", .text(ignoresCase: true), stamped: true,
            ofSource: true, required: true, get: { $0.adapter }, set: { $0.adapter = $1 ?? "" }),
        .text(
            "region", "the region that the operator stated for its source", stamped: true, ofSource: true,
            get: { $0.region },
            set: { $0.region = $1 }),
    ]

    private static let model: [DeploymentField] = [
        .text(
            "native_id",
            "the platform's own id; it changes with each version on some platforms, so do not join on it",
            get: { $0.nativeID }, set: { $0.nativeID = $1 }),
        .text("name", "its name on the platform", get: { $0.name }, set: { $0.name = $1 }),
        .text("workspace", "the workspace it is in", get: { $0.workspace }, set: { $0.workspace = $1 }),
        .text("project", "the project it belongs to", get: { $0.project }, set: { $0.project = $1 }),
        .text("model", "the model it serves", get: { $0.model }, set: { $0.model = $1 }),
        .text(
            "model_version", "that model's version", get: { $0.modelVersion }, set: { $0.modelVersion = $1 }),
        .text(
            "base_model", "the model that it was derived from", get: { $0.baseModel },
            set: { $0.baseModel = $1 }
        ),
        .text(
            "task", "the task it performs, in the platform's own term", get: { $0.task },
            set: { $0.task = $1 }),
        .text(
            "kind", "the type of deployment, in the platform's own term", get: { $0.kind },
            set: { $0.kind = $1 }),
    ]

    private static let state: [DeploymentField] = [
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
        .time(
            "status_since", "when this status began: the platform's time, else when it was first seen",
            get: { $0.statusSince }, set: { $0.statusSince = $1 }),
    ]

    private static let times: [DeploymentField] = [
        .time(
            "created_at", "when it was created: the time of its earliest listed version",
            get: { $0.createdAt },
            set: { $0.createdAt = $1 }),
        .time("updated_at", "when it was last changed", get: { $0.updatedAt }, set: { $0.updatedAt = $1 }),
        .time(
            "version_created_at", "when this version was created", get: { $0.versionCreatedAt },
            set: { $0.versionCreatedAt = $1 }),
        .integer("version", "the number of this version", get: { $0.version }, set: { $0.version = $1 }),
        .bool(
            "latest", "true if no later version of it is listed", stamped: true, get: { $0.latest },
            set: { $0.latest = $1 }),
        .text("config", "the configuration it runs with", get: { $0.config }, set: { $0.config = $1 }),
        .integer(
            "config_version", "that configuration's version", get: { $0.configVersion },
            set: { $0.configVersion = $1 }),
    ]

    private static let shape: [DeploymentField] = [
        .count(
            "replicas.ready", "replicas that can answer", get: { $0.replicas.ready },
            set: { $0.replicas.ready = $1 }),
        .count(
            "replicas.pending", "replicas that are being started", get: { $0.replicas.pending },
            set: { $0.replicas.pending = $1 }),
        .count(
            "replicas.desired", "replicas requested", get: { $0.replicas.desired },
            set: { $0.replicas.desired = $1 }),
        .count(
            "replicas.min", "the lower limit of automatic scaling", get: { $0.replicas.min },
            set: { $0.replicas.min = $1 }),
        .count(
            "replicas.max", "the upper limit of automatic scaling", get: { $0.replicas.max },
            set: { $0.replicas.max = $1 }),
        .text(
            "capacity.unit", "the platform's own unit, in which the other capacities are counted",
            get: { $0.capacity.unit }, set: { $0.capacity.unit = $1 }),
        .amount(
            "capacity.ready", "units that can answer", get: { $0.capacity.ready },
            set: { $0.capacity.ready = $1 }),
        .amount(
            "capacity.desired", "units requested", get: { $0.capacity.desired },
            set: { $0.capacity.desired = $1 }),
        .amount(
            "capacity.base", "units that are always provisioned", get: { $0.capacity.base },
            set: { $0.capacity.base = $1 }),
        .text(
            "accelerator.type", "the accelerator, in the platform's own term", get: { $0.accelerator.type },
            set: { $0.accelerator.type = $1 }),
        .text(
            "accelerator.family", "the accelerator's family, under the same name on every platform",
            get: { $0.accelerator.family }, set: { $0.accelerator.family = $1 }),
        .amount(
            "accelerator.memory_gb", "the memory of one accelerator, in gigabytes as the vendor states them",
            get: { $0.accelerator.memoryGB }, set: { $0.accelerator.memoryGB = $1 }),
        .count(
            "accelerator.per_replica", "accelerators in one replica", get: { $0.accelerator.perReplica },
            set: { $0.accelerator.perReplica = $1 }),
        .count(
            "accelerator.total", "accelerators in all ready replicas", get: { $0.accelerator.total },
            set: { $0.accelerator.total = $1 }),
        .count(
            "accelerator.desired", "accelerators in all requested replicas, also those that are not ready",
            get: { $0.accelerator.desired }, set: { $0.accelerator.desired = $1 }),
        .text(
            "engine", "the inference engine, as the platform names it", get: { $0.engine },
            set: { $0.engine = $1 }),
        .text(
            "image", "the container image, as the platform names it", get: { $0.image },
            set: { $0.image = $1 }),
        .text(
            "model_family",
            "the family of the base model, else of the model, under one name on every platform",
            stamped: true, get: { $0.modelFamily }, set: { $0.modelFamily = $1 }),
    ]

    private static let place: [DeploymentField] = [
        .url(
            "endpoint.base_url", "the URL that a client of its protocol takes",
            get: { $0.endpoint.baseURL }, set: { $0.endpoint.baseURL = $1 }),
        .text(
            "endpoint.model", "the name by which a client asks for the model",
            get: { $0.endpoint.model }, set: { $0.endpoint.model = $1 }),
        .term(
            "endpoint.protocol", "the protocol in which it answers", Endpoint.protocols,
            get: { $0.endpoint.protocol }, set: { $0.endpoint.protocol = $1 }),
        .term(
            "endpoint.auth", "the form of authorization that it takes", Endpoint.authorizations,
            get: { $0.endpoint.auth }, set: { $0.endpoint.auth = $1 }),
        .text(
            "endpoint.api_version", "the version of the API, where clients name one",
            get: { $0.endpoint.apiVersion }, set: { $0.endpoint.apiVersion = $1 }),
        .text(
            "billing_mode", "how it is paid for, in the platform's own term", get: { $0.billingMode },
            set: { $0.billingMode = $1 }),
        .text(
            "owner", "a person or principal; only where the operator exposes it", get: { $0.owner },
            set: { $0.owner = $1 }),
        .text(
            "provider", "the model provider it belongs to", get: { $0.provider }, set: { $0.provider = $1 }),
        .url(
            "links.console", "the platform's own page about it", get: { $0.consoleLink },
            set: { $0.consoleLink = $1 }),
        .text(
            "revision", "a hash that changes with any other member but `lookups`", stamped: true,
            required: true, get: { ModelDeployment.forms.revision(of: $0) }, set: { _, _ in }),
    ]
}
