import Deployments
import Settings
import Wire

// One record: identity, times, fields, status, history, and the paths that must never be read.
extension ManifestReader {
    func readRecord(_ root: SettingsMapping, inputs: [AdapterManifest.Input]) -> RecordPlan? {
        let identity = root.required("identity")?.mapping()
        let key = readKey(identity?.required("key"))
        let version = identity?.optional("version").flatMap { expression($0) }
        let isUnique = identity?.optional("unique")?.bool() ?? false
        identity?.refuseOthers()
        let zone = readZone(root.optional("times"), inputs: inputs)
        let inferred = readInferred(root.optional("inferred"), among: root.optional("fields"))
        let fields = readFields(root.required("fields")).map { plan in
            var plan = plan
            plan.isInferred = inferred.contains(plan.field.name)
            return plan
        }
        let status = readStatus(root.required("status"))
        let history = readHistory(root.optional("history"))
        let accelerators = readAccelerators(root.optional("accelerators"))
        let native = readNative(root.optional("native"))
        guard let status else { return nil }
        return RecordPlan(
            key: key, isUnique: isUnique, version: version, zone: zone, fields: fields, status: status,
            history: history,
            accelerators: accelerators, native: native, maps: maps)
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

    private func readFields(_ node: SettingsNode?) -> [RecordPlan.FieldPlan] {
        guard let entries = node?.mapping()?.entries else { return [] }
        let allowed = DeploymentField.all.filter { !$0.isStamped && $0.name != "version" }
        return entries.compactMap { entry in
            guard let field = allowed.first(where: { $0.name == entry.name }) else {
                problems.add(entry.location, unknownField(entry.name, allowed: allowed.map(\.name)))
                return nil
            }
            return expression(entry.value).map { RecordPlan.FieldPlan(field: field, expression: $0) }
        }
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

    private func unknownField(_ name: String, allowed: [String]) -> String {
        switch name {
        case "version": return "is set by `identity.version`"
        case "status", "serving", "native_status": return "is set by the section `status`"
        default: break
        }
        if DeploymentField.named(name) != nil {
            return "is set by the operator or the gateway, not by an adapter file"
        }
        let hint = nearest(to: name, among: allowed).map { "did you mean `\($0)`?" }
        return "is not a field of a deployment; \(hint ?? "use one of " + allowed.joined(separator: ", "))"
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

    private func readAccelerators(_ node: SettingsNode?) -> [String: RecordPlan.Alias] {
        guard let entries = node?.mapping()?.entries else { return [:] }
        var aliases: [String: RecordPlan.Alias] = [:]
        for entry in entries {
            guard let fields = entry.value.mapping() else { continue }
            aliases[entry.name] = RecordPlan.Alias(
                family: fields.optional("family")?.nonEmptyString(),
                memoryGB: fields.optional("memory_gb")?.double(above: 0))
            fields.refuseOthers()
        }
        return aliases
    }

    private func readNative(_ node: SettingsNode?) -> [RecordPlan.NativePath] {
        guard let elements = node?.sequence() else { return [] }
        return elements.compactMap { element in
            guard let path = path(element) else { return nil }
            guard let (names, isOpen) = path.memberNames, !names.isEmpty else {
                return element.wrong(
                    "a path of names, such as $.config.gpu, or $.instances.* for all members")
            }
            pathsRead.add([path], at: element.location, from: .record)
            return RecordPlan.NativePath(path: path, names: names, isOpen: isOpen)
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
