import Glibc
import HTTPFront
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals
import Upstream

extension Assembly.Gateway {
    /// Serves until a signal; see ``services(after:host:port:drain:signals:logger:onRunning:)``.
    ///
    /// - Throws: ``CommandFailure`` where the address cannot be listened on.
    func serve(
        at listen: ListenConfig, logger: Logger, onRunning: @escaping @Sendable (Int?) async -> Void
    ) async throws {
        let group = services(host: listen.host, port: listen.port, logger: logger, onRunning: onRunning)
        try await group.run(listeningOn: listen.host, port: listen.port)
    }

    /// Everything that serves, as one group: run it until SIGTERM or SIGINT, or until it is told to stop.
    ///
    /// It ends in order: readiness first, then connections, then the refresher, then what `before` holds.
    /// Port 0 takes any free port; `onRunning` is told the one in use, once.
    func services(
        after before: [any Service] = [], host: String, port: Int, drain: Duration = .seconds(1),
        signals: Bool = true, logger: Logger, onRunning: @escaping @Sendable (Int?) async -> Void
    ) -> ServiceGroup {
        let front = makeFrontServer(
            state: state, config: frontConfig, host: host, port: port, logger: logger, onRunning: onRunning)
        // Services end in the reverse of this order.
        var configuration = ServiceGroupConfiguration(
            services: before + [
                transportService, refresher, front, Drain(readiness: readiness, pause: drain),
            ],
            gracefulShutdownSignals: signals ? [.sigterm, .sigint] : [],
            cancellationSignals: signals ? [.sigquit] : [], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        return ServiceGroup(configuration: configuration)
    }

    private var transportService: any Service { TransportService(transport: transport) }
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
    func run(listeningOn host: String, port: Int) async throws {
        do {
            try await run()
        } catch let error as IOError {
            let reason = String(cString: strerror(error.errnoCode))
            throw CommandFailure(.unreachable, "cannot listen on \(host):\(port): \(reason)")
        }
    }
}
