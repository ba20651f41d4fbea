import Adapters
import Deployments
import HTTPFront
import Logging
import Refresh
import ServiceLifecycle
import Settings
import Snapshots
import Storage
import Upstream
import Wire

/// The one place that builds the gateway from its configuration, for `serve` and for tests.
struct Assembly {
    let config: GatewayConfig
    /// The environment variables, as at the program's start.
    let environment: [String: String]
    let logger: Logger

    /// The gateway's parts, put together but not started.
    struct Gateway {
        var published: Latest<Published>
        var refresher: Refresher<ContinuousClock>
        var updates: UpdateCoordinator<ContinuousClock>
        var trail: AuditTrail
        var readiness: Readiness
        var state: FrontState
        var frontConfig: FrontConfig
        var transport: CurlTransport
        var limits: SharedLimits
        var configuration: Latest<ConfigurationStatus>
    }

    /// The time by this machine's clock.
    static let now: @Sendable () -> Timestamp = { Timestamp.ofSystemClock() }

    /// The transport to platforms and gateways, with this program's user agent.
    static func makeTransport() -> CurlTransport {
        CurlTransport(userAgent: "rollcall/\(Version.current)")
    }

    /// Reads the adapters, binds the sources, restores the stored lists.
    ///
    /// - Throws: ``SettingsError`` with the problems found while reading the configuration, and those that
    ///   only the adapters can find; ``CommandFailure`` where the store cannot be opened.
    func gateway(problems: SettingsProblems) async throws -> Gateway {
        let transport = Self.makeTransport()
        let limits = SharedLimits(config.shared)
        let sources = sources(using: transport, within: limits, problems: problems)
        try problems.throwIfAny()
        problems.logWarnings(to: logger)
        let (store, lease, log) = try makeStore()
        let restored = await restoredLists(from: store, for: sources.map(\.source))
        let trail = AuditTrail(log, now: Self.now, logger: logger)
        // Where it cannot be read, that is logged and tried again once the gateway runs.
        try? await trail.load()
        let start = Snapshot(id: "none", publishedAt: Self.now(), lists: [])
        let published = Latest(Published(snapshot: start, sources: []))
        let background = BackgroundExecutor.shared
        if background?.isNice != true {
            logger.debug(
                "refreshes run on one thread of normal priority, as nice values cannot be restored (RLIMIT_NICE)"
            )
        }
        let refresher = Refresher(
            sources: sources.map { ($0.source, $0.config) }, rules: config.rules.map(\.rule),
            publishingTo: published, restoring: restored, store: store, lease: lease,
            clock: ContinuousClock(), now: Self.now, logger: logger,
            background: background)
        let readiness = Readiness(startedAt: Self.now())
        let updates = UpdateCoordinator(refresher, publishedAs: published, recordingIn: trail)
        let configuration = Latest(ConfigurationStatus(loadedAt: Self.now()))
        var state = FrontState(
            published: { published.value }, now: Self.now, readiness: readiness, freshness: refresher,
            storeProblem: { [problem = refresher.storeProblem] in problem.value },
            configuration: { configuration.value })
        state.updates = updates
        state.audit = { () throws(AuditLogError) in try trail.view() }
        return Gateway(
            published: published, refresher: refresher, updates: updates, trail: trail,
            readiness: readiness, state: state, frontConfig: frontConfig(), transport: transport,
            limits: limits, configuration: configuration)
    }

    /// Reads the adapters and binds the sources; mistakes in either go to `problems`.
    func sources(
        using transport: CurlTransport, within limits: SharedLimits, problems: SettingsProblems
    ) -> [(source: AdapterSource, config: CacheWindows)] {
        SourceAssembly(
            config: config, transport: transport, environment: environment, now: Self.now,
            limits: limits, problems: problems
        ).sources(problems: problems)
    }

    private func frontConfig() -> FrontConfig {
        var front = FrontConfig(access: AccessPolicy(tokens: accessTokens()))
        front.hosts = config.listen.hostRule
        front.proxies = config.listen.proxies
        front.crossOriginReading = CrossOriginReading(from: config.listen.readingOrigins)
        front.privateDocs = config.listen.privateDocs
        limitConnections(of: &front)
        return front
    }

