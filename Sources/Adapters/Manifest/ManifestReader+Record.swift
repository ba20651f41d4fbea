import Deployments
import Settings
import Wire

// One record: identity, times, fields, status, history, and the paths that must never be read.
extension ManifestReader {
    /// Reads the sections on a deployment's record.
    func readRecord(
        _ root: SettingsMapping, inputs: [AdapterManifest.Input]
    ) -> RecordPlan<ModelDeployment>? {
        let identity = readIdentity(root.required("identity"), of: ModelDeployment.self)
        let zone = readZone(root.optional("times"), inputs: inputs)
        let fields = readFields(in: root, of: ModelDeployment.self, keyParts: identity.key.count)
        let status = readStatus(root.required("status"))
        let history = readHistory(root.optional("history"))
        let accelerators = readAccelerators(root.optional("accelerators"))
        let native = readNative(root.optional("native"))
        guard let status else { return nil }
        return RecordPlan(
            key: identity.key, isUnique: identity.isUnique, version: identity.version, zone: zone,
            fields: fields.scalars, lists: fields.lists, references: fields.references, status: status,
            history: history, accelerators: accelerators, native: native, maps: maps)
    }

    /// Reads the section on the list of model providers; what it shares with that of `deployments` is theirs.
    func readProviders(
        _ node: SettingsNode, inputs: [AdapterManifest.Input], deployments: RecordPlan<ModelDeployment>?,
        partitions: [AdapterManifest.PartitionAxis]
    ) -> ProvidersPlan? {
        guard let section = node.mapping() else { return nil }
        defer { section.refuseOthers() }
        // Its `$` is another record, with other paths under `never`.
        var reader = self
        reader.pathsRead = PathsRead()
        let list = reader.readList(section, inputs: inputs)
        let identityNode = section.required("identity")
        let identity = reader.readIdentity(identityNode, of: ModelProvider.self)
        let fields = reader.readFields(
            in: section, of: ModelProvider.self, keyParts: deployments?.key.count ?? 0)
        var status = section.optional("status").flatMap { reader.readStatus($0) }
        if !section.has("status"), let shared = deployments?.status {
            status = shared
            let conditions = shared.rules.compactMap(\.when)
            for expression in [shared.term].compactMap({ $0 }) + conditions {
                reader.pathsRead.add(expression.paths, at: node.location, from: .record)
            }
        }
        _ = reader.readNever(section.optional("never"), records: list?.records.path)
        guard let list, let status, let deployments else { return nil }
        let record = RecordPlan<ModelProvider>(
            key: identity.key, isUnique: identity.isUnique, zone: deployments.zone, fields: fields.scalars,
            lists: fields.lists, references: fields.references, status: status, maps: maps)
        warnOfSharedIdentities(partitions, record, identityNode)
        return ProvidersPlan(list: list, record: record)
    }

    /// What a record is distinguished by.
    private struct Identity {
        var key: [Expression] = []
        var version: Expression?
        var isUnique = false
    }

    private func readIdentity(_ node: SettingsNode?, of kind: (some AdaptedRecord).Type) -> Identity {
        let fields = node?.mapping()
        var identity = Identity()
        identity.key = readKey(fields?.required("key"))
        if kind.hasVersions { identity.version = fields?.optional("version").flatMap { expression($0) } }
        identity.isUnique = fields?.optional("unique")?.bool() ?? false
        fields?.refuseOthers()
        return identity
    }

    private func readKey(_ node: SettingsNode?) -> [Expression] {
        guard let node, let parts = node.sequence() else { return [] }
        let key = parts.compactMap { expression($0) }
        guard key.count == parts.count else { return key }
        if key.allSatisfy(\.paths.isEmpty) {
            node.problem("must read the record in at least one part, such as $.id")
        }
        return key
    }

