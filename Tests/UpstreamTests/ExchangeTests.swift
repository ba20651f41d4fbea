import Hummingbird
import NIOCore
import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct ExchangeTests {
    let transport = CurlTransport(userAgent: "rollcall/1.2.3")

    @Test func aResponseIsTheLastAnswerWithoutInterimOnesAndTrailers() async throws {
        let server = try RawServer(
            answering: """
                HTTP/1.1 103 Early Hints\r\nLink: </early>\r\n\r\n\
                HTTP/1.1 418 Teapot\r\nB-First: 1\r\nA-Second:  two words \r\nb-first: 3\r\nEmpty:\r\nFolded: a\r\n  b\r\n\
                Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: late\r\n\r\n
                """)
        let response = try await transport.send(UpstreamRequest(url: server.url))
        #expect(response.status == 418)
        #expect(response.text == "abcde")
        #expect(response.httpVersion == "1.1")
        #expect(
            response.headers.map { "\($0.name)=\($0.value)" } == [
                "b-first=1", "a-second=two words", "b-first=3", "empty=", "folded=a b",
                "transfer-encoding=chunked",
            ])
        #expect(response.header("B-First") == "1")
        #expect(response.header("trailer") == nil)
        #expect(response.header("link") == nil)
    }

    @Test func aGetSendsTheseLinesAndNoOthers() async throws {
        let (requests, report) = AsyncStream.makeStream(of: String.self)
        let server = try RawServer { connection in
            connection.readRequest().map { _ = report.yield($0) }
            connection.write("HTTP/1.1 204 No Content\r\n\r\n")
        }
        let headers = [
            UpstreamRequest.Header("Authorization", "Bearer k", isSecret: true),
            UpstreamRequest.Header("X-Empty", ""),
            UpstreamRequest.Header("X-Ümlaut".filter(\.isASCII), "grün"),
        ]
        let url = "http://127.0.0.1:\(server.port)/a%20b?page=1&q=x%2Fy#fragment"
        let response = try await transport.send(UpstreamRequest(url: url, headers: headers))
        #expect(response.status == 204)
        #expect(response.body.isEmpty)
        #expect(
            await next(of: requests) == """
                GET /a%20b?page=1&q=x%2Fy HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\
                User-Agent: rollcall/1.2.3\r\nAccept: */*\r\nAccept-Encoding: gzip, br, zstd\r\n\
                Authorization: Bearer k\r\nX-Empty:\r\nX-mlaut: grün\r\n\r\n
                """)
    }

    @Test(
        arguments: [
            (nil, [], "Content-Length: 0\r\n\r\n"),
            (#"{"a":1}"#, [], "Content-Length: 7\r\n\r\n{\"a\":1}"),
            (
                #"{"a":1}"#, [UpstreamRequest.Header("content-type", "application/json")],
                "content-type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}"
            ),
        ] as [(String?, [UpstreamRequest.Header], String)])
    func aPostSendsItsBodyAndInventsNoContentType(
        body: String?, headers: [UpstreamRequest.Header], end: String
    ) async throws {
        let (requests, report) = AsyncStream.makeStream(of: String.self)
        let server = try RawServer { connection in
            connection.readRequest().map { _ = report.yield($0) }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        let request = UpstreamRequest(
            method: .post, url: server.url, headers: headers, body: body.map { Array($0.utf8) })
        _ = try await transport.send(request)
        let sent = await next(of: requests) ?? ""
        #expect(
            sent == """
                POST /list HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nUser-Agent: rollcall/1.2.3\r\n\
                Accept: */*\r\nAccept-Encoding: gzip, br, zstd\r\n\(end)
                """)
    }

    @Test func aBodyWithEveryByteArrivesAsSent() async throws {
        let router = Router(context: PeerContext.self)
        router.post("echo") { request, _ in
            try await Response(
                status: .ok, body: ResponseBody(byteBuffer: request.body.collect(upTo: 4 << 20)))
        }
        let body = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try await withServer(for: transport, router) { port in
            let request = UpstreamRequest(method: .post, url: "http://127.0.0.1:\(port)/echo", body: body)
            let response = try await transport.send(request)
            #expect(response.body == body)
        }
    }

    @Test func sequentialRequestsShareOneConnection() async throws {
        try await withServer(for: transport, peerRouter()) { port in
            var peers: Set<String> = []
            for _ in 1...10 {
                let request = UpstreamRequest(url: "http://127.0.0.1:\(port)/peer")
                peers.insert(try await transport.send(request).text)
            }
            #expect(peers.count == 1)
        }
    }

    @Test(arguments: [UpstreamRequest.Method.post, .put, .patch])
    func aRequestThatIsNoGetTakesAConnectionOfItsOwn(_ method: UpstreamRequest.Method) async throws {
        let server = try RawServer(answering: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        _ = try await transport.send(UpstreamRequest(url: server.url))
        _ = try await transport.send(UpstreamRequest(method: method, url: server.url))
        #expect(server.connections == 2)
    }

    @Test func aReusedConnectionThatTurnsOutClosedIsReplaced() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            // Takes the second request, and closes without a word.
            _ = connection.readRequest()
        }
        #expect(try await transport.send(UpstreamRequest(url: server.url)).text == "ok")
        #expect(try await transport.send(UpstreamRequest(url: server.url)).text == "ok")
        #expect(server.connections == 2)
    }

    @Test(arguments: [2, 256])
    func fiftyConcurrentRequestsEachGetTheirOwnAnswer(_ maximumConnections: Int) async throws {
        let router = Router(context: PeerContext.self)
        router.get("number/:n") { _, context in context.parameters.get("n") ?? "" }
        let transport = CurlTransport(maximumConnections: maximumConnections)
        try await withServer(for: transport, router) { port in
            let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for number in 1...50 {
                    group.addTask {
                        let request = UpstreamRequest(url: "http://127.0.0.1:\(port)/number/\(number)")
                        return (number, try await transport.send(request).text)
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(answers == Dictionary(uniqueKeysWithValues: (1...50).map { ($0, "\($0)") }))
            #expect(transport.liveHandles == 0)
        }
    }

    @Test func theConnectionLimitHolds() async throws {
        let server = try RawServer(answering: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let transport = CurlTransport(maximumConnections: 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...20 {
                group.addTask { _ = try await transport.send(UpstreamRequest(url: server.url)) }
            }
            try await group.waitForAll()
        }
        // One where each answer came before the next request.
        #expect((1...2).contains(server.connections))
    }
}
