import Settings

/// Finds the configuration file, reads it, and applies the overrides of environment and flags.
struct ConfigLoader: Sendable {
    /// The environment variables, as at the program's start.
    var environment: [String: String]
    /// An absolute path.
    var workingDirectory: String
    /// Reads a complete file of at most `limit` bytes.
    var read: @Sendable (_ path: String, _ limit: Int) throws(FileError) -> [UInt8] = {
        (path, limit) throws(FileError) in
        try readFile(path, limit: limit, onlyRegular: false)
    }

    /// The files that are searched for a configuration, in this order, where none is named.
    static let searchPath = ["rollcall.yaml", "/etc/rollcall/rollcall.yaml"]

    /// Reads the file named by `named` (the flag), else by `$ROLLCALL_CONFIG`, else the first that the search
    /// path has.
    ///
    /// Mistakes go to `problems`; after one, the result can be checked further, but not used.
    /// - Throws: ``ConfigMissing``, or ``FileError`` where the file cannot be read.
    func load(named: String?, flags: ConfigOverrides, problems: SettingsProblems) throws -> GatewayConfig {
        let (name, bytes) = try find(named: named)
        return parse(
            bytes, file: name, overrides: flags.over(ConfigOverrides(environment: environment)),
            problems: problems)
    }

    /// Reads a configuration from its text; `file` is its name in messages, and relative paths start at its
    /// folder.
    func parse(
        _ bytes: [UInt8], file: String, overrides: ConfigOverrides, problems: SettingsProblems
    ) -> GatewayConfig {
        var config = GatewayConfig()
        let root = root(bytes, file: file, problems: problems)
        if let root {
            config = ConfigReader(folder: folder(of: absolutePath(file, in: workingDirectory))).read(root)
        }
        overrides.apply(to: &config, workingDirectory: workingDirectory, problems: problems)
        if let root, root.isMapping {
            refuseOpenness(of: config, root: root, overrides: overrides)
        }
        return config
    }

    private func root(_ bytes: [UInt8], file: String, problems: SettingsProblems) -> SettingsNode? {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problems.add(SettingsLocation(file: file, line: 0, key: ""), "is not UTF-8")
            return nil
        }
        return SettingsNode.parse(text, file: file, problems: problems)
    }

    /// Refuses an address that other machines can reach without a token, unless a key that decides this could
    /// not be read.
    private func refuseOpenness(of config: GatewayConfig, root: SettingsNode, overrides: ConfigOverrides) {
        let problems = root.problems
        func location(_ key: String) -> SettingsLocation {
            SettingsLocation(file: root.location.file, line: 0, key: key)
        }
        guard config.isOpenToOthers, !problems.hasProblem(within: location("auth")),
            !problems.hasProblem(at: location("listen")),
            !problems.hasProblem(within: location("listen.allow_unauthenticated"))
        else { return }
        let host = root.mapping()?.optional("listen")?.mapping()?.optional("host")
        problems.add(
            overrides.listen?.location ?? host?.location ?? location("listen.host"),
            "\(config.listen.host) can be reached from other machines: set `auth.tokens`, or "
                + "`listen.allow_unauthenticated: true`")
    }

    private func find(named: String?) throws -> (name: String, bytes: [UInt8]) {
        if let name = named ?? environment["ROLLCALL_CONFIG"].flatMap({ $0.isEmpty ? nil : $0 }) {
            return (name, try read(name))
        }
        for name in Self.searchPath {
            do throws(FileError) { return (name, try read(name)) } catch {
                guard error.isMissing else { throw error }
            }
        }
        throw ConfigMissing()
    }

    private func read(_ name: String) throws(FileError) -> [UInt8] {
        do {
            return try read(absolutePath(name, in: workingDirectory), SettingsNode.sizeLimit)
        } catch {
            throw FileError(path: name, reason: error.reason, isMissing: error.isMissing)
        }
    }
}

/// No configuration was named, and the search path has none.
struct ConfigMissing: Error, CustomStringConvertible {
    var description: String {
        "no configuration found: name one with --config or $ROLLCALL_CONFIG, or create "
            + alternatives(ConfigLoader.searchPath.map { $0.hasPrefix("/") ? $0 : "./" + $0 })
    }
}

extension GatewayConfig {
    /// True if someone on another machine could use the gateway without a token.
    var isOpenToOthers: Bool {
        !HostName(listen.host).isLoopback && tokens.isEmpty && !listen.allowsUnauthenticated
    }
}

extension ConfigLoader {
    /// The configuration of the demo, which has no file: defaults, a store in memory unless a flag names
    /// another, overrides, and no sources yet.
    func demo(flags: ConfigOverrides, adapterFolders: [String], problems: SettingsProblems) -> GatewayConfig {
        var config = GatewayConfig(adapterFolders: adapterFolders)
        var overrides = flags.over(ConfigOverrides(environment: environment))
        // The variable names the store of a real gateway, whose lists the demo would remove.
        overrides.store = flags.store
        overrides.apply(to: &config, workingDirectory: workingDirectory, problems: problems)
        if config.isOpenToOthers, let location = overrides.listen?.location {
            problems.add(location, "the demo listens on loopback only: use an address such as 127.0.0.1:8080")
        }
        return config
    }
}