    private func readZone(_ node: SettingsNode?, inputs: [AdapterManifest.Input]) -> ZoneSetting {
        guard let fields = node?.mapping() else { return .refused }
        defer { fields.refuseOthers() }
        guard let zoneless = fields.required("zoneless"), let text = zoneless.nonEmptyString() else {
            return .refused
        }
        if let zone = LocalZone(text) { return .fixed(zone) }
        if inputs.contains(where: { $0.kind == .zone && "inputs.\($0.name)" == text }) {
            return .input(String(text.dropFirst(7)))
        }
        zoneless.problem("must be \(LocalZone.expected), or an input of type zone")
        return .refused
    }

    /// The fields that a file fills.
    private struct Fields<Row: AdaptedRecord> {
        var scalars: [RecordPlan<Row>.FieldPlan] = []
        var lists: [RecordPlan<Row>.TextsPlan] = []
        var references: [RecordPlan<Row>.ReferencePlan] = []
    }

    /// Reads `fields` and `inferred`; `keyParts` is the number of parts of a deployment's key.
    private func readFields<Row: AdaptedRecord>(
        in section: SettingsMapping, of kind: Row.Type, keyParts: Int
    ) -> Fields<Row> {
        let inferred = readInferred(section.optional("inferred"), among: section.optional("fields"))
        var fields = Fields<Row>()
        let allowed = Row.statedFields
        let lists = Row.table.lists.filter { Row.statedLists.contains($0.name) }
        for entry in section.required("fields")?.mapping()?.entries ?? [] {
            let isInferred = inferred.contains(entry.name)
            if let list = lists.first(where: { $0.name == entry.name }) {
                guard let expression = expression(entry.value) else { continue }
                fields.lists.append(.init(list: list, expression: expression, isInferred: isInferred))
            } else if let field = allowed.first(where: { $0.name == entry.name }) {
                if Row.references.contains(field.name) {
                    let parts = readReference(entry.value, keyParts: keyParts)
                    guard !parts.isEmpty else { continue }
                    fields.references.append(
                        .init(field: field, parts: parts, count: keyParts, isInferred: isInferred))
                } else if let expression = expression(entry.value) {
                    fields.scalars.append(
                        .init(field: field, expression: expression, isInferred: isInferred))
                }
            } else {
                let names = allowed.map(\.name) + lists.map(\.name)
                problems.add(entry.location, unknownField(entry.name, of: kind, allowed: names))
            }
        }
        return fields
    }

    /// Reads the parts of a deployment's key, each an expression, or one expression for all of them.
    private func readReference(_ node: SettingsNode, keyParts: Int) -> [Expression] {
        guard node.isSequence else { return expression(node).map { [$0] } ?? [] }
        let parts = node.sequence() ?? []
        if parts.count != keyParts, keyParts > 0 {
            node.problem("must have as many parts as the deployment's `identity.key`: \(keyParts)")
        }
        return parts.compactMap { expression($0) }
    }

    /// Reads the names of the fields that the platform does not state as such; each must be read.
    private func readInferred(_ node: SettingsNode?, among fields: SettingsNode?) -> Set<String> {
        let read = Set(fields?.mapping()?.entries.map(\.name) ?? [])
        var names: Set<String> = []
        for element in node?.sequence() ?? [] {
            guard let name = element.nonEmptyString() else { continue }
            if !read.contains(name) { element.problem("is not one of this file's `fields`") }
            names.insert(name)
        }
        return names
    }

    private func unknownField<Row: AdaptedRecord>(
        _ name: String, of kind: Row.Type, allowed: [String]
    ) -> String {
        switch name {
        case "version" where Row.hasVersions: return "is set by `identity.version`"
        case "status", "serving", "native_status": return "is set by the section `status`"
        default: break
        }
        if Row.table.named(name) != nil {
            return "is set by the operator or the gateway, not by an adapter file"
        }
        let hint = nearest(to: name, among: allowed).map { "did you mean `\($0)`?" }
        return "is not a field of \(Row.noun); \(hint ?? "use one of " + allowed.joined(separator: ", "))"
    }

