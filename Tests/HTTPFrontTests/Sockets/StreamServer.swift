import Deployments
import HTTPFront
import Hummingbird
import HummingbirdTesting
import Logging
import ServiceLifecycle
import Snapshots
import Wire

/// A front with a list of forty megabytes, behind its real server.
final class StreamServer: Sendable {
    static let rowCount = 4000
    static let all = "/v1/deployments?format=ndjson&include=native"

    /// The bodies that the front writes.
    let bodies = ObservedBodies()
    private let live = Latest(StreamServer.standard)
    private let group: ServiceGroup
    private let ports: AsyncStream<Int?>
    private let (ending, end) = AsyncStream.makeStream(of: Never.self)

    init(
        _ change: (inout ResponseStreams.Limits) -> Void = { _ in },
        config changeConfig: (inout FrontConfig) -> Void = { _ in }
    ) {
        let streams = ResponseStreams(change)
        let state = FrontState(
            published: { [live] in live.value }, now: { time(1000) },
            readiness: Readiness(startedAt: time(1000)), freshness: FixedLists(), streams: streams)
        let (ports, port) = AsyncStream.makeStream(of: Int?.self)
        self.ports = ports
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var config = FrontConfig(access: AccessPolicy())
        changeConfig(&config)
        let front = FrontResponder(state: state, config: config, logger: logger)
        let server = Application(
            responder: ObservedResponder(base: front, bodies: bodies),
            server: ConnectionRules(config: config, streams: streams, logger: logger).builder,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in port.yield(channel.localAddress?.port) }, logger: logger)
        group = ServiceGroup(configuration: .init(services: [server], logger: logger))
    }

    private static let standard = published(0)

    /// Publishes new rows in place of all others, of a source that may show what `exposure` stands for.
    @discardableResult
    func publish(_ number: Int, exposure: Int = 0) -> HeldRows {
        var published = Self.published(number)
        published.number = number
        published.sources[0].exposure = exposure
        live.replace(with: published)
        return HeldRows(published.snapshot.lists[0])
    }

    /// Each row's native record is ten kilobytes; they share one array.
    private static func published(_ publication: Int) -> Published {
        let native = Array(("{\"x\":\"" + String(repeating: "0123456789", count: 1000) + "\"}").utf8)
        let listed = (0..<rowCount).map { number in
            var record = SourceDescription.research.record(uid: "research/\(10_000 + number)")
            record.name = "row \(publication).\(number)"
            return record.replacing(history: nil, native: native)
        }
        return HTTPFrontTests.published(listed, of: .research, id: "s\(publication)")
    }

    /// Serves while `body` runs, and stops gracefully afterwards.
    func running(_ body: (_ port: Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await self.group.run()
                self.end.finish()
            }
            if let port = await ports.first(where: { _ in true }), let port { try await body(port) }
            await group.triggerGracefulShutdown()
        }
    }

    /// Serves while `body` runs, with a reader that has requested every row, once the streams are as awaited.
    func requested(
        _ method: String = "GET", _ headers: [String] = [],
        once condition: (@Sendable (ObservedBodies.Streams) -> Bool)? = nil,
        _ body: (_ reader: RawReader, _ port: Int) async throws -> Void
    ) async throws {
        try await running { port in
            let reader = try await RawReader.connect(to: port)
            try await reader.request(method, Self.all, headers)
            if let condition { try await awaiting(port, condition) }
            try await body(reader, port)
        }
    }

    /// Tells the server to stop once all requests are answered.
    func stop() async { await group.triggerGracefulShutdown() }

    /// Returns when the server has stopped.
    func ended() async { for await _ in ending {} }

    /// Sends other requests again and again until the streams are as awaited.
    func awaiting(
        _ port: Int, _ condition: @escaping @Sendable (ObservedBodies.Streams) -> Bool
    ) async throws {
        try await withPatientClient(of: port) { [bodies] client in
            while !condition(bodies.streams) { _ = try await client.get("/healthz") }
        }
    }
}
