import Deployments
import Foundation
import HTTPFront
import Hummingbird
import Logging
import Snapshots
import TestSupport
import Testing
import Wire

/// nginx with the buffers that it has by default, in front of a gateway with 200 sources: it answers 502 if the headers
/// of an answer are more than 4 KB.
@Suite(
    .timeLimit(.minutes(10)),
    .enabled(if: Nginx.path != nil, "nginx is not installed: ./deploy/setup.sh nginx-light"))
struct NginxProcessTests {
    enum Standing: CaseIterable {
        case up, down, gone

        func status(_ number: Int) -> SourceStatus {
            // As long as a name may be.
            let name = "source-\(number)-" + String(repeating: "x", count: 50)
            let source = SourceDescription.example(name)
            let listed = SourceStatus.listed(source, count: 1)
            return switch self {
            case .up: listed
            case .down: listed.failing(.rateLimited, "429")
            case .gone: SourceStatus.unlisted(source).failing(.badResponse, "not a list")
            }
        }
    }

    private func published(_ standing: Standing) -> Published {
        let statuses = (0..<200).map(standing.status)
        let lists = statuses.map { status in
            SourceRows(
                source: status.source,
                listed: [
                    status.source.record(uid: ModelDeployment.uid(source: status.source.name, key: ["a"]))
                ])
        }
        return Published(
            snapshot: Snapshot(id: "s1", publishedAt: time(991), lists: standing == .gone ? [] : lists),
            sources: statuses)
    }

    @Test(arguments: Standing.allCases) func everyAnswerPasses(_ standing: Standing) async throws {
        let published = published(standing)
        let state = FrontState(
            published: { published }, now: { time(1000) }, readiness: Readiness(startedAt: time(1000)),
            freshness: FixedLists())
        var config = FrontConfig(access: AccessPolicy())
        config.crossOriginReading = CrossOriginReading(
            from: ["https://app.example.com"].compactMap { Origin($0) })
        let (ports, port) = AsyncStream.makeStream(of: Int?.self)
        let server = makeFrontServer(
            state: state, config: config, host: "127.0.0.1", port: 0,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { port.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let port = try #require(await ports.first { _ in true } ?? nil)
            try await Nginx.inFront(of: port) { socket in try await exchange(standing, through: socket) }
            group.cancelAll()
        }
    }

    private func exchange(_ standing: Standing, through socket: String) async throws {
        let fields = (0..<40).map { "labels.key\($0)" }.joined(separator: ",")
        let status = standing == .gone ? "503" : "200"
        for (target, expected) in [
            ("/v1/deployments", status), ("/v1/deployments?max_age=0&page_size=1&fields=\(fields)", status),
            ("/v1/deployments?format=csv", status), ("/v1/deployments?format=ndjson&page_size=1", status),
            ("/v1/summary?group_by=status", status), ("/v1/sources", "200"), ("/healthz", "200"),
        ] {
            for method in ["GET", "HEAD"] {
                let reader = try await RawReader.connect(toSocket: socket)
                try await reader.request(
                    method, target,
                    [
                        "Connection: close", "Origin: https://app.example.com",
                        "X-Request-Id: \(String(repeating: "r", count: 64))",
                    ])
                let response = try #require(RawResponse(try await reader.readToEnd()))
                #expect(
                    response.head.hasPrefix("HTTP/1.1 \(expected) "), "\(method) \(target): \(response.head)")
                #expect(response.isComplete || method == "HEAD")
            }
        }
    }
}

/// An nginx of a test's own, which listens on a socket in the file system.
enum Nginx {
    static let path = ["/usr/sbin/nginx", "/usr/bin/nginx"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Runs `body` with the path of the socket; what is sent there goes to a port of loopback.
    static func inFront(of port: Int, _ body: (_ socket: String) async throws -> Void) async throws {
        let folder = URL(filePath: "/tmp/rollcall-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let socket = folder.appending(path: "socket").path
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
            "\($0)_temp_path \(folder.path)/\($0);"
        }
        let user = NSUserName()
        let configuration = """
            \(getuid() == 0 ? "user \(user);" : "")
            daemon off; worker_processes 1; pid \(folder.path)/pid; error_log stderr crit;
            events {}
            http {
                access_log off; \(paths.joined(separator: " "))
                server { listen unix:\(socket); location / { proxy_pass http://127.0.0.1:\(port); } }
            }
            """
        let file = folder.appending(path: "nginx.conf")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: try #require(path))
        process.arguments = ["-p", folder.path, "-c", file.path]
        let (ended, end) = AsyncStream.makeStream(of: Never.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        var result: Result<Void, any Error> = .success(())
        do {
            // It listens a moment after it has started.
            while true {
                try #require(process.isRunning)
                guard let reader = try? await RawReader.connect(toSocket: socket) else {
                    await Task.yield()
                    continue
                }
                try await reader.close()
                break
            }
            try await body(socket)
        } catch {
            result = .failure(error)
        }
        process.terminate()
        for await _ in ended {}
        try result.get()
    }
}
