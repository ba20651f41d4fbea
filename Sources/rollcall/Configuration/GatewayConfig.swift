import HTTPFront
import Logging
import Settings

/// Everything that the configuration file says (DESIGN.md §5), with what the environment and the flags override.
///
/// Made by ``ConfigLoader``; every path in it is absolute. A key that a file leaves out has the value that the
/// property has here, and `config/rollcall.reference.yaml` shows.
struct GatewayConfig: Sendable, Equatable {
    var listen = ListenConfig()
    /// Empty: everyone may do everything, which the reader lets through on loopback only.
    var tokens: [TokenConfig] = []
    /// A later folder's file of the same name wins; empty where they could not be read.
    var adapterFolders: [String] = []
    var store = StoreConfig.memory
    var log = LogConfig()
    /// What the file gives for every source.
    var cache = CacheOverrides()
    var upstream = UpstreamConfig()
    /// In the file's order, disabled ones included; names are unique.
    var sources: [SourceConfig] = []
}

struct ListenConfig: Sendable, Equatable {
    /// A name or an address, without brackets.
    var host = "127.0.0.1"
    /// 0: any free port.
    var port = 8080
    /// Lets a host beyond loopback be served without ``GatewayConfig/tokens``.
    var allowsUnauthenticated = false
}

struct TokenConfig: Sendable, Equatable {
    /// Stands in logs, where the token must not; unique.
    var name: String
    /// Where its secret is named, for problems that only reading it finds.
    var place: SettingsLocation
    var token: SecretReference
    var rights: Set<Permission> = [.read]
}

enum StoreConfig: Sendable, Equatable {
    case memory
    /// The database's absolute path.
    case sqlite(path: String)
}

struct LogConfig: Sendable, Equatable {
    var level = Logger.Level.info
    var format = Format.auto

    enum Format: String, Sendable, CaseIterable {
        /// Text on a terminal, else JSON.
        case auto
        case text, json
    }
}

/// How one source is asked over the network.
struct UpstreamConfig: Sendable, Equatable {
    static let standardConcurrency = 4
    static let standardPages = 1000

    var connectTimeout = Duration.seconds(5)
    /// For one request, from its start to the body's last byte.
    var totalTimeout = Duration.seconds(10)
    /// For one fetch of all the source's pages and partitions, its pauses included.
    var fetchTimeout = Duration.seconds(120)
    /// Requests in flight at a time; nil: as the adapter says, else ``standardConcurrency``.
    var concurrency: Int?
    /// Requests per second; nil: no limit.
    var rate: Double?
    /// Requests that may come at once within ``rate``; nil: as many as a second brings.
    var burst: Int?
    /// Requests in any 24 hours; nil: no limit.
    var daily: Int?
    var bodyLimitBytes = 64 << 20
    /// Pages of one list; nil: as the adapter says, else ``standardPages``.
    var pages: Int?
    /// An HTTP proxy's URL; nil: as the proxy variables of the environment say.
    var proxy: String?
    /// A PEM file that replaces the system's certificates; absolute.
    var caFile: String?
}

/// One entry of `sources`.
struct SourceConfig: Sendable, Equatable {
    /// `[a-z0-9-]+`; empty where it could not be read.
    var name: String
    /// Where the entry begins; see ``place(of:)``.
    var place: SettingsLocation
    /// The name of an adapter file, empty where it could not be read; that it exists is not checked here.
    var adapter: String
    var baseURL: BaseURL
    /// As written; the adapter's own declarations say what they mean.
    var inputs: [String: InputValue] = [:]
    var secrets: [String: SecretReference] = [:]
    /// This source's values before the file's for all.
    var cache = CacheOverrides()
    /// This source's values before the file's for all.
    var upstream = UpstreamConfig()
    /// Shown instead of the adapter's word.
    var platform: String?
    var region: String?
    var labels: [String: String] = [:]
    /// The operator's own words, in lower case; they hold before the adapter's.
    var statusWords: [String: StatusWord] = [:]
    var isEnabled = true
    /// Whether `owner` may leave the adapter.
    var exposesOwner = false
    /// Whether the gateway may change things at this platform.
    var allowsWrites = false
    /// Lets a ``baseURL`` beyond loopback be plain `http`.
    var allowsPlaintext = false
    /// The lines of `adapter`, `inputs`, `secrets` and their entries, by such keys as `secrets.token`.
    var lines: [String: Int] = [:]
    /// Which of `inputs` and `secrets` stand there and could not be read, as a whole or by entry: `secrets.token`.
    var unreadKeys: Set<String> = []

    /// Where a key such as `secrets.token` stands or should stand, for problems that only later stages can find.
    func place(of key: String) -> SettingsLocation {
        let section = String(key.prefix { $0 != "." })
        return SettingsLocation(
            file: place.file, line: lines[key] ?? lines[section] ?? place.line, key: "\(place.key).\(key)")
    }

    /// Whether an entry such as `secrets.token` is not known to be left out: it, or its section, could not be read.
    func leftUnread(_ key: String) -> Bool {
        unreadKeys.contains(key) || unreadKeys.contains(String(key.prefix { $0 != "." }))
    }

    /// The names of a section's entries that could not be read.
    func unreadNames(in section: String) -> [String] {
        unreadKeys.filter { $0.hasPrefix(section + ".") }.map { String($0.dropFirst(section.count + 1)) }
    }
}
