import Deployments
import Settings
import Wire

// One record: identity, times, fields, status, history, and what must never be read.
extension ManifestReader {
    func readRecord(_ root: SettingsMapping, inputs: [AdapterManifest.Input]) -> RecordPlan? {
        let identity = root.required("identity")?.mapping()
        let key = (identity?.required("key")?.sequence() ?? []).compactMap { expression($0) }
        let version = identity?.optional("version").flatMap { expression($0) }
        if identity != nil, key.isEmpty {
            problems.add(root.place, "`identity.key` must name at least one part")
        }
        identity?.refuseOthers()
        let zone = readZone(root.optional("times"), inputs: inputs)
        let fields = readFields(root.required("fields"))
        let status = readStatus(root.required("status"))
        let history = readHistory(root.optional("history"))
        let accelerators = readAccelerators(root.optional("accelerators"))
        let native = readNative(root.optional("native"))
        refuseForbidden(root.optional("never"), root: root, native: native.map(\.path))
        guard let status else { return nil }
        return RecordPlan(
            key: key, version: version, zone: zone, fields: fields, status: status, history: history,
            accelerators: accelerators, native: native, maps: maps)
    }

    private func readZone(_ node: SettingsNode?, inputs: [AdapterManifest.Input]) -> ZoneSetting {
        guard let fields = node?.mapping() else { return .refused }
        defer { fields.refuseOthers() }
        guard let zoneless = fields.required("zoneless"), let text = zoneless.nonEmptyString() else {
            return .refused
        }
        if let offset = Timestamp.zoneOffset(text) { return .fixed(offset) }
        if inputs.contains(where: { $0.kind == .zone && "inputs.\($0.name)" == text }) {
            return .input(String(text.dropFirst(7)))
        }
        zoneless.problem("must be Z, an offset such as +08:00, or an input of type zone")
        return .refused
    }

    private func readFields(_ node: SettingsNode?) -> [RecordPlan.FieldPlan] {
        guard let entries = node?.mapping()?.entries else { return [] }
        let allowed = DeploymentField.all.filter { !$0.isStamped && $0.name != "version" }
        return entries.compactMap { entry in
            guard let field = allowed.first(where: { $0.name == entry.name }) else {
                problems.add(entry.place, unknownField(entry.name, allowed: allowed.map(\.name)))
                return nil
            }
            return expression(entry.value).map { RecordPlan.FieldPlan(field: field, expression: $0) }
        }
    }

    private func unknownField(_ name: String, allowed: [String]) -> String {
        switch name {
        case "version": return "is `identity.version`"
        case "status", "serving", "native_status": return "comes from the section `status`"
        default: break
        }
        if DeploymentField.named(name) != nil { return "is the operator's or the gateway's to set" }
        let hint = nearestWord(to: name, among: allowed).map { "did you mean `\($0)`?" }
        return "is no field of a deployment; \(hint ?? "there are " + allowed.joined(separator: ", "))"
    }

    private func readStatus(_ node: SettingsNode?) -> StatusPlan? {
        guard let fields = node?.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let word = fields.optional("word").flatMap { expression($0) }
        guard let rules = fields.required("rules")?.sequence() else { return nil }
        let read = rules.compactMap { readStatusRule($0) }
        var closed: Set<String> = []
        for (rule, node) in zip(read, rules) where read.count == rules.count {
            if !rule.words.isEmpty, rule.words.allSatisfy(closed.contains) {
                node.problem("can never decide: an earlier rule without `when` names the same words")
            }
            if rule.when == nil { closed.formUnion(rule.words) }
        }
        return StatusPlan(word: word, rules: read)
    }

    private func readStatusRule(_ node: SettingsNode) -> StatusPlan.Rule? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let words = fields.optional("words")?.strings() ?? []
        let when = fields.optional("when").flatMap { expression($0) }
        if words.isEmpty, when == nil { node.problem("holds for everything: add `words` or `when`") }
        guard let verdict = fields.required("is"), let (status, serving) = readVerdict(verdict) else {
            return nil
        }
        return StatusPlan.Rule(
            words: words.map { $0.lowercased() }, when: when, status: status, serving: serving)
    }

    private func readVerdict(_ node: SettingsNode) -> (DeploymentStatus, Serving)? {
        guard let parts = node.sequence(), parts.count == 2 else {
            return node.wrong("[STATUS, serving], such as [READY, full]")
        }
        let status = parts[0].word(DeploymentStatus.self)
        let serving = parts[1].word(Serving.self)
        guard let status, let serving else { return nil }
        return (status, serving)
    }

    private func readHistory(_ node: SettingsNode?) -> HistoryPlan? {
        guard let fields = node?.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let entries = path(fields.required("each"))
        let at = expression(fields.required("at"))
        let word = fields.optional("status").flatMap { expression($0) }
        let message = fields.optional("message").flatMap { expression($0) }
        guard let entries, let at else { return nil }
        return HistoryPlan(entries: entries, at: at, word: word, message: message)
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
            return RecordPlan.NativePath(path: path, names: names, isOpen: isOpen)
        }
    }

    /// A path under `never` may be read by no expression, and shown by no `native` path.
    private func refuseForbidden(_ node: SettingsNode?, root: SettingsMapping, native: [JSONPath]) {
        guard let elements = node?.sequence() else { return }
        let fields = root.entries.first { $0.name == "fields" }?.value
        let mapped = fields.flatMap { $0.isMapping ? $0.mapping()?.entries : nil } ?? []
        for element in elements {
            guard let forbidden = path(element) else { continue }
            for entry in mapped {
                let quiet = try? Expression(
                    parsing: entry.value.text ?? "", variables: variables, maps: Set(maps.keys))
                if quiet?.paths.contains(where: { $0.covers(forbidden) || forbidden.covers($0) }) ?? false {
                    problems.add(entry.place, "reads \(forbidden), which `never` forbids")
                }
            }
            for path in native where path.covers(forbidden) || forbidden.covers(path) {
                element.problem("stands under `native` too, within \(path)")
            }
        }
    }
}
