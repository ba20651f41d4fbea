import Adapters
import Deployments
import Settings
import Wire

/// Reads the list `sources`.
struct SourceReader {
    let folder: String
    /// The file's values for every source.
    let upstream: UpstreamConfig
    let cache: CacheWindows.Overrides
    /// True if the file has access tokens, without which nothing can be changed.
    let hasTokens: Bool

    /// The most sources of one gateway.
    static let limit = 1000

    func sources(_ node: SettingsNode) -> [SourceConfig] {
        guard let elements = node.sequence() else { return [] }
        guard (1...Self.limit).contains(elements.count) else {
            node.problem("must have 1 to \(Self.limit) sources")
            return []
        }
        var sources: [SourceConfig] = []
        for element in elements {
            guard let source = source(element) else { continue }
            if let first = sources.first(where: { $0.name == source.name && !source.name.isEmpty }) {
                element.problem(
                    "a source named `\(source.name)` is defined in line \(first.location.line) already")
            }
            sources.append(source)
        }
        refuseFormerNames(of: sources, elements)
        return sources
    }

    /// Refuses a former name that another source has or had, since a list belongs to one source only.
    private func refuseFormerNames(of sources: [SourceConfig], _ elements: [SettingsNode]) {
        for (index, source) in sources.enumerated() {
            guard let former = source.formerName,
                let node = elements.first(where: { $0.location == source.location })
            else { continue }
            if sources.contains(where: { $0.name == former }) {
                node.problem("`was` names `\(former)`, which is a source still")
            } else if sources[..<index].contains(where: { $0.formerName == former }) {
                node.problem("`was` names `\(former)`, as a source above does")
            }
        }
    }

    /// Reads one source; nil after a problem where it is not a mapping.
    ///
    /// After any other problem, the parts that could be read can be checked further.
    private func source(_ node: SettingsNode) -> SourceConfig? {
        guard let keys = node.mapping() else { return nil }
        let name = keys.required("name").flatMap { self.name($0) }
        let adapter = keys.required("adapter")?.nonEmptyString()
        // A value that could not be read may have meant true; then plain http is no mistake.
        let isPlaintextAllowed = keys.optional("allow_plaintext").map { $0.bool() ?? true } ?? false
        let baseURL = keys.required("base_url").flatMap {
            self.baseURL($0, isPlaintextAllowed: isPlaintextAllowed)
        }
        var source = SourceConfig(
            name: name ?? "", location: node.location, adapter: adapter ?? "", baseURL: baseURL ?? .unread)
        source.allowsPlaintext = isPlaintextAllowed
        for key in ["adapter", "inputs", "secrets"] { source.lines[key] = keys.line(of: key) }
        readOptions(keys, into: &source)
        keys.refuseOthers()
        return source
    }

    private func readOptions(_ keys: SettingsMapping, into source: inout SourceConfig) {
        if let node = keys.optional("inputs") { readInputs(node, into: &source) }
        if let node = keys.optional("secrets") { readSecrets(node, into: &source) }
        source.cache =
            keys.optional("cache")?.mapping().map {
                CacheWindows.Overrides($0, in: .configuration).over(cache)
            } ?? cache
        source.upstream =
            keys.optional("upstream")?.mapping().map { UpstreamConfig($0, over: upstream, folder: folder) }
            ?? upstream
        source.formerName = keys.optional("was").flatMap { name($0) }
        source.platform = keys.optional("platform").flatMap { shortText($0) }
        source.region = keys.optional("region").flatMap { shortText($0) }
        source.labels = keys.optional("labels").map { labels($0) } ?? [:]
        source.statusTerms = keys.optional("status").map { statusTerms($0) } ?? [:]
        // A value that could not be read may have meant false; then problems that only the adapter finds do
        // not matter.
        source.isEnabled = keys.optional("enabled").map { $0.bool() ?? false } ?? true
        source.exposesOwner = keys.optional("expose").map { exposed($0) }?.contains(.owner) ?? false
        source.allowsWrites = keys.optional("writes").map { writes($0) } ?? false
    }

    private func writes(_ node: SettingsNode) -> Bool {
        guard node.bool() == true else { return false }
        if !hasTokens {
            node.problem(
                "true needs `auth.tokens`: without access tokens every client could change deployments; "
                    + "add a token with `may: [read, write]`")
        }
        return true
    }

