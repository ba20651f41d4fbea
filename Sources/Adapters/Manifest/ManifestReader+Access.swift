import Settings
import Wire

// Inputs, secrets, authorization, partitions.
extension ManifestReader {
    func readInputs(_ node: SettingsNode?) -> [AdapterManifest.Input] {
        guard let entries = node?.mapping()?.entries else { return [] }
        return entries.compactMap { entry in
            checkName(of: entry)
            guard let fields = entry.value.mapping() else { return nil }
            defer { fields.refuseOthers() }
            let kind = fields.required("type")?.term(AdapterManifest.Input.Kind.self)
            let hasDefault = fields.has("default")
            let defaultNode = fields.optional("default")
            let about = fields.required("about")?.string() ?? ""
            let defaultValue = kind.flatMap { kind in defaultNode.flatMap { inputValue($0, kind: kind) } }
            // An input of an unknown type still has a name, which the rest of the file may use.
            return AdapterManifest.Input(
                name: entry.name, kind: kind ?? .text, defaultValue: defaultValue, isOptional: hasDefault,
                about: about)
        }
    }

    private func inputValue(_ node: SettingsNode, kind: AdapterManifest.Input.Kind) -> InputValue? {
        let value: InputValue? =
            switch kind {
            case .text, .path, .zone: node.string().map { .text($0) }
            case .number: number(node).map { .number($0) }
            case .bool: node.bool().map { .bool($0) }
            case .list: node.strings().map { .list($0) }
            }
        if let value, let problem = kind.problem(with: value) { node.problem(problem) }
        return value
    }

    private func number(_ node: SettingsNode) -> Double? {
        guard !node.isQuoted, let number = node.text.flatMap({ Double(spelled: $0) }) else {
            return node.wrong("a number")
        }
        return number
    }

    func readSecrets(_ node: SettingsNode?) -> [AdapterManifest.SecretSlot] {
        guard let entries = node?.mapping()?.entries else { return [] }
        return entries.compactMap { entry in
            checkName(of: entry)
            guard let fields = entry.value.mapping() else { return nil }
            defer { fields.refuseOthers() }
            return AdapterManifest.SecretSlot(
                name: entry.name, isOptional: fields.optional("optional")?.bool() ?? false,
                about: fields.required("about")?.string() ?? "")
        }
    }

    /// Reports secrets that the operator would have to set although they are not used.
    func refuseUnused(_ node: SettingsNode?, auth: Auth) {
        for entry in node?.mapping()?.entries ?? [] where entry.name != auth.secret {
            problems.add(entry.location, "is not used: `auth` does not send it; remove it")
        }
    }

    func readAuth(_ node: SettingsNode?, secrets: [AdapterManifest.SecretSlot]) -> Auth? {
        guard let node else { return nil }
        if node.text == "none" { return Auth.none }
        guard node.isMapping, let fields = node.mapping() else {
            return node.wrong("none, or one of bearer, header, query, basic with its keys")
        }
        defer { fields.refuseOthers() }
        let readers: [(kind: String, read: (SettingsNode) -> Auth?)] = [
            ("bearer", { readBearerAuth($0, secrets: secrets) }),
            ("header", { readHeaderAuth($0, secrets: secrets) }),
            ("query", { readQueryAuth($0, secrets: secrets) }),
            ("basic", { readBasicAuth($0, secrets: secrets) }),
        ]
        let given = readers.compactMap { kind, read in fields.optional(kind).map { (read, $0) } }
        let hasUnknown = fields.entries.contains { entry in !readers.contains { $0.kind == entry.name } }
        if given.count > 1 || (given.isEmpty && !hasUnknown) {
            node.problem("must name exactly one of bearer, header, query, basic")
        }
        return given.map { read, value in read(value) }.first ?? nil
    }

    private func readBearerAuth(_ node: SettingsNode, secrets: [AdapterManifest.SecretSlot]) -> Auth? {
        slot(node, among: secrets).map { .header(name: "Authorization", prefix: "Bearer ", secret: $0) }
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
            node.problem(
                "there is no secret `\(name)`; "
                    + (names.isEmpty ? "declare it under `secrets`" : "`secrets` has \(names)"))
            return nil
        }
        return name
    }

    func readPartitions(
        _ node: SettingsNode?, inputs: [AdapterManifest.Input]
    ) -> [AdapterManifest.PartitionAxis] {
        guard let entries = node?.mapping()?.entries else { return [] }
        return entries.compactMap { entry in
            checkName(of: entry)
            guard let text = entry.value.nonEmptyString() else { return nil }
            let lists = inputs.filter { $0.kind == .list }.map { "inputs.\($0.name)" }
            guard lists.contains(text) else {
                entry.value.problem(
                    "must be an input of type list"
                        + (lists.isEmpty ? ", but there is none" : ": \(lists.joined(separator: ", "))"))
                // The rest of the file may use the partition's name.
                return AdapterManifest.PartitionAxis(name: entry.name, input: "")
            }
            return AdapterManifest.PartitionAxis(name: entry.name, input: String(text.dropFirst(7)))
        }
    }
}

extension AdapterManifest.Input.Kind {
    /// The mistake in a value of this kind; nil if it fits.
    func problem(with value: InputValue) -> String? {
        switch (self, value) {
        case (.text, .text), (.number, .number), (.bool, .bool): nil
        case (.path, .text(let path)):
            path.hasPrefix("/") && !path.contains("?") && !path.contains("#") && !path.hasPrefix("//")
                ? nil : "must be a path that begins with a single /, without a query"
        case (.zone, .text(let zone)):
            LocalZone(zone) == nil ? "must be \(LocalZone.expected)" : nil
        case (.list, .list(let elements)):
            elements.isEmpty
                ? "must have at least one element"
                : Set(elements).count < elements.count
                    ? "has a duplicate element" : elements.contains("") ? "has an empty element" : nil
        case (.text, _): "must be a text"
        case (.path, _): "must be a path"
        case (.zone, _): "must be \(LocalZone.expected)"
        case (.number, _): "must be a number"
        case (.bool, _): "must be true or false"
        case (.list, _): "must be a list"
        }
    }
}
