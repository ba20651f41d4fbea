import Settings

/// Finds the configuration file, reads it, and lets environment and flags override it.
struct ConfigLoader: Sendable {
    /// The variables of the program's start.
    var environment: [String: String]
    /// Absolute.
    var workingDirectory: String
    /// Reads a file whole, up to a number of bytes.
    var read: @Sendable (_ path: String, _ limit: Int) throws(FileError) -> [UInt8] = {
        (path, limit) throws(FileError) in
        try readWholeFile(path, limit: limit, onlyRegular: false)
    }

    /// Where a configuration is looked for when none is named, in this order.
    static let searchPath = ["rollcall.yaml", "/etc/rollcall/rollcall.yaml"]

    /// Reads the file that `named` (the flag), `$ROLLCALL_CONFIG` or the search path leads to.
    ///
    /// - Throws: ``SettingsError`` with every problem at once, or ``ConfigMissing``.
    func load(named: String?, flags: ConfigOverrides) throws -> GatewayConfig {
        let (name, bytes) = try find(named: named)
        return try parse(
            bytes, file: name, overrides: flags.over(ConfigOverrides(environment: environment)))
    }

    /// Reads a configuration from its text; `file` is how messages name it, and where relative paths start.
    func parse(_ bytes: [UInt8], file: String, overrides: ConfigOverrides) throws(SettingsError)
        -> GatewayConfig
    {
        let problems = SettingsProblems()
        let root = SettingsPlace(file: file, line: 0, key: "")
        var config = GatewayConfig()
        if let text = String(validating: bytes, as: UTF8.self) {
            if let node = SettingsNode.parse(text, file: file, problems: problems) {
                let path = absolutePath(file, in: workingDirectory)
                config = ConfigReader(folder: folder(of: path)).read(node)
            }
        } else {
            problems.add(root, "is not UTF-8")
        }
        overrides.apply(to: &config, workingDirectory: workingDirectory, problems: problems)
        if problems.isEmpty, config.isOpenToOthers {
            problems.add(
                overrides.listen?.place ?? SettingsPlace(file: file, line: 0, key: "listen.host"),
                "\(config.listen.host) can be reached from other machines: set `auth.tokens`, or say "
                    + "`listen.allow_unauthenticated: true`")
        }
        try problems.throwIfAny()
        return config
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

/// No configuration was named, and none stands where one is looked for.
struct ConfigMissing: Error, CustomStringConvertible {
    var description: String {
        let places = ConfigLoader.searchPath.map { $0.hasPrefix("/") ? $0 : "./" + $0 }
        return "no configuration: name one with --config or $ROLLCALL_CONFIG, or put it at "
            + places.joined(separator: " or ")
    }
}

extension GatewayConfig {
    /// Whether someone on another machine could use the gateway without a token.
    var isOpenToOthers: Bool {
        !HostName(listen.host).isLoopback && tokens.isEmpty && !listen.allowsUnauthenticated
    }
}

extension ConfigLoader {
    /// The configuration of the demo, which has no file and, yet, no sources: defaults, a store in memory, overrides.
    func demo(flags: ConfigOverrides, adapterFolders: [String]) throws(SettingsError) -> GatewayConfig {
        let problems = SettingsProblems()
        var config = GatewayConfig(adapterFolders: adapterFolders)
        let overrides = flags.over(ConfigOverrides(environment: environment))
        overrides.apply(to: &config, workingDirectory: workingDirectory, problems: problems)
        if problems.isEmpty, config.isOpenToOthers, let place = overrides.listen?.place {
            problems.add(place, "the demo is for this machine alone: give it a loopback address")
        }
        try problems.throwIfAny()
        return config
    }
}
