import Adapters
import Deployments
import Glibc
import Synchronization
import TestSupport
import Testing
import Upstream

/// Updates over real connections that fail in every way; the platform's effects are counted.
@Suite(.timeLimit(.minutes(10))) struct UpdateSocketTests {
    private let transport = CurlTransport()

    private func send(to port: Int, totalTimeout: Duration = .seconds(500)) async throws -> UpdateResult {
        let source = try UpdateFile.file().source(transport, base: "http://127.0.0.1:\(port)/cloud") {
            $0.retries = 3
            $0.connection.totalTimeout = totalTimeout
        }
        return await source.send(try source.plan(UpdateFile.patch, of: UpdateFile.row()))
    }

    static let faults: [(deed: PlatformDouble.Deed, ending: Ending)] = [
        (.closesAtOnce, .unknown(.unreachable)), (.closes, .unknown(.unreachable)),
        (.resets, .unknown(.unreachable)), (.hangs, .unknown(.timeout)),
        (.answers("SSH-2.0-OpenSSH_9.2\r\n"), .unknown(.badResponse)),
        (.answers("HTTP/1.1 201 Created\r\nContent-Le"), .unknown(.badResponse)),
        (.answers("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"), .applied),
        (.answers("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"), .applied),
        (.answers("HTTP/1.1 201 Created\r\nContent-Length: 9000000\r\n\r\n"), .applied),
        (.answers("HTTP/1.1 422 No\r\nContent-Length: 100\r\n\r\n{"), .refused(.rejected)),
        (.answers("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"), .unknown(.serverError)),
        (
            .answers("HTTP/1.1 307 Moved\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"),
            .refused(.badResponse)
        ),
        (
            .answers("HTTP/1.1 308 Moved\r\nLocation: https://other.example/\r\nContent-Length: 0\r\n\r\n"),
            .refused(.badResponse)
        ),
        (
            .answers("HTTP/1.1 303 See\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"),
            .unknown(.badResponse)
        ),
    ]

    @Test(arguments: faults.indices) func everyFaultEndsInOneOutcomeAndAtMostOneEffect(_ index: Int)
        async throws
    {
        let (deed, expected) = Self.faults[index]
        let platform = try PlatformDouble(deed)
        let result = try await send(
            to: platform.port, totalTimeout: deed == .hangs ? .milliseconds(400) : .seconds(500))
        #expect(Ending(result) == expected, "\(deed): \(result)")
        #expect(platform.connections == 1, "\(deed)")
        #expect(platform.effects == (deed == .closesAtOnce ? 0 : 1), "\(deed)")
    }

    @Test func aPlatformThatIsNotThereIsNotReached() async throws {
        var platform: PlatformDouble? = try PlatformDouble(.closes)
        let port = try #require(platform?.port)
        platform = nil
        #expect(Ending(try await send(to: port)) == .notSent(.unreachable))
    }

    @Test func aCanceledCallerGetsTheOutcomeAllTheSame() async throws {
        let platform = try PlatformDouble(.answers("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"))
        let sending = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await send(to: platform.port)
        }
        #expect(Ending(try await sending.value) == .applied)
        #expect(platform.effects == 1)
    }
}

/// A listener on loopback that does one thing with each connection; it ends with the last reference.
final class PlatformDouble: Sendable {
    /// What it does with a connection.
    enum Deed: Sendable, Equatable {
        case closesAtOnce
        /// Reads the request, and closes.
        case closes
        case resets, hangs
        /// Reads the request, writes this, and closes.
        case answers(String)
    }

    let port: Int
    private let listener: Int32
    private let counts = Counts()

    private final class Counts: Sendable {
        let connections = Atomic<Int>(0)
        let effects = Atomic<Int>(0)
    }

    struct NoSocket: Error {}

    /// The connections so far.
    var connections: Int { counts.connections.load(ordering: .sequentiallyConsistent) }
    /// The complete requests so far.
    var effects: Int { counts.effects.load(ordering: .sequentiallyConsistent) }

    init(_ deed: Deed) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard listener >= 0, isBound else { throw NoSocket() }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        let counts = counts
        onThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                counts.connections.add(1, ordering: .sequentiallyConsistent)
                Self.serve(connection, deed, counts)
                close(connection)
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func serve(_ connection: Int32, _ deed: Deed, _ counts: Counts) {
        guard deed != .closesAtOnce else { return }
        var request: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        // The body of these requests ends in two braces.
        while !request.suffix(2).elementsEqual("}}".utf8) {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            request += chunk[..<count]
        }
        counts.effects.add(1, ordering: .sequentiallyConsistent)
        switch deed {
        case .closesAtOnce, .closes: break
        case .resets:
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        case .hangs: while recv(connection, &chunk, chunk.count, 0) > 0 {}
        case .answers(let text):
            let bytes = Array(text.utf8)
            Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }
}

/// Blocking calls keep off the cooperative pool.
private func onThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    pthread_create(
        &thread, nil,
        { context in
            if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
            return nil
        }, Unmanaged.passRetained(Box(body)).toOpaque())
    pthread_detach(thread)
}
