import Deployments
import HTTPFront
import Hummingbird
import HummingbirdTesting
import Logging
import ServiceLifecycle
import TestSupport
import Wire

/// A front with a few rows behind its real server, whose limits and deadlines a test sets.
final class ConnectionServer: Sendable {
    /// Its warnings.
    let log = LogLines()
    private let group: ServiceGroup
    private let ports: AsyncStream<Int?>
    private let (ending, end) = AsyncStream.makeStream(of: Never.self)

    init(
        _ change: (inout FrontConfig) -> Void = { _ in },
        streams: (inout ResponseStreams.Limits) -> Void = { _ in }
    ) {
        let published = examplePublished()
        let state = FrontState(
            published: { published }, now: { time(1000) }, readiness: Readiness(startedAt: time(1000)),
            freshness: FixedLists(), streams: ResponseStreams(streams))
        var config = FrontConfig(access: AccessPolicy())
        change(&config)
        let (ports, port) = AsyncStream.makeStream(of: Int?.self)
        self.ports = ports
        let logger = log.logger(.warning)
        let server = makeFrontServer(
            state: state, config: config, host: "127.0.0.1", port: 0, logger: logger
        ) { port.yield($0) }
        group = ServiceGroup(configuration: .init(services: [server], logger: logger))
    }

    /// Serves while `body` runs, and stops gracefully afterwards.
    func running(_ body: (_ port: Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await self.group.run()
                self.end.finish()
            }
            do {
                if let port = await ports.first(where: { _ in true }), let port { try await body(port) }
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
        }
    }

    /// Tells the server to stop.
    func stop() async { await group.triggerGracefulShutdown() }

    /// Returns when the server has stopped.
    func ended() async { for await _ in ending {} }

    /// The answer to one text, which is sent at once, up to the end of the connection.
    func answer(to text: String) async throws -> String {
        var answer = ""
        try await running { port in
            let reader = try await RawReader.connect(to: port)
            try await reader.send(text)
            answer = String(decoding: try await reader.readToEnd(), as: UTF8.self)
        }
        return answer
    }

    /// Asks for `/healthz` on new connections, which has to be answered each time, until `condition` is true.
    func healthy(at port: Int, until condition: () async throws -> Bool) async throws {
        while true {
            try await requireHealth(at: port)
            if try await condition() { return }
        }
    }

    private func requireHealth(at port: Int) async throws {
        let (status, _) = try await get("/healthz", at: port)
        guard status == 200 else { throw NotHealthy(status: status) }
    }

    /// The status and the body of an answer on a connection of its own.
    func get(
        _ target: String, _ headers: [String] = [], at port: Int
    ) async throws -> (status: Int, body: String) {
        let reader = try await RawReader.connect(to: port)
        try await reader.request("GET", target, headers + ["Connection: close"])
        let text = String(decoding: try await reader.readToEnd(), as: UTF8.self)
        let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (status ?? 0, text)
    }

    /// The probe of a load balancer failed; 0: there was no answer.
    struct NotHealthy: Error { var status: Int }
}
