import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct BrokenServerTests {
    let transport = CurlTransport()

    @Test(arguments: [
        ("garbage", "\u{1}\u{2}\u{3} garbage\r\n\r\n", UpstreamError.Code.badResponse),
        ("another protocol", "SSH-2.0-OpenSSH_9.2\r\n", .badResponse),
        ("a status line of nonsense", "HTTP/1.1 abc\r\n\r\n", .badResponse),
        ("an unknown version", "HTTP/9.9 200 OK\r\n\r\n", .badResponse),
        ("nothing", "", .unreachable),
        ("half a header", "HTTP/1.1 200 OK\r\nContent-Le", .badResponse),
        ("no end of the headers", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", .badResponse),
        ("half of the second headers", "HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n", .badResponse),
        ("a short body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", .badResponse),
        ("no body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", .badResponse),
        ("a half chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", .badResponse),
        ("no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", .badResponse),
        ("a bad chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", .badResponse),
        ("a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .badResponse),
        ("a length of words", "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", .badResponse),
        ("only an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", .badResponse),
    ])
    func anAnswerOf(_ what: String, _ answer: String, isA expected: UpstreamError.Code) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(answer)
        }
        let failure = await error { try await transport.send(UpstreamRequest(url: server.url)) }
        #expect(failure?.code == expected, "\(what)")
        #expect(failure?.detail.hasSuffix(": \(server.url)") == true)
        #expect(transport.liveHandles == 0)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", true),
        ("HTTP/1.1 200 OK\r\nContent-Le", true), ("", false), ("SSH-2.0-OpenSSH_9.2\r\n", false),
    ])
    func onlyABreakWithinTheResponseIsCutOff(_ answer: String, _ isCutOff: Bool) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(answer)
        }
        let failure = await error { try await transport.send(UpstreamRequest(url: server.url)) }
        #expect(failure?.isCutOff == isCutOff)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n\r\n[1,", true), ("HTTP/1.0 200 OK\r\n\r\n[1]", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[1]", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n[1]", false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n0\r\n\r\n", false),
    ])
    func aBodyThatOnlyTheConnectionsEndEndsIsMarked(_ answer: String, _ isMarked: Bool) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(answer)
        }
        let response = try await transport.send(UpstreamRequest(url: server.url))
        #expect(response.text.hasPrefix("[1"))
        #expect(response.isEndedByConnection == isMarked)
    }

    @Test func aResetBeforeAnAnswerIsUnreachable() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.reset()
        }
        #expect(await code { try await transport.send(UpstreamRequest(url: server.url)) } == .unreachable)
    }

    @Test func aResetWithinAnAnswerIsABadResponse() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            connection.pause()
            connection.reset()
        }
        #expect(await code { try await transport.send(UpstreamRequest(url: server.url)) } == .badResponse)
    }

    @Test func aClosedPortIsUnreachable() async throws {
        var server: RawServer? = try RawServer { _ in }
        let url = try #require(server?.url)
        server = nil
        let failure = await error { try await transport.send(UpstreamRequest(url: url)) }
        #expect(failure?.code == .unreachable)
    }

    @Test func aNameThatDoesNotResolveIsUnreachable() async {
        // An address range that is never routed would wait; a label longer than 63 bytes fails in the resolver itself.
        let name = String(repeating: "a", count: 64) + ".invalid"
        let options = ConnectionOptions(proxy: "")
        let failure = await error {
            try await transport.send(UpstreamRequest(url: "https://\(name)/", options: options))
        }
        #expect(
            failure
                == UpstreamError(
                    code: .unreachable, detail: "the host name does not resolve: https://\(name):443/",
                    isUnsent: true))
    }

    @Test(arguments: [("X: \(String(repeating: "a", count: 1000))\r\n", 300), ("A: b\r\n", 60_000)])
    func aFloodOfHeadersIsABadResponse(_ line: String, _ count: Int) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n" + String(repeating: line, count: count) + "\r\n")
        }
        #expect(await code { try await transport.send(UpstreamRequest(url: server.url)) } == .badResponse)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nX: LONG\r\n\r\n", "HTTP/1.1 200 LONG\r\n\r\n", "HTTP/1.1 200 OK\r\nX: LONG",
    ])
    func aHeaderThatIsTooLongIsABadResponse(_ answer: String) async throws {
        let long = String(repeating: "a", count: 200_000)
        let server = try RawServer(answering: answer.replacing("LONG", with: long))
        let failure = await error { try await transport.send(UpstreamRequest(url: server.url)) }
        #expect(failure?.code == .badResponse)
        #expect(failure?.detail == "a header of the response is too long: \(server.url)")
    }

    @Test func aFloodOfInterimAnswersIsABadResponse() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            while connection.write(String(repeating: "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n", count: 100))
            {}
        }
        #expect(await code { try await transport.send(UpstreamRequest(url: server.url)) } == .badResponse)
    }

    @Test func manyHeadersWithinTheBoundAreAResponse() async throws {
        let server = try RawServer(
            answering: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + String(repeating: "A: b\r\n", count: 1000)
                + "\r\n")
        #expect(try await transport.send(UpstreamRequest(url: server.url)).headers.count == 1001)
    }
}
