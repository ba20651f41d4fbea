import Deployments
package import Hummingbird
package import Logging
import NIOCore

/// Makes the HTTP/1.1 server in front of a ``FrontResponder``: a service that runs until it is stopped.
///
/// Port 0 takes any free port. `onRunning` is called once, as soon as connections are accepted, with the port in use
/// (nil if the address has none).
package func makeFrontServer(
    state: FrontState, config: FrontConfig, host: String, port: Int, logger: Logger,
    onRunning: @escaping @Sendable (Int?) async -> Void = { _ in }
) -> Application<FrontResponder> {
    // Made now, so that no request has to wait for it.
    ServedDocument.make()
    let requestIDs = RequestIDs()
    let rules = ConnectionRules(
        config: config, streams: state.streams, requestIDs: requestIDs, logger: logger)
    return Application(
        responder: FrontResponder(state: state, config: config, requestIDs: requestIDs, logger: logger),
        server: rules.builder,
        configuration: ApplicationConfiguration(
            address: .hostname(host, port: port), backlog: 1024,
            availableConnectionsDelegate: .maximum(rules.descriptorLimit, logger: logger)),
        onServerRunning: { channel in
            await rules.pauseAfterErrors(of: channel)
            await onRunning(channel.localAddress?.port)
        }, logger: logger)
}
