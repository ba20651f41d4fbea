import Testing
import Upstream

/// What is no GET is sent once, and an error says whether anything of it was sent.
@Suite(.timeLimit(.minutes(10))) struct SentOnceTests {
    let transport = CurlTransport()

    static let methods = [UpstreamRequest.Method.post, .put, .patch]

    private func change(
        _ url: String, _ method: UpstreamRequest.Method = .post,
        options: ConnectionOptions = ConnectionOptions()
    ) -> UpstreamRequest {
        UpstreamRequest(
            method: method, url: url, headers: [UpstreamRequest.Header("Content-Type", "application/json")],
            body: Array(#"{"a": 1}"#.utf8), options: options)
    }

    @Test(arguments: methods)
    func theMethodIsSentWithTheBodyAndItsLength(_ method: UpstreamRequest.Method) async throws {
        let (requests, report) = AsyncStream.makeStream(of: String.self)
        let server = try RawServer { connection in
            report.yield(connection.readRequest() ?? "")
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        #expect(try await transport.send(change(server.url, method)).status == 200)
        let sent = await next(of: requests) ?? ""
        #expect(sent.hasPrefix("\(method.rawValue) /list HTTP/1.1\r\n"))
        #expect(sent.contains("\r\nContent-Type: application/json\r\n"))
        #expect(sent.contains("\r\nContent-Length: 8\r\n") && !sent.contains("Expect"))
        #expect(sent.hasSuffix("\r\n\r\n{\"a\": 1}"))
    }

    /// The deeds of a server that leave open whether it has acted on a request.
    static let silences = ["closes before reading", "closes after reading", "resets after reading", "hangs"]

    @Test(arguments: silences, methods)
    func afterConnectingNothingIsSentAgainAndNothingCountsAsUnsent(
        _ silence: String, _ method: UpstreamRequest.Method
    ) async throws {
        let requests = Counted()
        let server = try RawServer { connection in
            if silence == "closes before reading" { return }
            if connection.readRequest() != nil { requests.add() }
            if silence == "resets after reading" { connection.reset() }
            if silence == "hangs" { connection.waitForClose() }
        }
        let options = ConnectionOptions(totalTimeout: silence == "hangs" ? .milliseconds(300) : .seconds(500))
        var request = change(server.url, method, options: options)
        request.mayResend = { true }
        let failure = await error { try await transport.send(request) }
        #expect(failure?.code == (silence == "hangs" ? .timedOut : .unreachable))
        #expect(failure?.isUnsent == false && failure?.status == nil)
        #expect(server.connections == 1)
        #expect(requests.value <= 1)
    }

    @Test(arguments: [UpstreamRequest.Method.get, .post])
    func aRefusedConnectionIsUnsent(_ method: UpstreamRequest.Method) async throws {
        var server: RawServer? = try RawServer { _ in }
        let url = try #require(server?.url)
        server = nil
        var request = change(url, method)
        if method == .get { request.body = nil }
        let failure = await error { try await transport.send(request) }
        #expect(failure?.code == .unreachable && failure?.isUnsent == true)
    }

    @Test func aHandshakeThatFailsIsUnsent() async throws {
        // It reads the client's first message, and answers what is no TLS.
        let server = try RawServer { connection in
            connection.write("HTTP/1.1 200 OK\r\n\r\n")
            connection.waitForClose()
        }
        let failure = await error {
            try await transport.send(change("https://127.0.0.1:\(server.port)/list"))
        }
        #expect(failure?.code == .tls && failure?.isUnsent == true)
    }

    @Test func aHandshakeThatTakesTooLongIsUnsent() async throws {
        let server = try RawServer { $0.waitForClose() }
        let url = "https://127.0.0.1:\(server.port)/list"
        for options in [
            ConnectionOptions(connectTimeout: .milliseconds(200), totalTimeout: .seconds(500)),
            ConnectionOptions(connectTimeout: .seconds(500), totalTimeout: .milliseconds(200)),
        ] {
            let failure = await error { try await transport.send(change(url, options: options)) }
            #expect(failure?.code == .timedOut && failure?.isUnsent == true)
        }
    }

    @Test(arguments: [407, 502]) func aRefusedTunnelIsUnsent(_ status: Int) async throws {
        let proxy = try RawServer(answering: "HTTP/1.1 \(status) No\r\nContent-Length: 0\r\n\r\n")
        let options = ConnectionOptions(proxy: "http://127.0.0.1:\(proxy.port)")
        let failure = await error {
            try await transport.send(change("https://far.invalid/list", options: options))
        }
        #expect(failure?.code == .unreachable && failure?.isUnsent == true)
    }

    @Test func aProxyThatDropsThePlainRequestMayHaveSentItOn() async throws {
        let proxy = try RawServer { _ = $0.readRequest() }
        let options = ConnectionOptions(proxy: "http://127.0.0.1:\(proxy.port)", allowsPlaintext: true)
        let failure = await error {
            try await transport.send(change("http://far.invalid/list", options: options))
        }
        #expect(failure?.code == .unreachable && failure?.isUnsent == false)
        #expect(proxy.connections == 1)
    }

    @Test func aRequestThatIsRefusedHereIsUnsent() async {
        for request in [
            change("http://far.example/list"), change("https://u:p@far.example/list"), change("no URL"),
        ] {
            #expect(await error { try await transport.send(request) }?.isUnsent == true)
        }
    }

    @Test(arguments: HTTP2FaultTests.beforeAnyByte.indices)
    func noFaultOfHTTP2SendsItAgain(_ index: Int) async throws {
        let (name, steps) = HTTP2FaultTests.beforeAnyByte[index]
        let streams = Counted()
        try await withHTTP2(for: transport) { _, _ in
            streams.add()
            return steps
        } _: { request async throws in
            var request = request
            (request.method, request.body) = (.post, Array("{}".utf8))
            request.mayResend = { true }
            let failure = await error { try await transport.send(request) }
            #expect(failure?.code == .unreachable && failure?.isUnsent == false, "\(name)")
            #expect(streams.value == 1, "\(name)")
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{}", 201),
        ("HTTP/1.1 422 No\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab", 422),
        ("HTTP/1.1 201 Created\r\nContent-Le", nil), ("HTTP/1.1 103 Early Hints\r\n\r\n", nil),
    ])
    func theStatusOfAResponseThatBreaksOffIsKnownOnceItsHeadersAre(
        _ answer: String, _ status: Int?
    ) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(answer)
        }
        let failure = await error { try await transport.send(change(server.url)) }
        #expect(failure?.code == .badResponse && failure?.status == status)
    }

    @Test func theStatusOfAResponseWhoseBodyHangsIsKnownAtTheDeadline() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{}")
            connection.waitForClose()
        }
        let options = ConnectionOptions(totalTimeout: .seconds(1))
        let failure = await error { try await transport.send(change(server.url, options: options)) }
        #expect(failure?.code == .timedOut && failure?.status == 201)
    }
}
