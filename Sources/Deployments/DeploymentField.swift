/// One scalar field of ``ModelDeployment``: its name on the wire, its type, and how to reach it.
///
/// The one table behind the JSON form, the filter grammar, `sort`, `fields`, and the names that an adapter
/// file may map.
package struct DeploymentField: Sendable {
    /// What a field's values are.
    package enum Kind: Sendable, Equatable {
        /// Compared by UTF-8 bytes, or without case.
        case text(ignoresCase: Bool)
        /// One of a closed list, compared without case.
        case word([String])
        /// Any number; `whole` fields hold integers only.
        case number(whole: Bool)
        case time
        case flag
    }

    /// Its path in the JSON form, such as `accelerator.type`.
    package let name: String
    package let kind: Kind
    /// Which record facts the operator or the gateway sets, not an adapter file.
    package let isStamped: Bool
    package let get: @Sendable (borrowing ModelDeployment) -> FieldValue
    /// Stores a value of this field's kind; a null, or a value of another kind, clears the field.
    package let set: @Sendable (inout ModelDeployment, FieldValue) -> Void

    init(
        _ name: String, _ kind: Kind = .text(ignoresCase: false), stamped: Bool = false,
        get: @escaping @Sendable (borrowing ModelDeployment) -> FieldValue,
        set: @escaping @Sendable (inout ModelDeployment, FieldValue) -> Void
    ) {
        self.name = name
        self.kind = kind
        isStamped = stamped
        self.get = get
        self.set = set
    }

    /// The field of a JSON path, `labels.<key>` included; nil where there is none.
    package static func named(_ name: String) -> DeploymentField? {
        if let field = byName[name] { return field }
        guard name.hasPrefix("labels."), name.utf8.count > 7 else { return nil }
        return label(String(name.dropFirst(7)))
    }

    /// One of the operator's labels; null on a record without it.
    static func label(_ key: String) -> DeploymentField {
        DeploymentField(
            "labels.\(key)", stamped: true,
            get: { FieldValue($0.labels[key]) }, set: { $0.labels[key] = $1.text })
    }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}

extension DeploymentField {
    /// Every scalar field, in the order of the JSON form (DESIGN.md §3); `labels` and `inferred` stand beside.
    package static let all: [DeploymentField] = identity + model + state + times + shape

    private static let identity: [DeploymentField] = [
        DeploymentField("uid", stamped: true, get: { .text($0.uid) }, set: { $0.uid = $1.text ?? "" }),
        DeploymentField(
            "source", stamped: true, get: { .text($0.source) }, set: { $0.source = $1.text ?? "" }),
        DeploymentField(
            "platform", .text(ignoresCase: true), stamped: true,
            get: { .text($0.platform) }, set: { $0.platform = $1.text ?? "" }),
        DeploymentField(
            "adapter", .text(ignoresCase: true), stamped: true,
            get: { .text($0.adapter) }, set: { $0.adapter = $1.text ?? "" }),
        DeploymentField(
            "region", stamped: true, get: { FieldValue($0.region) }, set: { $0.region = $1.text }),
    ]

    private static let model: [DeploymentField] = [
        DeploymentField("native_id", get: { FieldValue($0.nativeID) }, set: { $0.nativeID = $1.text }),
        DeploymentField("name", get: { FieldValue($0.name) }, set: { $0.name = $1.text }),
        DeploymentField("workspace", get: { FieldValue($0.workspace) }, set: { $0.workspace = $1.text }),
        DeploymentField("project", get: { FieldValue($0.project) }, set: { $0.project = $1.text }),
        DeploymentField("model", get: { FieldValue($0.model) }, set: { $0.model = $1.text }),
        DeploymentField(
            "model_version", get: { FieldValue($0.modelVersion) }, set: { $0.modelVersion = $1.text }),
        DeploymentField("base_model", get: { FieldValue($0.baseModel) }, set: { $0.baseModel = $1.text }),
        DeploymentField("task", get: { FieldValue($0.task) }, set: { $0.task = $1.text }),
        DeploymentField("kind", get: { FieldValue($0.kind) }, set: { $0.kind = $1.text }),
    ]

