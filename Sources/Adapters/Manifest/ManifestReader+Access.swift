import Settings
import Wire

// Who may ask, and for what: inputs, secrets, authorization, partitions.
extension ManifestReader {
    func readInputs(_ node: SettingsNode?) -> [AdapterManifest.Input] {
        guard let entries = node?.mapping()?.entries else { return [] }
        return entries.compactMap { entry in
            guard let fields = entry.value.mapping() else { return nil }
            defer { fields.refuseOthers() }
            let kind = fields.required("type")?.word(AdapterManifest.Input.Kind.self)
            let hasStandard = fields.has("default")
            let standardNode = fields.optional("default")
            let about = fields.required("about")?.string() ?? ""
            guard let kind else { return nil }
            let standard = standardNode.flatMap { value in inputValue(value, kind: kind) }
            return AdapterManifest.Input(
                name: entry.name, kind: kind, standard: standard, isOptional: hasStandard, about: about)
        }
    }

    private func inputValue(_ node: SettingsNode, kind: AdapterManifest.Input.Kind) -> InputValue? {
        let value: InputValue? =
            switch kind {
            case .text, .path, .zone: node.string().map { .text($0) }
            case .number: node.double(above: -.greatestFiniteMagnitude).map { .number($0) }
            case .flag: node.bool().map { .flag($0) }
            case .list: node.strings().map { .list($0) }
            }
        if let value, let misfit = kind.misfit(of: value) { node.problem(misfit) }
        return value
    }

    func readSecrets(_ node: SettingsNode?) -> [AdapterManifest.SecretSlot] {
        guard let entries = node?.mapping()?.entries else { return [] }
        return entries.compactMap { entry in
            guard let fields = entry.value.mapping() else { return nil }
            defer { fields.refuseOthers() }
            return AdapterManifest.SecretSlot(
                name: entry.name, isOptional: fields.optional("optional")?.bool() ?? false,
                about: fields.required("about")?.string() ?? "")
        }
    }

    func readAuth(_ node: SettingsNode?, secrets: [AdapterManifest.SecretSlot]) -> Auth? {
        guard let node else { return nil }
        if node.text == "none" { return Auth.none }
        guard let entry = node.isMapping ? node.mapping() : nil, entry.entries.count == 1,
            let kind = entry.entries.first
        else { return node.wrong("none, {bearer: …}, {header: …}, {query: …} or {basic: …}") }
        switch kind.name {
        case "bearer":
            return slot(kind.value, among: secrets).map {
                .header(name: "Authorization", prefix: "Bearer ", secret: $0)
            }
        case "header": return readHeaderAuth(kind.value, secrets: secrets)
        case "query": return readQueryAuth(kind.value, secrets: secrets)
        case "basic": return readBasicAuth(kind.value, secrets: secrets)
        default:
            kind.value.problem("must be bearer, header, query or basic")
            return nil
        }
    }

    private func readHeaderAuth(_ node: SettingsNode, secrets: [AdapterManifest.SecretSlot]) -> Auth? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let name = fields.required("name")?.nonEmptyString()
        let prefix = fields.optional("prefix")?.string() ?? ""
        let secret = fields.required("secret").flatMap { slot($0, among: secrets) }
        guard let name, let secret else { return nil }
        return .header(name: name, prefix: prefix, secret: secret)
    }

    private func readQueryAuth(_ node: SettingsNode, secrets: [AdapterManifest.SecretSlot]) -> Auth? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let parameter = fields.required("parameter")?.nonEmptyString()
        let secret = fields.required("secret").flatMap { slot($0, among: secrets) }
        guard let parameter, let secret else { return nil }
        return .query(parameter: parameter, secret: secret)
    }

    private func readBasicAuth(_ node: SettingsNode, secrets: [AdapterManifest.SecretSlot]) -> Auth? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let user = template(fields.required("user"))
        let secret = fields.required("password").flatMap { slot($0, among: secrets) }
        guard let user, let secret else { return nil }
        return .basic(user: user, secret: secret)
    }

    private func slot(_ node: SettingsNode, among secrets: [AdapterManifest.SecretSlot]) -> String? {
        guard let name = node.nonEmptyString() else { return nil }
        guard secrets.contains(where: { $0.name == name }) else {
            let names = secrets.map { "`\($0.name)`" }.joined(separator: ", ")
            node.problem("names no entry of `secrets`" + (names.isEmpty ? "" : "; there is \(names)"))
            return nil
        }
        return name
    }

    func readPartitions(
        _ node: SettingsNode?, inputs: [AdapterManifest.Input]
    ) -> [AdapterManifest.PartitionAxis] {
        guard let entries = node?.mapping()?.entries else { return [] }
        return entries.compactMap { entry in
            guard let text = entry.value.nonEmptyString() else { return nil }
            let lists = inputs.filter { $0.kind == .list }.map { "inputs.\($0.name)" }
            guard lists.contains(text) else {
                entry.value.problem(
                    "must name an input of type list"
                        + (lists.isEmpty ? ", and there is none" : ": \(lists.joined(separator: ", "))"))
                return nil
            }
            return AdapterManifest.PartitionAxis(name: entry.name, input: String(text.dropFirst(7)))
        }
    }
}

extension AdapterManifest.Input.Kind {
    /// What is wrong with a value of this kind; nil where it fits.
    func misfit(of value: InputValue) -> String? {
        switch (self, value) {
        case (.text, .text), (.number, .number), (.flag, .flag): nil
        case (.path, .text(let path)):
            path.hasPrefix("/") && !path.contains("?") && !path.contains("#") && !path.hasPrefix("//")
                ? nil : "must be a path that begins with one /, without a query"
        case (.zone, .text(let zone)):
            Timestamp.zoneOffset(zone) == nil ? "must be Z or an offset such as +08:00" : nil
        case (.list, .list(let elements)):
            elements.isEmpty
                ? "must have at least one element"
                : Set(elements).count < elements.count
                    ? "has an element twice" : elements.contains("") ? "has an empty element" : nil
        case (.text, _): "must be a text"
        case (.path, _): "must be a path"
        case (.zone, _): "must be Z or an offset such as +08:00"
        case (.number, _): "must be a number"
        case (.flag, _): "must be true or false"
        case (.list, _): "must be a list"
        }
    }
}
