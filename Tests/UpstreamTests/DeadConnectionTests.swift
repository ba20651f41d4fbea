import Glibc
import Synchronization
import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct DeadConnectionTests {
    let transport = CurlTransport()

    private func hasty(_ request: UpstreamRequest) -> UpstreamRequest {
        var request = request
        request.options.totalTimeout = .milliseconds(200)
        return request
    }

    private func patient(_ request: UpstreamRequest) -> UpstreamRequest {
        var request = request
        request.options.totalTimeout = .seconds(500)
        return request
    }

    @Test func afterATimeoutNoRequestUsesTheDeadConnectionEvenWhileOthersWaitOnIt() async throws {
        let (arrivals, report) = AsyncStream.makeStream(of: UInt32.self)
        try await withHTTP2(for: transport) { connection, stream in
            report.yield(stream)
            // The first connection answers once, and then nothing.
            return connection == 1 && stream > 1 ? [] : [.answer(200, "\(connection)")]
        } _: { request async throws in
            #expect(try await transport.send(request).text == "1")
            #expect(await next(of: arrivals) == 1)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await transport.send(patient(request)) }
                #expect(await next(of: arrivals) == 3)
                #expect(await code { try await transport.send(hasty(request)) } == .timedOut)
                for _ in 1...3 {
                    let answer = try await transport.send(request).text
                    #expect(answer != "1")
                }
                group.cancelAll()
            }
            let last = try await transport.send(request).text
            #expect(try await transport.send(request).text == last)
        }
    }

    @Test func aRequestThatIsCancelledWhileItWaitsLeavesTheDeadConnectionToo() async throws {
        let (arrivals, report) = AsyncStream.makeStream(of: UInt32.self)
        try await withHTTP2(for: transport) { connection, stream in
            report.yield(stream)
            return connection == 1 && stream > 1 ? [] : [.answer(200, "\(connection)")]
        } _: { request async throws in
            #expect(try await transport.send(request).text == "1")
            #expect(await next(of: arrivals) == 1)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await transport.send(patient(request)) }
                #expect(await next(of: arrivals) == 3)
                group.cancelAll()
            }
            #expect(try await transport.send(request).text == "2")
        }
    }

    /// Answers with the connection's number; `/slow` when released, `/dead` never.
    private func numbering(
        _ isReleased: Flag, _ report: AsyncStream<String>.Continuation
    ) throws -> RawServer {
        let accepted = Counted()
        return try RawServer { connection in
            let number = "\(accepted.add())"
            while let request = connection.readRequest() {
                report.yield(number)
                if request.contains("/dead") { return connection.waitForClose() }
                while request.contains("/slow"), !isReleased.value { connection.pause() }
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(number.utf8.count)\r\n\r\n\(number)")
            }
        }
    }

    @Test func afterATimeoutNoIdleConnectionOfTheSameOriginIsUsed() async throws {
        let isReleased = Flag()
        let (arrivals, report) = AsyncStream.makeStream(of: String.self)
        let server = try numbering(isReleased, report)
        let origin = "http://127.0.0.1:\(server.port)"
        async let slow = transport.send(patient(UpstreamRequest(url: "\(origin)/slow"))).text
        #expect(await next(of: arrivals) == "1")
        #expect(try await transport.send(UpstreamRequest(url: "\(origin)/a")).text == "2")
        isReleased.set()
        #expect(try await slow == "1")
        // Two connections are idle now; one of them turns out to be dead.
        let dead = hasty(UpstreamRequest(url: "\(origin)/dead"))
        #expect(await code { try await transport.send(dead) } == .timedOut)
        #expect(try await transport.send(UpstreamRequest(url: "\(origin)/a")).text == "3")
        #expect(try await transport.send(UpstreamRequest(url: "\(origin)/a")).text == "3")
        #expect(server.connections == 3)
    }

    @Test func aConnectionBeyondItsLifeCarriesNoNewRequest() async throws {
        let transport = CurlTransport(connectionLifetime: .zero)
        let (_, report) = AsyncStream.makeStream(of: String.self)
        let server = try numbering(Flag(), report)
        for number in 1...3 {
            #expect(try await transport.send(UpstreamRequest(url: server.url)).text == "\(number)")
        }
        #expect(server.connections == 3)
    }

    @Test func aConnectionBeyondItsLifeEndsWhatItHasBegun() async throws {
        let transport = CurlTransport(connectionLifetime: .zero)
        let (arrivals, report) = AsyncStream.makeStream(of: Int.self)
        try await withHTTP2(for: transport) { connection, _ in
            report.yield(connection)
            return connection == 1 ? [] : [.answer(200, "\(connection)")]
        } _: { request async throws in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await transport.send(patient(request)) }
                #expect(await next(of: arrivals) == 1)
                for number in 2...3 {
                    let answer = try? await transport.send(request).text
                    #expect(answer == "\(number)")
                }
                #expect(transport.liveHandles == 1)
                group.cancelAll()
            }
        }
    }

    @Test func idleConnectionsAreKeptAliveByTheKernel() async throws {
        let server = try RawServer(answering: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        _ = try await transport.send(UpstreamRequest(url: server.url))
        let settings = keepAlive(ofConnectionsTo: server.port)
        #expect(settings.map { [$0.isOn, $0.idle, $0.interval] } == [[1, 30, 10]])
    }

    @Test func aReusedConnectionThatClosesIsReplacedOnlyIfPermitted() async throws {
        let resends = Counted()
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            // Takes the second request, and closes without a word.
            _ = connection.readRequest()
        }
        var request = UpstreamRequest(url: server.url)
        _ = try await transport.send(request)
        request.mayResend = {
            resends.add()
            return true
        }
        #expect(try await transport.send(request).text == "ok")
        #expect(resends.value == 1)
        request.mayResend = { false }
        let failure = await error { try await transport.send(request) }
        #expect(failure?.code == .unreachable)
        #expect(failure?.detail == "the connection was closed before a response: \(server.url)")
        request.mayResend = nil
        #expect(try await transport.send(request).text == "ok")
        #expect(transport.liveHandles == 0)
    }
}

/// A mark that any thread may set.
private final class Flag: Sendable {
    private let isSet = Mutex(false)

    func set() { isSet.withLock { $0 = true } }

    var value: Bool { isSet.withLock { $0 } }
}

/// The keepalive settings of this process's connections to a port on loopback.
private func keepAlive(ofConnectionsTo port: Int) -> [(isOn: Int32, idle: Int32, interval: Int32)] {
    (Int32(3)..<1024).compactMap { descriptor in
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getpeername(descriptor, address, &size) == 0
            }
        }
        guard isConnected, address.sin_family == sa_family_t(AF_INET),
            Int(UInt16(bigEndian: address.sin_port)) == port
        else { return nil }
        func option(_ level: Int32, _ name: Int32) -> Int32 {
            var value: Int32 = -1
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, level, name, &value, &size)
            return value
        }
        let tcp = Int32(IPPROTO_TCP)
        return (option(SOL_SOCKET, SO_KEEPALIVE), option(tcp, TCP_KEEPIDLE), option(tcp, TCP_KEEPINTVL))
    }
}
