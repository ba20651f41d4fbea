import Deployments
import Wire

/// The values that rows of a source may show, according to its adapter file and the operator's `expose`.
///
/// Rows of an earlier process or configuration may hold more: a file may have stopped reading a field that
/// turned out to be a secret.
struct Exposure<Row: AdaptedRecord>: Sendable {
    /// Fields that no expression of the file fills.
    private let hiddenFields: [RecordField<Row>]
    /// Lists of texts that no expression of the file fills.
    private let hiddenLists: [RecordList<Row>]
    /// The names of both.
    private let hiddenNames: Set<String>
    private let showsNativeStatus: Bool
    private let showsHistory: Bool
    /// Members of history entries that no expression of the file fills.
    private let hiddenHistoryMembers: Set<String>
    private let native: PinnedObjects<NativeMember>
    /// The origins of the fields of rows.
    let toldFields: ToldFields

    init(plan: RecordPlan<Row>, exposesOwner: Bool) {
        let read = Set(plan.fields.map(\.field.name) + plan.references.map(\.field.name))
            .subtracting(exposesOwner ? [] : ["owner"])
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
        let lists = Set(plan.lists.map(\.list.name))
        let hiddenLists = Row.table.lists.filter {
            Row.statedLists.contains($0.name) && !lists.contains($0.name)
        }
        let hiddenFields = Row.statedFields.filter { !filled.contains($0.name) }
        (self.hiddenFields, self.hiddenLists) = (hiddenFields, hiddenLists)
        hiddenNames = Set(hiddenFields.map(\.name) + hiddenLists.map(\.name))
        showsNativeStatus = plan.status.term != nil
        showsHistory = plan.history != nil
        var hidden: Set<String> = []
        if plan.history?.term == nil { hidden.insert("native_status") }
        if plan.history?.message == nil { hidden.insert("message") }
        hiddenHistoryMembers = hidden
        native = NativeMember.tree(plan.native.map { ($0.names[...], $0.isOpen) })
        var told = ToldFields()
        told.list = filled.union(["status", "serving"])
        if plan.status.term != nil { told.list.insert("native_status") }
        if plan.version != nil { told.list.insert("version") }
        if !told.list.isDisjoint(with: ["model", "base_model"]) { told.list.insert("model_family") }
        if !exposesOwner, plan.fields.contains(where: { $0.field.name == "owner" }) {
            told.withheld = ["owner"]
        }
        toldFields = told
    }

    /// The rows without the values that may not be shown; nil where all may.
    func redacted(_ rows: [Row]) -> [Row]? {
        var shown = rows
        var isChanged = false
        for index in rows.indices where redact(&shown[index]) { isChanged = true }
        return isChanged ? shown : nil
    }

    /// - Returns: True if the row held a value that may not be shown.
    private func redact(_ row: inout Row) -> Bool {
        var isChanged = false
        // An inferred `status_since` counts as the gateway's own observation, not as a value of the platform.
        for field in hiddenFields
        where field.get(row) != .null && !(field.name == "status_since" && row.inferred.contains(field.name))
        {
            field.set(&row, .null)
            row.inferred.removeAll { $0 == field.name }
            isChanged = true
        }
        for list in hiddenLists where !list.get(row).isEmpty {
            list.set(&row, [])
            row.inferred.removeAll { $0 == list.name }
            isChanged = true
        }
        if !row.unread.isEmpty, row.unread.contains(where: hiddenNames.contains) {
            row.unread.removeAll(where: hiddenNames.contains)
            isChanged = true
        }
        if !showsNativeStatus, let field = Row.table.named("native_status"), field.get(row) != .null {
            field.set(&row, .null)
            isChanged = true
        }
        if let history = row.included(.history) {
            let shown = showsHistory ? redactedHistory(history) : nil
            if shown != history {
                row.setIncluded(.history, shown)
                isChanged = true
            }
        }
        if let native = row.included(.native) {
            let shown = redactedNative(native)
            if shown != native {
                row.setIncluded(.native, shown)
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