    private func name(_ node: SettingsNode) -> String? {
        guard let name = node.text, (1...64).contains(name.utf8.count),
            name.utf8.allSatisfy({ $0.isNameByte && !$0.isASCIICapital && $0 != UInt8(ascii: "_") })
        else { return node.wrong("a name of 1 to 64 letters a-z, digits or -") }
        return name
    }

    private func baseURL(_ node: SettingsNode, isPlaintextAllowed: Bool) -> BaseURL? {
        guard let text = node.text else { return node.wrong("a URL") }
        let url: BaseURL
        do throws(BaseURL.Refusal) { url = try BaseURL(text) } catch {
            node.problem(error.description)
            return nil
        }
        guard url.isHTTPS || url.isLoopback || isPlaintextAllowed else {
            node.problem(
                "plain http would send secrets in the clear: use https, or set "
                    + "`allow_plaintext: true` for this source"
            )
            return nil
        }
        return url
    }

    private func shortText(_ node: SettingsNode) -> String? {
        guard let text = node.nonEmptyString() else { return nil }
        guard text.utf8.count <= 256, !text.unicodeScalars.contains(where: \.isControl) else {
            node.problem("must be a text of at most 256 bytes, without control characters")
            return nil
        }
        return text
    }
}

extension SourceReader {
    private enum Exposable: String, CaseIterable {
        case owner
    }

    private func exposed(_ node: SettingsNode) -> [Exposable] {
        let nodes = node.isScalar ? [node] : node.sequence() ?? []
        return nodes.compactMap { $0.term(Exposable.self) }
    }

    private func readInputs(_ node: SettingsNode, into source: inout SourceConfig) {
        guard let keys = node.mapping() else {
            source.unreadKeys.insert("inputs")
            return
        }
        for entry in keys.entries where !entry.value.isNull {
            source.lines["inputs.\(entry.name)"] = entry.location.line
            source.inputs[entry.name] = InputValue(entry.value)
            if source.inputs[entry.name] == nil { source.unreadKeys.insert("inputs.\(entry.name)") }
        }
    }

    private func readSecrets(_ node: SettingsNode, into source: inout SourceConfig) {
        guard node.isMapping, let keys = node.mapping() else {
            node.problem("must be keys with {env: NAME} or {file: PATH}, never a secret itself")
            source.unreadKeys.insert("secrets")
            return
        }
        for entry in keys.entries where !entry.value.isNull {
            source.lines["secrets.\(entry.name)"] = entry.location.line
            source.secrets[entry.name] = SecretReference(entry.value, folder: folder)
            if source.secrets[entry.name] == nil { source.unreadKeys.insert("secrets.\(entry.name)") }
        }
    }

    private func labels(_ node: SettingsNode) -> [String: String] {
        guard let keys = node.mapping() else { return [:] }
        if keys.entries.count > 64 { node.problem("has more than 64 labels") }
        var labels: [String: String] = [:]
        for entry in keys.entries {
            guard LabelKey.isValid(entry.name) else {
                entry.value.problem(LabelKey.rule)
                continue
            }
            labels[entry.name] = shortText(entry.value)
        }
        return labels
    }

    private func statusTerms(_ node: SettingsNode) -> [String: StatusTerm] {
        var terms: [String: StatusTerm] = [:]
        for entry in node.mapping()?.entries ?? [] {
            let term = entry.name.lowercased()
            if terms[term] != nil {
                entry.value.problem("this status is already set above, in different letter case")
            }
            guard let pair = entry.value.sequence() else { continue }
            guard pair.count == 2 else {
                entry.value.problem("must be [STATUS, serving], such as [DEPLOYING, none]")
                continue
            }
            let (status, serving) = (pair[0].term(DeploymentStatus.self), pair[1].term(Serving.self))
            if let status, let serving { terms[term] = StatusTerm(status: status, serving: serving) }
        }
        return terms
    }
}

extension SettingsMapping {
    /// The line of a key; nil where the mapping does not have it.
    fileprivate func line(of key: String) -> Int? { entries.first { $0.name == key }?.location.line }
}

extension Unicode.Scalar {
    /// True for the control characters C0, DEL and C1.
    var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
