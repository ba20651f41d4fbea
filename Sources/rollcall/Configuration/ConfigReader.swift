import Adapters
import Deployments
import HTTPFront
import Logging
import Settings

/// Reads the configuration file's keys; each value that does not fit becomes a problem, and reading goes on.
///
/// After a problem the result can be checked further, but not used: values that could not be read are missing
/// or empty in it.
struct ConfigReader {
    /// The folder of the file, where relative paths start.
    let folder: String

    func read(_ root: SettingsNode) -> GatewayConfig {
        var config = GatewayConfig()
        config.store = .sqlite(path: absolutePath("rollcall.sqlite", in: folder))
        guard let keys = root.mapping() else { return config }
        config.adapterFolders = [absolutePath("adapters.d", in: folder)]
        if let version = keys.required("version") { check(version: version) }
        if let listen = keys.optional("listen")?.mapping() { config.listen = self.listen(listen) }
        if let auth = keys.optional("auth") { config.tokens = tokens(auth) }
        if let adapters = keys.optional("adapters") { config.adapterFolders = folders(adapters) }
        if let store = keys.optional("store"), let text = store.string() {
            if let value = StoreConfig(text, folder: folder) {
                (config.store, config.storeLocation) = (value, store.location)
            } else {
                store.problem(StoreConfig.expected)
            }
        }
        if let log = keys.optional("log")?.mapping() { config.log = self.log(log) }
        if let cache = keys.optional("cache")?.mapping() {
            config.cache = CacheWindows.Overrides(cache, in: .configuration)
        }
        if let upstream = keys.optional("upstream")?.mapping() {
            if let shared = upstream.optional("shared")?.mapping() { config.shared = SharedConfig(shared) }
            config.upstream = UpstreamConfig(upstream, over: config.upstream, folder: folder)
        }
        if let families = keys.optional("model_families") { config.modelFamilies = modelFamilies(families) }
        if let rules = keys.optional("rules") { config.rules = RuleReader.rules(rules) }
        if let sources = keys.required("sources") {
            config.sources = SourceReader(
                folder: folder, upstream: config.upstream, cache: config.cache,
                hasTokens: !config.tokens.isEmpty
            ).sources(sources)
        }
        keys.refuseOthers()
        return config
    }

    private func check(version node: SettingsNode) {
        if node.isQuoted || node.text != "1" {
            node.problem("must be 1, the only version of this file format")
        }
    }

    private func listen(_ keys: SettingsMapping) -> ListenConfig {
        var listen = ListenConfig()
        if let node = keys.optional("host"), let host = node.nonEmptyString() {
            if HostName(host).isIPv6 || HostName(host).isNameOrIPv4 {
                listen.host = host
            } else {
                node.problem("must be a host's name or address, without a port")
            }
        }
        listen.port = keys.optional("port")?.int(in: 0...65_535) ?? listen.port
        listen.readCallers(keys)
        listen.privateDocs = keys.optional("private_docs")?.bool() ?? false
        listen.allowsUnauthenticated = keys.optional("allow_unauthenticated")?.bool() ?? false
        if let limits = keys.optional("limits")?.mapping() { listen.limits = ConnectionLimits(limits) }
        keys.refuseOthers()
        return listen
    }

    private func folders(_ node: SettingsNode) -> [String] {
        guard let strings = node.strings() else { return [] }
        guard !strings.isEmpty, strings.allSatisfy({ !$0.isEmpty }) else {
            node.problem("must be a folder, or a list of folders")
            return []
        }
        return strings.map { absolutePath($0, in: folder) }
    }

    private func modelFamilies(_ node: SettingsNode) -> [ModelFamily] {
        guard let keys = node.mapping() else { return [] }
        return keys.entries.compactMap { entry in
            guard let patterns = entry.value.strings() else { return nil }
            let areUsable = patterns.allSatisfy { pattern in pattern.unicodeScalars.contains { $0 != "%" } }
            guard !patterns.isEmpty, areUsable, !entry.name.isEmpty else {
                entry.value.problem(
                    "must be names of models, or patterns with `%`, such as [qwen3-32b, qwen3-32b-%]")
                return nil
            }
            return ModelFamily(entry.name, patterns)
        }
    }

    private func log(_ keys: SettingsMapping) -> LogConfig {
        var log = LogConfig()
        log.level = keys.optional("level")?.term(Logger.Level.self, ignoringCase: true) ?? log.level
        log.format = keys.optional("format")?.term(LogConfig.Format.self) ?? log.format
        keys.refuseOthers()
        return log
    }
}

extension ConfigReader {
    /// Reads `auth`; a token's own value there is a problem, which does not repeat it.
    private func tokens(_ node: SettingsNode) -> [TokenConfig] {
        guard node.isMapping, let keys = node.mapping() else {
            node.problem("must be {tokens: [...]}")
            return []
        }
        let list = keys.optional("tokens")
        keys.refuseOthers()
        guard let list else { return [] }
        guard list.isSequence, let elements = list.sequence() else {
            list.problem("must be a list of {name, token, may}")
            return []
        }
        var names: Set<String> = []
        return elements.compactMap { token($0, names: &names) }
    }

    /// Reads one token; `names` are those of the tokens above it.
    private func token(_ node: SettingsNode, names: inout Set<String>) -> TokenConfig? {
        guard node.isMapping, let keys = node.mapping() else {
            node.problem("must be {name: NAME, token: {env: NAME}, may: [read]}, never a token itself")
            return nil
        }
        let name = keys.required("name")?.nonEmptyString()
        let tokenNode = keys.required("token")
        let reference = tokenNode.flatMap { SecretReference($0, folder: folder) }
        let permissions = keys.optional("may").map { self.permissions($0) } ?? [.read]
        keys.refuseOthers()
        if let name, !names.insert(name).inserted {
            node.problem("a token named `\(name)` is defined above")
        }
        guard let name, let reference, let location = tokenNode?.location else { return nil }
        return TokenConfig(name: name, location: location, token: reference, permissions: permissions)
    }

    private func permissions(_ node: SettingsNode) -> Set<Permission> {
        let nodes = node.isScalar ? [node] : node.sequence() ?? []
        if node.isSequence, nodes.isEmpty {
            node.problem("must name at least one right")
        }
        return Set(nodes.compactMap { $0.term(Permission.self) })
    }
}

extension ConnectionLimits {
    fileprivate init(_ keys: SettingsMapping) {
        if keys.has("connections") { connections = keys.optional("connections")?.int(in: 1...1_000_000) }
        if keys.has("per_address") { perAddress = keys.optional("per_address")?.int(in: 1...1_000_000) }
        request =
            keys.optional("request")?.duration(atLeast: .milliseconds(1), atMost: .seconds(600)) ?? request
        keys.refuseOthers()
    }
}

extension StoreConfig {
    static let expected = "must be memory: or sqlite: with a path, such as sqlite:rollcall.sqlite"

    /// Reads `memory:` or `sqlite:PATH`; nil for anything else.
    init?(_ text: String, folder: String) {
        if text == "memory:" {
            self = .memory
            return
        }
        let path = text.dropFirst("sqlite:".count)
        // Two slashes would be a URL's authority, `?` its options: neither is offered.
        guard text.hasPrefix("sqlite:"), !path.isEmpty, !path.hasPrefix("//"), !path.hasSuffix("/"),
            !path.contains("?"), !path.utf8.contains(0)
        else { return nil }
        self = .sqlite(path: absolutePath(String(path), in: folder))
    }
}