    /// Applies `listen.limits`, as far as there are file descriptors for it.
    private func limitConnections(of front: inout FrontConfig) {
        let limits = config.listen.limits
        let budget = DescriptorBudget(
            descriptors: DescriptorBudget.raiseLimit(), upstreamRequests: config.upstreamRequests)
        let wanted = limits.connections ?? ConnectionLimits.standardConnections
        front.connectionLimit = min(wanted, budget.connections)
        front.connectionReserve = budget.reserve
        front.addressLimit = limits.perAddress ?? max(1, front.connectionLimit / 4)
        front.requestTimeout = limits.request
        if front.connectionLimit < wanted {
            logger.warning(
                "fewer connections than configured: the process may open too few files (`ulimit -n`, LimitNOFILE)",
                metadata: [
                    "wanted": "\(wanted)", "connections": "\(front.connectionLimit)",
                    "files": "\(budget.descriptors)",
                ])
        }
    }

    /// The access tokens; one whose secret is missing grants nothing, and the others are not affected.
    func accessTokens() -> [AccessToken] {
        config.tokens.map { entry in
            var secret = Secret("")
            do {
                secret = try entry.token.resolve(environment: environment, as: .token)
            } catch {
                logger.error(
                    "access token cannot be read; requests with it are refused",
                    metadata: ["token": "\(entry.name)", "error": "\(error)"])
            }
            return AccessToken(name: entry.name, secret: secret, permissions: entry.permissions)
        }
    }

    /// The store, the way to the right to write to it where another process has that, and the audit log beside it.
    private func makeStore() throws -> (
        store: (any ListStore)?, lease: (any StoreLease)?, log: (any AuditLog)?
    ) {
        guard case .sqlite(let path) = config.store else { return (nil, nil, nil) }
        let lock = StoreLock(storePath: path)
        let log = BoundedAuditLog(
            SQLiteAuditLog(path: SQLiteAuditLog.path(besideStore: path), lock: lock), clock: ContinuousClock()
        )
        if case .held = lock.take() {
            let shared = SharedListStore(following: path, lock: lock, now: Self.now, logger: logger)
            return (shared, shared, log)
        }
        return (try openStore(path, lock: lock), nil, log)
    }

    /// Opens a store whose lock this process has, or that cannot be locked.
    private func openStore(_ path: String, lock: StoreLock) throws -> any ListStore {
        do throws(StoreError) {
            let store = try SQLiteListStore(
                path: path, sizeLimitBytes: nil, lock: lock, now: Self.now, logger: logger)
            if case .impossible(let reason) = lock.take() {
                logger.warning(
                    "the store cannot be locked: make sure that no other gateway uses it",
                    metadata: ["store": "\(path)", "error": "\(reason)"])
            }
            return store
        } catch {
            // Nobody may have wanted a store beside the configuration, such as in a config map: the lists are
            // served, and each save tries again.
            if config.storeLocation == nil, error.code != .foreign {
                return SQLiteListStore(openingLater: path, lock: lock, now: Self.now, logger: logger)
            }
            // A restart would not help: the operator has to change the store's path.
            throw CommandFailure(.usage, "the store cannot be opened: \(error)")
        }
    }

    private func restoredLists(
        from store: (any ListStore)?, for sources: [any DeploymentSource]
    ) async -> [SourceLists] {
        guard let store else { return [] }
        do {
            return try await store.load(for: sources)
        } catch {
            logger.error(
                "stored lists cannot be read; starting without them", metadata: ["error": "\(error)"])
            return []
        }
    }
}

extension SettingsProblems {
    /// Logs the warnings, which are on adapter files and on rules.
    func logWarnings(to logger: Logger) {
        for warning in warnings {
            logger.warning(
                "configuration or adapter file should be corrected",
                metadata: ["reason": "\(warning.description.neutralized(limit: 2000))"])
        }
    }
}
