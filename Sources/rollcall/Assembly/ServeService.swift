import Glibc
import HTTPFront
import Logging
import NIOCore
import Refresh
import ServiceLifecycle
import UnixSignals
import Upstream

extension Assembly.Gateway {
    /// Serves until a signal; see ``services(host:port:drain:signals:hangups:logger:onRunning:)``.
    ///
    /// - Throws: ``CommandFailure`` where the address cannot be listened on.
    func serve(
        at listen: ListenConfig, hangups: ReloadSignals, logger: Logger,
        onRunning: @escaping @Sendable (Int?) async -> Void
    ) async throws {
        let group = services(
            host: listen.host, port: listen.port, hangups: hangups, logger: logger, onRunning: onRunning)
        try await group.run(listeningOn: listen)
    }

    /// Everything that serves, as one group: run it until SIGTERM or SIGINT, or until it is told to stop.
    ///
    /// It ends in order: readiness first, then connections, then the refresher, then libcurl's thread.
    /// Port 0 takes any free port; `onRunning` is told the one in use, once.
    func services(
        host: String, port: Int, drain: Duration = .seconds(1),
        signals: Bool = true, hangups: ReloadSignals? = nil, logger: Logger,
        onRunning: @escaping @Sendable (Int?) async -> Void
    ) -> ServiceGroup {
        let (listening, isListening) = AsyncStream.makeStream(of: Never.self)
        let front = makeFrontServer(
            state: state, config: frontConfig, host: host, port: port, logger: logger
        ) { port in
            isListening.finish()
            await onRunning(port)
        }
        // Services end in the reverse of this order.
        var services: [any Service] = [
            transportService, InBackground(service: ReleaseService(queue: refresher.releaseQueue)),
            OnceListening(listening: listening, service: refresher), front,
            Drain(readiness: readiness, pause: drain),
        ]
        if let hangups { services.append(hangups) }
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: signals ? [.sigterm, .sigint] : [],
            cancellationSignals: signals ? [.sigquit] : [], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        return ServiceGroup(configuration: configuration)
    }

    private var transportService: any Service { TransportService(transport: transport) }
}

/// Begins when the gateway can be reached: one whose port is taken must not spend the platforms' budgets.
private struct OnceListening<Then: Service>: Service {
    /// Ends when connections are accepted.
    let listening: AsyncStream<Never>
    let service: Then

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in listening {}
        }
        // Told to stop before it listened: what has not begun need not.
        guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
        try await service.run()
    }
}

/// Gives back the memory of lists that nobody reads any more.
private struct ReleaseService: Service {
    let queue: ReleaseQueue

    func run() async throws { await queue.run(clock: ContinuousClock()) }
}

/// Ends first: takes readiness away, and gives balancers a moment to see it before connections end.
private struct Drain: Service {
    let readiness: Readiness
    let pause: Duration

    func run() async throws {
        try? await gracefulShutdown()
        readiness.beginShutdown()
        try? await Task.sleep(for: pause)
    }
}

/// Ends libcurl's thread once nobody asks any more.
private struct TransportService: Service {
    let transport: CurlTransport

    func run() async throws {
        try? await gracefulShutdown()
        transport.shutDown()
    }
}

extension ServiceGroup {
    /// Runs a group that listens there.
    ///
    /// - Throws: ``CommandFailure`` where the address cannot be listened on.
    func run(listeningOn listen: ListenConfig) async throws {
        let reason: String
        do {
            return try await run()
        } catch let error as IOError {
            reason = String(cString: strerror(error.errnoCode))
        } catch is SocketAddressError.UnknownHost {
            reason = "no address of this name is known"
        }
        throw CommandFailure(.unreachable, "cannot listen on \(listen.address): \(reason)")
    }
}
