import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct DeadlineTests {
    let transport = CurlTransport()
    let short = ConnectionOptions(totalTimeout: .milliseconds(200))

    /// Fails if the exchange takes more than a minute, whatever ended it.
    private func expectTimeout(_ request: UpstreamRequest, _ detail: String) async {
        let start = ContinuousClock.now
        let failure = await error { try await transport.sendFollowingRedirect(request) }
        #expect(failure?.code == .timedOut)
        #expect(failure?.detail.hasPrefix(detail) == true)
        #expect(failure?.isConnecting == detail.hasPrefix("no connection"))
        #expect(start.duration(to: .now) < .seconds(60))
        #expect(transport.liveHandles == 0)
    }

    @Test func aServerThatDoesNotAnswer() async throws {
        let server = try RawServer { $0.waitForClose() }
        await expectTimeout(
            UpstreamRequest(url: server.url, options: short), "no complete response within 0.2 seconds")
    }

    @Test func aServerThatDripsItsBody() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            // It always moves, and never ends before the deadline.
            while connection.write("drip") { connection.pause() }
        }
        var options = short
        options.bodyLimitBytes = .max
        await expectTimeout(
            UpstreamRequest(url: server.url, options: options), "no complete response within 0.2 seconds")
    }

    @Test func aServerThatNeverFinishesItsHandshake() async throws {
        let server = try RawServer { $0.waitForClose() }
        let options = ConnectionOptions(connectTimeout: .milliseconds(200), totalTimeout: .seconds(10))
        let request = UpstreamRequest(url: "https://127.0.0.1:\(server.port)/", options: options)
        await expectTimeout(request, "no connection within 0.2 seconds")
    }

    @Test func aRedirectDoesNotStartTheClockAgain() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n")
            connection.waitForClose()
        }
        await expectTimeout(
            UpstreamRequest(url: server.url, options: short), "no complete response within 0.2 seconds")
    }

    @Test func aRequestThatWaitsForAConnection() async throws {
        let (taken, report) = AsyncStream.makeStream(of: Void.self)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            report.yield()
            connection.waitForClose()
        }
        let transport = CurlTransport(maximumConnections: 1)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await transport.send(UpstreamRequest(url: server.url)) }
            await next(of: taken)
            let start = ContinuousClock.now
            let waiting = UpstreamRequest(url: server.url, options: short)
            #expect(await code { try await transport.send(waiting) } == .timedOut)
            #expect(start.duration(to: .now) < .seconds(60))
            #expect(server.connections == 1)
            #expect(transport.liveHandles == 1)
            group.cancelAll()
        }
    }

    @Test(arguments: [Duration.zero, .seconds(-5), .nanoseconds(1)])
    func aDeadlineOfNothingIsAMillisecond(_ timeout: Duration) async throws {
        let server = try RawServer { $0.waitForClose() }
        let options = ConnectionOptions(connectTimeout: timeout, totalTimeout: timeout)
        #expect(
            await code { try await transport.send(UpstreamRequest(url: server.url, options: options)) }
                == .timedOut)
    }

    @Test func aDeadlineWithoutEndIsADay() async throws {
        let server = try RawServer(answering: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let forever = Duration.seconds(Int64.max)
        let options = ConnectionOptions(connectTimeout: forever, totalTimeout: forever)
        #expect(try await transport.send(UpstreamRequest(url: server.url, options: options)).status == 200)
    }
}
