import TestSupport
import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct CancellationTests {
    /// Reports a request and the close by its peer, and never answers.
    private func silent(_ report: AsyncStream<String>.Continuation) throws -> RawServer {
        try RawServer { connection in
            _ = connection.readRequest()
            report.yield("asked")
            connection.waitForClose()
            report.yield("closed")
        }
    }

    private static let patient = ConnectionOptions(totalTimeout: .seconds(50))

    @Test func aCancelledRequestFreesItsHandleAndClosesItsConnection() async throws {
        let (events, report) = AsyncStream.makeStream(of: String.self)
        let server = try silent(report)
        let transport = CurlTransport()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await transport.send(UpstreamRequest(url: server.url, options: Self.patient))
                }
                #expect(transport.liveHandles == 0)
            }
            #expect(await next(of: events) == "asked")
            #expect(transport.liveHandles == 1)
            group.cancelAll()
            await group.waitForAll()
        }
        #expect(await next(of: events) == "closed")
    }

    @Test func aRequestOfACancelledTaskIsNotSent() async throws {
        let server = try RawServer { _ in }
        let transport = CurlTransport()
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await transport.send(UpstreamRequest(url: server.url))
                }
            }
        }
        #expect(server.connections == 0)
    }

    @Test func aRequestThatWaitsForAConnectionIsCancelledToo() async throws {
        let (events, report) = AsyncStream.makeStream(of: String.self)
        let server = try silent(report)
        let transport = CurlTransport(maximumConnections: 1)
        await withTaskGroup(of: Void.self) { group in
            for _ in 1...5 {
                group.addTask {
                    _ = try? await transport.send(UpstreamRequest(url: server.url, options: Self.patient))
                }
            }
            #expect(await next(of: events) == "asked")
            group.cancelAll()
        }
        #expect(transport.liveHandles == 0)
    }

    @Test func cancelledAtAnyMomentEveryRequestEndsOnce() async throws {
        let server = try RawServer(answering: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let transport = CurlTransport(maximumConnections: 4)
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let cutAt = (0..<20).map { _ in Int(generator.next() % 10) }
        for cut in cutAt {
            let ended = await withTaskGroup(of: Bool.self) { group in
                for _ in 1...10 {
                    group.addTask {
                        do {
                            return try await transport.send(UpstreamRequest(url: server.url)).text == "ok"
                        } catch {
                            return error is CancellationError
                        }
                    }
                }
                var ended: [Bool] = []
                for await one in group {
                    ended.append(one)
                    if ended.count >= cut { group.cancelAll() }
                }
                return ended
            }
            #expect(ended == Array(repeating: true, count: 10), "seed \(seed)")
            #expect(transport.liveHandles == 0, "seed \(seed)")
        }
    }

    @Test func shutDownFailsWhatIsPendingAndWhatComesAfter() async throws {
        let (events, report) = AsyncStream.makeStream(of: String.self)
        let server = try silent(report)
        let transport = CurlTransport()
        let request = UpstreamRequest(url: server.url, options: Self.patient)
        var shut = UpstreamError(code: .unreachable, detail: "the transport is shut down: \(server.url)")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [shut] in #expect(await error { try await transport.send(request) } == shut) }
            #expect(await next(of: events) == "asked")
            transport.shutDown()
            await group.waitForAll()
        }
        #expect(await next(of: events) == "closed")
        #expect(transport.liveHandles == 0)
        transport.shutDown()
        shut.isUnsent = true
        #expect(await error { try await transport.send(request) } == shut)
    }

    @Test func aTransportThatNobodyHoldsClosesItsConnections() async throws {
        let (events, report) = AsyncStream.makeStream(of: String.self)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.waitForClose()
            report.yield("closed")
        }
        do {
            let transport = CurlTransport()
            #expect(try await transport.send(UpstreamRequest(url: server.url)).text == "ok")
        }
        #expect(await next(of: events) == "closed")
    }

    @Test func aWaitingThreadDoesNotSpin() async throws {
        let server = try RawServer { $0.waitForClose() }
        let transport = CurlTransport()
        let options = ConnectionOptions(totalTimeout: .milliseconds(400))
        #expect(
            await code { try await transport.send(UpstreamRequest(url: server.url, options: options)) }
                == .timedOut)
        // Connecting, sending and libcurl's own timers take some; a thread that spins makes many thousands.
        #expect(transport.wakeups < 60)
    }
}
