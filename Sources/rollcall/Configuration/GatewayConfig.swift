import Adapters
import Deployments
import HTTPFront
import Logging
import Settings

/// The complete configuration: the file's values, with the overrides of environment and flags.
///
/// ``ConfigLoader`` makes it; every path in it is absolute. A key that the file leaves out has its property's
/// default, which `config/rollcall.reference.yaml` shows.
struct GatewayConfig: Sendable, Equatable {
    var listen = ListenConfig()
    /// The access tokens; empty: everyone may do everything.
    ///
    /// Beyond loopback that is refused unless ``ListenConfig/allowsUnauthenticated`` is set.
    var tokens: [TokenConfig] = []
    /// The adapter folders, empty where the key could not be read; a later folder's file of the same name
    /// wins.
    var adapterFolders: [String] = []
    var store = StoreConfig.memory
    /// The place where ``store`` is set; nil where it is the default.
    var storeLocation: SettingsLocation?
    var log = LogConfig()
    /// The operator's families of models, in the file's order; they come before those that Rollcall knows.
    var modelFamilies: [ModelFamily] = []
    /// The operator's rules in the file's order.
    var rules: [RuleConfig] = []
    /// The file's values for every source.
    var cache = CacheWindows.Overrides()
    var upstream = UpstreamConfig()
    var shared = SharedConfig()
    /// The sources in the file's order, disabled ones included; names are unique.
    var sources: [SourceConfig] = []
}

/// The address to listen on, and what is served there without a token.
struct ListenConfig: Sendable, Equatable {
    /// A name or an address, without brackets.
    var host = "127.0.0.1"
    /// The port; 0: any free port.
    var port = 8080
    /// Further names or addresses under which it is reached, without ports; an IPv6 address without brackets.
    var hosts: [String] = []
    /// The origins whose web pages may read answers, from `cors.origins`.
    var readingOrigins: [Origin] = []
    /// Requires a token for the API's description and its page too.
    var privateDocs = false
    /// Allows an address beyond loopback without ``GatewayConfig/tokens``.
    var allowsUnauthenticated = false
    var limits = ConnectionLimits()
    /// The proxies in front of the gateway, whose connections are many clients'.
    var proxies: [AddressRange] = []
}

/// The limits of connections to the gateway.
struct ConnectionLimits: Sendable, Equatable {
    static let standardConnections = 1024

    /// The most connections; nil: ``standardConnections``, or as many as the file descriptors allow.
    var connections: Int?
    /// The most connections of one address; nil: a quarter of ``connections``.
    var perAddress: Int?
    /// The time for a request's headers to arrive, and again for its body.
    var request = Duration.seconds(10)
}

/// One entry of `auth.tokens`.
struct TokenConfig: Sendable, Equatable {
    /// The token's name for logs, which must not show the token; unique.
    var name: String
    /// The location of the secret's reference, for problems that only reading the secret finds.
    var location: SettingsLocation
    var token: SecretReference
    var permissions: Set<Permission> = [.read]
}

/// The storage of the last good lists.
enum StoreConfig: Sendable, Equatable {
    case memory
    /// The database's absolute path.
    case sqlite(path: String)
}

/// The level and the format of the log.
struct LogConfig: Sendable, Equatable {
    var level = Logger.Level.info
    var format = Format.auto

    enum Format: String, Sendable, CaseIterable {
        /// Text on a terminal, else JSON.
        case auto
        case text, json
    }
}

/// The limits of one source's requests.
struct UpstreamConfig: Sendable, Equatable {
    static let standardConcurrency = 4
    static let standardPages = 1000

    var connectTimeout = Duration.seconds(5)
    /// The limit of one request, from its start to the body's last byte.
    var totalTimeout = Duration.seconds(10)
    /// The limit of one fetch of all the source's partitions and pages, pauses included.
    var fetchTimeout = Duration.seconds(120)
    /// The most requests in flight at a time; nil: as the adapter says, else ``standardConcurrency``.
    var concurrency: Int?
    /// The most requests per second; nil: no limit.
    var rate: Double?
    /// The most requests at once within ``rate``; nil: as many as a second allows.
    var burst: Int?
    /// The most requests in any 24 hours; nil: no limit.
    var daily: Int?
    var bodyLimitBytes = 64 << 20
    /// The most pages of one list; nil: as the adapter says, else ``standardPages``.
    var pages: Int?
    /// The most records of one list.
    var rows = SourceBinding.standardRows
    /// An HTTP proxy's URL; nil: that of the environment's proxy variables, if any.
    var proxy: String?
    /// The path of a PEM file that replaces the system's certificates.
    var caFile: String?
}

/// The limits of all sources together, `upstream.shared`.
struct SharedConfig: Sendable, Equatable {
    /// The most memory of answers that are received or read at a time, in bytes.
    var answerBytes = AnswerBudget.standardBytes
    /// The most requests in flight to one host; a source with a higher concurrency of its own may have that.
    var hostWidth = SharedLimits.standardHostWidth
}

/// One entry of `sources`.
struct SourceConfig: Sendable, Equatable {
    /// The source's name, `[a-z0-9-]+`; empty where it could not be read.
    var name: String
    /// The location of the entry's beginning; see ``location(of:)``.
    var location: SettingsLocation
    /// The name of an adapter file, which need not exist; empty where it could not be read.
    var adapter: String
    var baseURL: BaseURL
    /// The source's name before it was renamed, which no source has now; nil if it was not renamed.
    var formerName: String?
    /// The inputs as written; the adapter's declarations give them their types.
    var inputs: [String: InputValue] = [:]
    var secrets: [String: SecretReference] = [:]
    /// This source's values, over the file's for all sources.
    var cache = CacheWindows.Overrides()
    /// This source's values, over the file's for all sources.
    var upstream = UpstreamConfig()
    /// The platform to show instead of the adapter's.
    var platform: String?
    var region: String?
    var labels: [String: String] = [:]
    /// The operator's own status terms, in lower case; they win over the adapter's.
    var statusTerms: [String: StatusTerm] = [:]
    var isEnabled = true
    /// True if records may show `owner`.
    var exposesOwner = false
    /// True if clients with the right `write` may change its deployments.
    var allowsWrites = false
    /// Allows plain `http` for a ``baseURL`` beyond loopback.
    var allowsPlaintext = false
    /// The lines of `adapter`, `inputs`, `secrets` and their entries, by keys such as `secrets.token`.
    var lines: [String: Int] = [:]
    /// The keys that are given and could not be read: `inputs`, `secrets`, or an entry such as
    /// `secrets.token`.
    var unreadKeys: Set<String> = []

    /// The location of a key such as `secrets.token`, given or not, for problems that only later stages find.
    func location(of key: String) -> SettingsLocation {
        let section = String(key.prefix { $0 != "." })
        return SettingsLocation(
            file: location.file, line: lines[key] ?? lines[section] ?? location.line,
            key: "\(location.key).\(key)")
    }

    /// True if an entry such as `secrets.token`, or its section, is given and could not be read.
    func leftUnread(_ key: String) -> Bool {
        unreadKeys.contains(key) || unreadKeys.contains(String(key.prefix { $0 != "." }))
    }

    /// The names of a section's entries that could not be read.
    func unreadNames(in section: String) -> [String] {
        unreadKeys.filter { $0.hasPrefix(section + ".") }.map { String($0.dropFirst(section.count + 1)) }
    }
}

/// The operator's meaning of a platform's status term: `[DEPLOYING, none]`.
struct StatusTerm: Sendable, Equatable {
    var status: DeploymentStatus
    var serving: Serving
}
