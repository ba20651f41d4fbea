import Deployments
import Wire

/// The values that rows of a source may show, according to its adapter file and the operator's `expose`.
///
/// Rows of an earlier process or configuration may hold more: a file may have stopped reading a field that
/// turned out to be a secret.
struct Exposure: Sendable {
    /// Fields that no expression of the file fills.
    private let hiddenFields: [DeploymentField]
    private let showsNativeStatus: Bool
    private let showsHistory: Bool
    /// Members of history entries that no expression of the file fills.
    private let hiddenHistoryMembers: Set<String>
    private let native: PinnedObjects<NativeMember>

    init(plan: RecordPlan, exposesOwner: Bool) {
        let filled = Self.filledFields(of: plan, exposesOwner: exposesOwner)
        hiddenFields = DeploymentField.all.filter {
            !$0.isStamped && $0.name != "version" && !filled.contains($0.name)
        }
        showsNativeStatus = plan.status.term != nil
        showsHistory = plan.history != nil
        var hidden: Set<String> = []
        if plan.history?.term == nil { hidden.insert("native_status") }
        if plan.history?.message == nil { hidden.insert("message") }
        hiddenHistoryMembers = hidden
        native = NativeMember.tree(plan.native.map { ($0.names[...], $0.isOpen) })
    }

    /// The fields that an expression of the file fills, and those that follow from them.
    private static func filledFields(of plan: RecordPlan, exposesOwner: Bool) -> Set<String> {
        let read = Set(plan.fields.map(\.field.name)).subtracting(exposesOwner ? [] : ["owner"])
        var filled = read
        if !plan.accelerators.isEmpty, read.contains("accelerator.type") {
            filled.formUnion(["accelerator.family", "accelerator.memory_gb"])
        }
        if read.isSuperset(of: ["accelerator.per_replica", "replicas.ready"]) {
            filled.insert("accelerator.total")
        }
        if read.contains("accelerator.per_replica"),
            read.contains("replicas.desired")
                || read.isSuperset(of: ["replicas.ready", "replicas.pending"])
        {
            filled.insert("accelerator.desired")
        }
        return filled
    }

    /// The origins of the fields of rows that a file reads.
    static func toldFields(by plan: RecordPlan, exposesOwner: Bool) -> ToldFields {
        var told = ToldFields()
        told.list = filledFields(of: plan, exposesOwner: exposesOwner).union(["status", "serving"])
        if plan.status.term != nil { told.list.insert("native_status") }
        if plan.version != nil { told.list.insert("version") }
        if !told.list.isDisjoint(with: ["model", "base_model"]) { told.list.insert("model_family") }
        if !exposesOwner, plan.fields.contains(where: { $0.field.name == "owner" }) {
            told.withheld = ["owner"]
        }
        return told
    }

    /// The rows without the values that may not be shown; nil where all may.
    func redacted(_ rows: [ModelDeployment]) -> [ModelDeployment]? {
        var shown = rows
        var isChanged = false
        for index in rows.indices where redact(&shown[index]) { isChanged = true }
        return isChanged ? shown : nil
    }

    /// - Returns: True if the row held a value that may not be shown.
    private func redact(_ row: inout ModelDeployment) -> Bool {
        var isChanged = false
        // An inferred `status_since` counts as the gateway's own observation, not as a value of the platform.
        for field in hiddenFields
        where field.get(row) != .null && !(field.name == "status_since" && row.isInferred(field.name)) {
            field.set(&row, .null)
            row.mark(field.name, inferred: false)
            isChanged = true
        }
        if !row.unread.isEmpty, hiddenFields.contains(where: { row.unread.contains($0.name) }) {
            row.unread.removeAll { name in hiddenFields.contains { $0.name == name } }
            isChanged = true
        }
        if !showsNativeStatus, row.nativeStatus != nil {
            row.nativeStatus = nil
            isChanged = true
        }
        if let history = row.history {
            let shown = showsHistory ? redactedHistory(history) : nil
            if shown != history {
                row.history = shown
                isChanged = true
            }
        }
        if let native = row.native {
            let shown = redactedNative(native)
            if shown != native {
                row.native = shown
                isChanged = true
            }
        }
        return isChanged
    }

    /// The history with null for the members that may not be shown; nil where it cannot be read.
    private func redactedHistory(_ history: [UInt8]) -> [UInt8]? {
        guard !hiddenHistoryMembers.isEmpty else { return history }
        guard let document = try? JSONDocument(parsing: history) else { return nil }
        var json = JSONWriter()
        json.array { json in
            for entry in document.root.elements {
                json.object { json in
                    for (name, value) in entry.members {
                        json.key(name)
                        if hiddenHistoryMembers.contains(name) { json.null() } else { json.value(value) }
                    }
                }
            }
        }
        return json.bytes
    }

    /// The members that the file shows; nil where it shows none, or they cannot be read.
    private func redactedNative(_ stored: [UInt8]) -> [UInt8]? {
        guard !native.isEmpty, let document = try? JSONDocument(parsing: stored) else { return nil }
        var json = JSONWriter()
        NativeMember.write(native, of: document.root, to: &json)
        return json.bytes
    }
}
