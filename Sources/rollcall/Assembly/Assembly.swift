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

/// Builds the gateway from its configuration: everything once, in one place, for `serve` and for tests.
struct Assembly {
    let config: GatewayConfig
    /// The variables of the program's start.
    let environment: [String: String]
    let logger: Logger

    /// The gateway's parts, put together but not started.
    struct Gateway {
        var published: Latest<Published>
        var refresher: Refresher<ContinuousClock>
        var readiness: Readiness
        var state: FrontState
        var frontConfig: FrontConfig
        var transport: CurlTransport
        var configuration: Latest<ConfigurationStatus>
    }

    /// The instant by this machine's clock.
    static let now: @Sendable () -> Timestamp = { Timestamp.ofSystemClock() }

    /// What asks the platforms, and under which name.
    static func makeTransport() -> CurlTransport {
        CurlTransport(userAgent: "rollcall/\(Version.current)")
    }

    /// Reads the adapters, binds the sources, restores the stored lists.
    ///
    /// - Throws: ``SettingsError`` with the problems that reading the configuration noted, and those that only
    ///   the adapters can find.
    func gateway(problems: SettingsProblems) async throws -> Gateway {
        let transport = Self.makeTransport()
        let sources = sources(askedBy: transport, problems: problems)
        try problems.throwIfAny()

        let store = try makeStore()
        let restored = await restoredLists(from: store, for: sources.map(\.source))
        let start = Snapshot(id: "none", publishedAt: Self.now(), lists: [])
        let published = Latest(Published(snapshot: start, sources: []))
        let background = BackgroundExecutor.shared
        if background?.isNice != true {
            logger.debug("refreshes have one thread, as nice values could not come back to 0 (RLIMIT_NICE)")
        }
        let refresher = Refresher(
            sources: sources.map { ($0.source, $0.config) }, publishingTo: published, restoring: restored,
            store: store, clock: ContinuousClock(), now: Self.now, logger: logger,
            background: background)
        let readiness = Readiness(startedAt: Self.now())
        let configuration = Latest(ConfigurationStatus(loadedAt: Self.now()))
        return Gateway(
            published: published, refresher: refresher, readiness: readiness,
            state: FrontState(
                published: { published.value }, now: Self.now, readiness: readiness, freshness: refresher,
                storeProblem: { [problem = refresher.storeProblem] in problem.value },
                configuration: { configuration.value }),
            frontConfig: FrontConfig(access: AccessPolicy(tokens: accessTokens())), transport: transport,
            configuration: configuration)
    }

    /// Reads the adapters and binds the sources; what is wrong with either goes to `problems`.
    func sources(
        askedBy transport: CurlTransport, problems: SettingsProblems
    ) -> [(source: AdapterSource, config: RefreshConfig)] {
        SourceAssembly(
            config: config, transport: transport, environment: environment, now: Self.now
        ).sources(problems: problems)
    }

    /// The access tokens; one whose secret is missing opens nothing, and the others stay as they are.
    func accessTokens() -> [AccessToken] {
        config.tokens.map { entry in
            var secret = Secret("")
            do {
                secret = try entry.token.resolve(environment: environment)
            } catch {
                logger.error(
                    "an access token is missing and opens nothing",
                    metadata: ["token": "\(entry.name)", "error": "\(error)"])
            }
            return AccessToken(name: entry.name, secret: secret, rights: entry.rights)
        }
    }

    private func makeStore() throws -> (any ListStore)? {
        switch config.store {
        case .memory: return nil
        case .sqlite(let path):
            do {
                return try SQLiteListStore(
                    path: path, sizeLimitBytes: nil, now: Self.now, logger: logger)
            } catch {
                // Starting again mends nothing: the address of the store is the operator's.
                throw CommandFailure(.usage, "the store cannot be used: \(error)")
            }
        }
    }

    private func restoredLists(
        from store: (any ListStore)?, for sources: [any DeploymentSource]
    ) async -> [SourceLists] {
        guard let store else { return [] }
        do {
            return try await store.load(for: sources)
        } catch {
            logger.error("stored lists cannot be read", metadata: ["error": "\(error)"])
            return []
        }
    }
}
