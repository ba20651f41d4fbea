import HTTPFront
import Logging
import Settings

/// Reads the configuration file's keys; what does not fit becomes a problem, and reading goes on.
///
/// After a problem what it returns can be checked further, not used: what could not be read is left out of it,
/// or stands there empty.
struct ConfigReader {
    /// Where relative paths start: the folder of the file.
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
                config.store = value
            } else {
                store.problem(StoreConfig.expected)
            }
        }
        if let log = keys.optional("log")?.mapping() { config.log = self.log(log) }
        if let cache = keys.optional("cache")?.mapping() { config.cache = CacheOverrides(cache) }
        if let upstream = keys.optional("upstream")?.mapping() {
            config.upstream = UpstreamConfig(upstream, over: config.upstream, folder: folder)
        }
        if let sources = keys.required("sources") {
            config.sources = SourceReader(folder: folder, upstream: config.upstream, cache: config.cache)
                .sources(sources)
        }
        keys.refuseOthers()
        return config
    }

    private func check(version node: SettingsNode) {
        if node.isQuoted || node.text != "1" {
            node.problem("must be 1, the only version of this file that there is")
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
        listen.allowsUnauthenticated = keys.optional("allow_unauthenticated")?.bool() ?? false
        keys.refuseOthers()
        return listen
    }

    private func folders(_ node: SettingsNode) -> [String] {
        guard let texts = node.strings() else { return [] }
        guard !texts.isEmpty, texts.allSatisfy({ !$0.isEmpty }) else {
            node.problem("must be a folder, or a list of folders")
            return []
        }
        return texts.map { absolutePath($0, in: folder) }
    }

    private func log(_ keys: SettingsMapping) -> LogConfig {
        var log = LogConfig()
        log.level = keys.optional("level")?.word(Logger.Level.self) ?? log.level
        log.format = keys.optional("format")?.word(LogConfig.Format.self) ?? log.format
        keys.refuseOthers()
        return log
    }
}

extension ConfigReader {
    /// Reads `auth`; a token that stands there itself is a problem that does not repeat it.
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

    /// `names` are those of the tokens above it.
    private func token(_ node: SettingsNode, names: inout Set<String>) -> TokenConfig? {
        guard node.isMapping, let keys = node.mapping() else {
            node.problem("must be {name: NAME, token: {env: NAME}, may: [read]}, never a token itself")
            return nil
        }
        let name = keys.required("name")?.nonEmptyString()
        let tokenNode = keys.required("token")
        let reference = tokenNode.flatMap { SecretReference($0, folder: folder) }
        let rights = keys.optional("may").map { self.rights($0) } ?? [.read]
        keys.refuseOthers()
        if let name, !names.insert(name).inserted {
            node.problem("a token named `\(name)` stands above already")
        }
        guard let name, let reference, let place = tokenNode?.place else { return nil }
        return TokenConfig(name: name, place: place, token: reference, rights: rights)
    }

    private func rights(_ node: SettingsNode) -> Set<Permission> {
        let nodes = node.isScalar ? [node] : node.sequence() ?? []
        if node.isSequence, nodes.isEmpty {
            node.problem("must name a right: a token without one is of no use")
        }
        return Set(nodes.compactMap { $0.word(Permission.self) })
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
