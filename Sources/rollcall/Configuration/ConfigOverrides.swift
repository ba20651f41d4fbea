import Logging
import Settings

/// The settings of environment and flags: each wins over the file, and flags win over the environment.
struct ConfigOverrides: Sendable, Equatable {
    var listen: Setting?
    var store: Setting?
    var adapters: Setting?
    var logLevel: Setting?

    /// A text with its origin; a relative path in it starts at the working directory.
    struct Setting: Sendable, Equatable {
        /// The origin for problems: `environment` and the variable, or `command line` and the flag.
        var location: SettingsLocation
        var text: String
    }

    /// Reads the variables `ROLLCALL_LISTEN`, `_STORE`, `_ADAPTERS` and `_LOG_LEVEL`; an empty one is not
    /// given.
    init(environment: [String: String]) {
        func setting(_ name: String) -> Setting? {
            guard let text = environment[name], !text.isEmpty else { return nil }
            return Setting(location: SettingsLocation(file: "environment", line: 0, key: name), text: text)
        }
        listen = setting("ROLLCALL_LISTEN")
        store = setting("ROLLCALL_STORE")
        adapters = setting("ROLLCALL_ADAPTERS")
        logLevel = setting("ROLLCALL_LOG_LEVEL")
    }

    init(flags listen: String? = nil, store: String? = nil, adapters: String? = nil, logLevel: String? = nil)
    {
        func setting(_ text: String?, _ flag: String) -> Setting? {
            text.map {
                Setting(location: SettingsLocation(file: "command line", line: 0, key: flag), text: $0)
            }
        }
        self.listen = setting(listen, "--listen")
        self.store = setting(store, "--store")
        self.adapters = setting(adapters, "--adapters")
        self.logLevel = setting(logLevel, "--log-level")
    }

    /// These settings; for each that is not given, that of `others`.
    func over(_ others: ConfigOverrides) -> ConfigOverrides {
        var all = self
        all.listen = listen ?? others.listen
        all.store = store ?? others.store
        all.adapters = adapters ?? others.adapters
        all.logLevel = logLevel ?? others.logLevel
        return all
    }

    /// Writes them into a configuration; a value that does not fit becomes a problem.
    func apply(to config: inout GatewayConfig, workingDirectory: String, problems: SettingsProblems) {
        if let listen {
            if let address = HostPort(listen.text) {
                (config.listen.host, config.listen.port) = (address.host, address.port)
            } else {
                problems.add(listen.location, "must be host:port, such as 127.0.0.1:8080 or [::1]:8080")
                // The file's address was not meant to be used, so it must not cause another problem.
                config.listen.host = ListenConfig().host
            }
        }
        if let store {
            if let value = StoreConfig(store.text, folder: workingDirectory) {
                (config.store, config.storeLocation) = (value, store.location)
            } else {
                problems.add(store.location, StoreConfig.expected)
            }
        }
        if let adapters {
            config.adapterFolders = Self.folders(adapters.text, workingDirectory: workingDirectory)
            if config.adapterFolders.isEmpty { problems.add(adapters.location, "must name a folder") }
        }
        if let logLevel {
            if let level = Logger.Level(rawValue: logLevel.text.lowercased()) {
                config.log.level = level
            } else {
                let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                problems.add(logLevel.location, "must be one of \(levels)")
            }
        }
    }

    /// The folders of a list separated by colons, as absolute paths.
    static func folders(_ list: String, workingDirectory: String) -> [String] {
        list.split(separator: ":").map { absolutePath(String($0), in: workingDirectory) }
    }
}