    private func readStatus(_ node: SettingsNode?) -> StatusPlan? {
        guard let fields = node?.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let termNode = fields.optional("word")
        let term = termNode.flatMap { expression($0) }
        guard let rules = fields.required("rules")?.sequence() else { return nil }
        let read = rules.map { (rule: readStatusRule($0), node: $0) }
        var closed: Set<String> = []
        for case (let rule?, let node) in read where !rule.terms.isEmpty {
            if termNode == nil {
                node.problem("never applies: add `status.word`, the path of the platform's status")
            } else if rule.terms.allSatisfy(closed.contains) {
                node.problem("never applies: an earlier rule without `when` has the same words")
            }
            if rule.when == nil { closed.formUnion(rule.terms) }
        }
        return StatusPlan(term: term, rules: read.compactMap(\.rule))
    }

    private func readStatusRule(_ node: SettingsNode) -> StatusPlan.Rule? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let terms = fields.optional("words")?.strings() ?? []
        let condition = fields.optional("when")
        let when = condition.flatMap { self.condition($0) }
        if terms.isEmpty, condition == nil { node.problem("applies to every record: add `words` or `when`") }
        let verdict = fields.required("is").flatMap { readVerdict($0) }
        // A rule whose condition cannot be read is not checked further.
        guard let (status, serving) = verdict, (when == nil) == (condition == nil) else { return nil }
        return StatusPlan.Rule(
            terms: terms.map { $0.lowercased() }, when: when, status: status, serving: serving)
    }

    private func readVerdict(_ node: SettingsNode) -> (DeploymentStatus, Serving)? {
        guard node.isSequence, let parts = node.sequence(), parts.count == 2 else {
            return node.wrong("[STATUS, serving], such as [READY, full]")
        }
        let status = parts[0].term(DeploymentStatus.self)
        let serving = parts[1].term(Serving.self)
        guard let status, let serving else { return nil }
        return (status, serving)
    }

    private func readHistory(_ node: SettingsNode?) -> HistoryPlan? {
        guard let fields = node?.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let entries = path(fields.required("each"))
        let base = entries.map { PathsRead.Base.entry(of: $0) }
        let at = expression(fields.required("at"), reading: base)
        let term = fields.optional("status").flatMap { expression($0, reading: base) }
        let message = fields.optional("message").flatMap { expression($0, reading: base) }
        guard let entries, let at else { return nil }
        return HistoryPlan(entries: entries, at: at, term: term, message: message)
    }

    private func readAccelerators(_ node: SettingsNode?) -> [String: AcceleratorAlias] {
        guard let entries = node?.mapping()?.entries else { return [:] }
        var aliases: [String: AcceleratorAlias] = [:]
        for entry in entries {
            guard let fields = entry.value.mapping() else { continue }
            aliases[entry.name] = AcceleratorAlias(
                family: fields.optional("family")?.nonEmptyString(),
                memoryGB: fields.optional("memory_gb")?.double(above: 0))
            fields.refuseOthers()
        }
        return aliases
    }

    private func readNative(_ node: SettingsNode?) -> [NativePath] {
        guard let elements = node?.sequence() else { return [] }
        return elements.compactMap { element in
            guard let path = path(element) else { return nil }
            guard let (names, isOpen) = path.memberNames, !names.isEmpty else {
                return element.wrong(
                    "a path of names, such as $.config.gpu, or $.instances.* for all members")
            }
            pathsRead.add([path], at: element.location, from: .record)
            return NativePath(path: path, names: names, isOpen: isOpen)
        }
    }

    /// Reads the paths under `never`, and reports expressions and `native` paths that read them.
    func readNever(_ node: SettingsNode?, records: JSONPath?) -> [JSONPath] {
        let never = (node?.sequence() ?? []).compactMap { path($0) }
        for forbidden in never {
            for location in pathsRead.locations(reading: forbidden, records: records) {
                problems.add(location, "reads \(forbidden), which `never` forbids")
            }
        }
        return never
    }
}
