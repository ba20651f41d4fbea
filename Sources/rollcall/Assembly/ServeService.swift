import CMalloc
import Glibc
import HTTPFront
import Logging
import NIOCore
import Refresh
import ServiceLifecycle
import UnixSignals
import Upstream

extension Assembly.Gateway {
    /// Serves until a signal; see
    /// ``services(host:port:shutdownDelay:signals:reloadSignals:logger:onRunning:)``.
    ///
    /// - Throws: ``CommandFailure`` where the address cannot be listened on.
    func serve(
        at listen: ListenConfig, reloadSignals: ReloadSignals, logger: Logger,
        onRunning: @escaping @Sendable (Int?) async -> Void
    ) async throws {
        let group = services(
            host: listen.host, port: listen.port, reloadSignals: reloadSignals, logger: logger,
            onRunning: onRunning)
        try await group.run(listeningOn: listen)
    }

    /// All services as one group, which runs until SIGTERM, SIGINT or a graceful shutdown by the caller.
    ///
    /// It stops in this order: readiness, connections, the search for the effects of updates, the refresher, the audit
    /// trail, libcurl's thread.
    /// Port 0 takes any free port; `onRunning` is called once with the port in use.
    func services(
        host: String, port: Int, shutdownDelay: Duration = .seconds(1),
        signals: Bool = true, reloadSignals: ReloadSignals? = nil, logger: Logger,
        onRunning: @escaping @Sendable (Int?) async -> Void
    ) -> ServiceGroup {
        let (listening, isListening) = AsyncStream.makeStream(of: Never.self)
        let front = makeFrontServer(
            state: state, config: frontConfig, host: host, port: port, logger: logger
        ) { port in
            isListening.finish()
            await onRunning(port)
        }
        // Services are stopped in reverse order.
        var services: [any Service] = [
            transportService, BackgroundService(service: ReleaseService(queue: refresher.releaseQueue)),
            AuditService(trail: trail),
            StartAfterListening(listening: listening, service: refresher), UpdateResolution(updates), front,
            ReadinessService(readiness: readiness, delay: shutdownDelay),
        ]
        if let reloadSignals { services.append(reloadSignals) }
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: signals ? [.sigterm, .sigint] : [],
            cancellationSignals: signals ? [.sigquit] : [], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        return ServiceGroup(configuration: configuration)
    }

    private var transportService: any Service { TransportService(transport: transport) }
}

/// Starts a service once the gateway listens: a gateway whose port is taken must not spend the platforms'
/// budgets.
private struct StartAfterListening<Inner: Service>: Service {
    /// Ends when connections are accepted.
    let listening: AsyncStream<Never>
    let service: Inner

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in listening {}
        }
        // Shutdown began before the gateway listened: there is nothing to start.
        guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
        try await service.run()
    }
}

/// Releases the memory of lists that nobody reads any longer, to the system too.
private struct ReleaseService: Service {
    let queue: ReleaseQueue

    func run() async throws { await queue.run(clock: ContinuousClock()) { return_free_memory() } }
}

/// Keeps the audit log in order.
private struct AuditService: Service {
    let trail: AuditTrail

    func run() async throws {
        await cancelWhenGracefulShutdown { await trail.run(on: ContinuousClock()) }
        // Without a log there is nothing to do, and a service that ends would end the others.
        try? await gracefulShutdown()
    }
}

/// Reports "not ready" at shutdown, then delays it, so that load balancers notice before connections end.
private struct ReadinessService: Service {
    let readiness: Readiness
    let delay: Duration

    func run() async throws {
        try? await gracefulShutdown()
        readiness.beginShutdown()
        try? await Task.sleep(for: delay)
    }
}

/// Ends libcurl's thread once no service sends requests any longer.
private struct TransportService: Service {
    let transport: CurlTransport

    func run() async throws {
        try? await gracefulShutdown()
        transport.shutDown()
    }
}

extension ServiceGroup {
    /// Runs a group that listens on an address.
    ///
    /// - Throws: ``CommandFailure`` where the address cannot be listened on.
    func run(listeningOn listen: ListenConfig) async throws {
        let reason: String
        do {
            return try await run()
        } catch let error as IOError {
            reason = String(cString: strerror(error.errnoCode))
        } catch is SocketAddressError.UnknownHost {
            reason = "the name does not resolve to an address"
        }
        throw CommandFailure(.unreachable, "cannot listen on \(listen.address): \(reason)")
    }
}
