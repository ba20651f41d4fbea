package import HummingbirdCore
package import Logging
import NIOCore
import NIOHTTP1
import Wire

/// The connections of one server: their limits and deadlines, and the answers given before a request is complete.
package struct ConnectionRules: Sendable {
    let table: ConnectionTable
    let timeouts: ConnectionState.Timeouts
    let requestIDs: RequestIDs
    let logger: Logger
    private let config: FrontConfig
    private let slowClients: RateLimitedLog
    private let acceptErrors: RateLimitedLog

    /// `requestIDs` are for the answers that no responder gives; `logger` gets warnings, each kind at most once a minute.
    package init(
        config: FrontConfig, streams: ResponseStreams, requestIDs: RequestIDs = RequestIDs(), logger: Logger
    ) {
        self.config = config
        self.requestIDs = requestIDs
        self.logger = logger
        table = ConnectionTable(
            limits: ConnectionTable.Limits(
                connections: config.connectionLimit, perAddress: config.addressLimit,
                reserve: config.connectionReserve),
            logger: logger)
        timeouts = ConnectionState.Timeouts(
            idle: TimeAmount(config.idleTimeout), request: TimeAmount(config.requestTimeout),
            linger: .seconds(1), shutdown: TimeAmount(config.shutdownPatience), output: streams.limits)
        slowClients = RateLimitedLog(
            .warning, "clients were too slow; their connections are closed", logger: logger)
        acceptErrors = RateLimitedLog(
            .warning, "connections cannot be accepted; trying again", logger: logger)
    }

    /// The network whose connections are counted; nil for loopback and for trusted proxies.
    func countedNetwork(of address: SocketAddress?) -> ClientAddress? {
        guard let client = address.flatMap(ClientAddress.init), !client.isLoopback,
            !config.proxies.contains(where: { $0.contains(client) })
        else { return nil }
        return client.network
    }

    /// The value of `Vary`.
    var vary: String { config.crossOriginReading.vary }

    /// The answer on a connection beyond the limits.
    func overloaded(for head: HTTPRequestHead) -> Problem {
        var problem = Problem.overloaded
        if [.GET, .HEAD, .OPTIONS].contains(head.method) {
            config.crossOriginReading.add(to: &problem.headers, forOrigin: head.headers.first(name: "Origin"))
        }
        return problem
    }

    /// Notes a client that lost its connection because it was too slow.
    func noteSlowClient(_ reason: String) { slowClients.note(["reason": "\(reason)"]) }

    /// The most connections at a time: those of the limit, the reserve, and those that are just giving way.
    var descriptorLimit: Int {
        config.connectionLimit + config.connectionReserve + max(1, min(32, config.connectionReserve / 2))
    }

    /// Pauses a server for a tenth of a second whenever it cannot accept a connection.
    ///
    /// NIO's own handler delays only its next request to read; but the one that failed is still pending, and its event
    /// loop tries it again without a pause.
    func pauseAfterErrors(of server: any Channel) async {
        let log = acceptErrors
        try? await server.eventLoop.submit {
            try server.pipeline.syncOperations.addHandler(AcceptPause(log: log), position: .first)
        }.get()
    }

    /// Makes the server's connections.
    package var builder: HTTPServerBuilder {
        HTTPServerBuilder { [self] responder in
            // A target or headers beyond our limits are answered with a problem up to twice the limit. Beyond that the
            // parser fails.
            let http = HTTP1Channel(
                responder: responder,
                configuration: .init(
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 2 * max(config.targetLimitBytes, config.headerLimitBytes),
                        maxHeaderListSize: 2 * (config.targetLimitBytes + config.headerLimitBytes),
                        maxHeaderFieldCount: 200)))
            return FrontChannel(http: http, rules: self)
        }
    }
}

/// A connection with the handlers of ``ConnectionRules`` on both sides of the HTTP parser.
private struct FrontChannel: ServerChildChannel {
    let http: HTTP1Channel
    let rules: ConnectionRules

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { [rules] value in
            let pipeline = channel.pipeline.syncOperations
            let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let connection = ConnectionHandler(rules: rules)
            try pipeline.addHandler(connection, position: .after(parser))
            try pipeline.addHandler(ByteMeter(connection), position: .first)
            Self.limitUnsentBytes(of: channel)
            return value
        }
    }

    /// Lets the kernel hold at most 128 KiB that it has not sent, instead of megabytes.
    ///
    /// So clients that do not read cost little memory, and are soon noticed. What is on its way is not limited.
    private static func limitUnsentBytes(of channel: any Channel) {
        // TCP_NOTSENT_LOWAT of Linux.
        let option = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 25))
        try? channel.syncOptions?.setOption(option, value: 128 * 1024)
    }

    @concurrent
    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}

/// Stops a server from accepting for a moment after an error, such as a lack of file descriptors.
private final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let log: RateLimitedLog

    init(log: RateLimitedLog) { self.log = log }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else {
            context.fireErrorCaught(error)
            return
        }
        log.note(["reason": "\(error)"])
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .milliseconds(100)) {
            channel.setOption(.autoRead, value: true).whenFailure { _ in }
        }
    }
}
