import Glibc
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import Logging
import NIOCore
import ServiceLifecycle
import Upstream

/// A request context that knows its connection.
struct PeerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's port: one per connection.
    let peer: Int

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress?.port ?? 0
    }
}

/// Runs a real server on a free port for as long as `body` runs.
///
/// The server is stopped gracefully: NIO ends the process if a server is cancelled while it accepts a
/// connection. The client's connections are closed first, since the server would wait for an idle HTTP/2
/// connection.
func withServer(
    for transport: CurlTransport, _ router: Router<PeerContext>, server: HTTPServerBuilder = .http1(),
    _ body: (_ port: Int) async throws -> Void
) async throws {
    let (ports, report) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let application = Application(
        router: router, server: server,
        configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { report.yield($0.localAddress?.port ?? 0) }, logger: logger)
    let service = ServiceGroup(
        configuration: ServiceGroupConfiguration(services: [application], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await service.run() }
        let port = await next(of: ports)
        var failure: (any Error)?
        do { try await body(port ?? 0) } catch { failure = error }
        transport.shutDown()
        await service.triggerGracefulShutdown()
        if let failure { throw failure }
    }
}

/// Answers `/peer` with the connection's name.
func peerRouter() -> Router<PeerContext> {
    let router = Router(context: PeerContext.self)
    router.get("peer") { _, context in "\(context.peer)" }
    return router
}

/// A file beside the tests.
func fixture(_ name: String) -> String {
    let here = #filePath
    return String(here[..<(here.lastIndex(of: "/") ?? here.startIndex)]) + "/Fixtures/" + name
}

/// The complete content of a file beside the tests; empty if it cannot be read.
func fixtureBytes(_ name: String) -> [UInt8] {
    guard let file = fopen(fixture(name), "rb") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return bytes
}

func tls(_ name: String) throws -> TLSConfiguration {
    let certificates = try NIOSSLCertificate.fromPEMFile(fixture("\(name).pem"))
    let key = try NIOSSLPrivateKey(file: fixture("\(name).key.pem"), format: .pem)
    return TLSConfiguration.makeServerConfiguration(
        certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
}

/// The error's code; nil if the exchange succeeded or failed otherwise.
func code(of exchange: () async throws -> UpstreamResponse) async -> UpstreamError.Code? {
    await error(of: exchange)?.code
}

func error(of exchange: () async throws -> UpstreamResponse) async -> UpstreamError? {
    do {
        _ = try await exchange()
        return nil
    } catch {
        return error as? UpstreamError
    }
}

extension UpstreamResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// The next element that a server reports; nil when it reports no more.
func next<Element: Sendable>(of events: AsyncStream<Element>) async -> Element? {
    for await event in events { return event }
    return nil
}
