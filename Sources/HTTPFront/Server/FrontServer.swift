import Deployments
package import Hummingbird
package import Logging
import NIOCore
import Wire

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
    // A target or headers beyond our limits are answered with a problem up to twice the limit. Beyond that the parser
    // fails, and the connection ends with a 400 that has no body.
    return Application(
        responder: FrontResponder(state: state, config: config, logger: logger),
        server: .http1(
            configuration: .init(
                idleTimeout: .microseconds(config.idleTimeout.microseconds),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 2 * max(config.targetLimitBytes, config.headerLimitBytes),
                    maxHeaderListSize: 2 * (config.targetLimitBytes + config.headerLimitBytes),
                    maxHeaderFieldCount: 200))),
        configuration: ApplicationConfiguration(
            address: .hostname(host, port: port),
            availableConnectionsDelegate: .maximum(config.connectionLimit, logger: logger)),
        onServerRunning: { channel in await onRunning(channel.localAddress?.port) }, logger: logger)
}