    private static let state: [DeploymentField] = [
        DeploymentField(
            "status", .word(DeploymentStatus.allCases.map(\.rawValue)), stamped: true,
            get: { .text($0.status.rawValue) },
            set: { $0.status = $1.text.flatMap(DeploymentStatus.init) ?? .unknown }),
        DeploymentField(
            "serving", .word(Serving.allCases.map(\.rawValue)), stamped: true,
            get: { .text($0.serving.rawValue) },
            set: { $0.serving = $1.text.flatMap(Serving.init) ?? .unknown }),
        DeploymentField(
            "native_status", stamped: true,
            get: { FieldValue($0.nativeStatus) }, set: { $0.nativeStatus = $1.text }),
        DeploymentField(
            "status_message", get: { FieldValue($0.statusMessage) }, set: { $0.statusMessage = $1.text }),
        DeploymentField(
            "status_since", .time, get: { FieldValue($0.statusSince) }, set: { $0.statusSince = $1.time }),
    ]

    private static let times: [DeploymentField] = [
        DeploymentField(
            "created_at", .time, get: { FieldValue($0.createdAt) }, set: { $0.createdAt = $1.time }),
        DeploymentField(
            "updated_at", .time, get: { FieldValue($0.updatedAt) }, set: { $0.updatedAt = $1.time }),
        DeploymentField(
            "version_created_at", .time,
            get: { FieldValue($0.versionCreatedAt) }, set: { $0.versionCreatedAt = $1.time }),
        .count("version", get: { $0.version }, set: { $0.version = $1 }),
        DeploymentField(
            "latest", .flag, stamped: true, get: { .flag($0.latest) }, set: { $0.latest = $1.flag ?? false }),
        DeploymentField("config", get: { FieldValue($0.config) }, set: { $0.config = $1.text }),
        .count("config_version", get: { $0.configVersion }, set: { $0.configVersion = $1 }),
    ]

    private static let shape: [DeploymentField] = [
        .count("replicas.ready", get: { $0.replicas.ready }, set: { $0.replicas.ready = $1 }),
        .count("replicas.pending", get: { $0.replicas.pending }, set: { $0.replicas.pending = $1 }),
        .count("replicas.desired", get: { $0.replicas.desired }, set: { $0.replicas.desired = $1 }),
        .count("replicas.min", get: { $0.replicas.min }, set: { $0.replicas.min = $1 }),
        .count("replicas.max", get: { $0.replicas.max }, set: { $0.replicas.max = $1 }),
        DeploymentField(
            "capacity.unit", get: { FieldValue($0.capacity.unit) }, set: { $0.capacity.unit = $1.text }),
        .amount("capacity.ready", get: { $0.capacity.ready }, set: { $0.capacity.ready = $1 }),
        .amount("capacity.desired", get: { $0.capacity.desired }, set: { $0.capacity.desired = $1 }),
        .amount("capacity.base", get: { $0.capacity.base }, set: { $0.capacity.base = $1 }),
        DeploymentField(
            "accelerator.type", get: { FieldValue($0.accelerator.type) },
            set: { $0.accelerator.type = $1.text }),
        DeploymentField(
            "accelerator.family",
            get: { FieldValue($0.accelerator.family) }, set: { $0.accelerator.family = $1.text }),
        .amount(
            "accelerator.memory_gb", get: { $0.accelerator.memoryGB }, set: { $0.accelerator.memoryGB = $1 }),
        .count(
            "accelerator.per_replica", get: { $0.accelerator.perReplica },
            set: { $0.accelerator.perReplica = $1 }),
        .count("accelerator.total", get: { $0.accelerator.total }, set: { $0.accelerator.total = $1 }),
        DeploymentField(
            "billing_mode", get: { FieldValue($0.billingMode) }, set: { $0.billingMode = $1.text }),
        DeploymentField("owner", get: { FieldValue($0.owner) }, set: { $0.owner = $1.text }),
        DeploymentField("provider", get: { FieldValue($0.provider) }, set: { $0.provider = $1.text }),
    ]

    private static func count(
        _ name: String, get: @escaping @Sendable (borrowing ModelDeployment) -> Int?,
        set: @escaping @Sendable (inout ModelDeployment, Int?) -> Void
    ) -> DeploymentField {
        DeploymentField(name, .number(whole: true), get: { FieldValue(get($0)) }, set: { set(&$0, $1.whole) })
    }

    private static func amount(
        _ name: String, get: @escaping @Sendable (borrowing ModelDeployment) -> Double?,
        set: @escaping @Sendable (inout ModelDeployment, Double?) -> Void
    ) -> DeploymentField {
        DeploymentField(
            name, .number(whole: false), get: { FieldValue(get($0)) }, set: { set(&$0, $1.number) })
    }
}
