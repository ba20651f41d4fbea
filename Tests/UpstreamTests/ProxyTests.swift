import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct ProxyTests {
    let transport = CurlTransport()
    let key = UpstreamRequest.Header("Authorization", "Bearer canary", isSecret: true)

    /// Reports each request, and always gives the same answer.
    private func proxy(answering answer: String, _ report: AsyncStream<String>.Continuation) throws
        -> RawServer
    {
        try RawServer { connection in
            while let request = connection.readRequest() {
                report.yield(request)
                connection.write(answer)
            }
        }
    }

    @Test func plaintextGoesThroughItAsAnAbsoluteURL() async throws {
        let (requests, report) = AsyncStream.makeStream(of: String.self)
        let proxy = try proxy(answering: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", report)
        let options = ConnectionOptions(proxy: "http://127.0.0.1:\(proxy.port)", allowsPlaintext: true)
        let request = UpstreamRequest(url: "http://far.invalid/list?a=1", options: options)
        #expect(try await transport.send(request).text == "ok")
        #expect(await next(of: requests)?.hasPrefix("GET http://far.invalid/list?a=1 HTTP/1.1\r\n") == true)
    }

    @Test func aTunnelIsRequestedWithoutTheRequestsHeaders() async throws {
        let (requests, report) = AsyncStream.makeStream(of: String.self)
        let proxy = try proxy(answering: "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", report)
        let options = ConnectionOptions(proxy: "http://user:canary@127.0.0.1:\(proxy.port)")
        let request = UpstreamRequest(
            url: "https://far.invalid/list?canary", headers: [key], options: options)
        let failure = await error { try await transport.send(request) }
        var expected = UpstreamError(
            code: .unreachable,
            detail: "the proxy refused the tunnel with 407: https://far.invalid:443/list", isUnsent: true)
        expected.isFinal = true
        #expect(failure == expected)
        let connect = await next(of: requests) ?? ""
        #expect(connect.hasPrefix("CONNECT far.invalid:443 HTTP/1.1\r\n"))
        #expect(connect.contains("Proxy-Authorization: Basic dXNlcjpjYW5hcnk=\r\n"))
        #expect(!connect.contains("\r\nAuthorization"))
        #expect(!connect.contains("/list"))
    }

    @Test(arguments: [(403, true), (407, true), (408, false), (429, false), (502, false), (503, false)])
    func onlyARefusalThatTimeDoesNotEndIsFinal(_ status: Int, _ isFinal: Bool) async throws {
        let (_, report) = AsyncStream.makeStream(of: String.self)
        let proxy = try proxy(answering: "HTTP/1.1 \(status) No\r\nContent-Length: 0\r\n\r\n", report)
        let options = ConnectionOptions(proxy: "http://127.0.0.1:\(proxy.port)")
        let request = UpstreamRequest(url: "https://far.invalid/list", options: options)
        let failure = await error { try await transport.send(request) }
        #expect(failure?.code == .unreachable)
        #expect(failure?.isFinal == isFinal)
    }

    @Test func theSourcesOwnProxyHoldsForLoopbackToo() async throws {
        let (_, report) = AsyncStream.makeStream(of: String.self)
        let proxy = try proxy(answering: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy", report)
        let target = try RawServer(answering: "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ntarget")
        let through = ConnectionOptions(proxy: "http://127.0.0.1:\(proxy.port)")
        #expect(try await transport.send(UpstreamRequest(url: target.url, options: through)).text == "proxy")
        // The direct connection is another one, whatever is open already.
        #expect(try await transport.send(UpstreamRequest(url: target.url)).text == "target")
    }

    @Test(arguments: ["http://127.0.0.1:1", "canary://x", "http://user:canary@[::1", "socks5h://127.0.0.1:1"])
    func aProxyThatIsNotThereIsReportedWithoutItsURL(_ proxy: String) async throws {
        let request = UpstreamRequest(url: "https://far.invalid/", options: ConnectionOptions(proxy: proxy))
        let failure = await error { try await transport.send(request) }
        #expect(failure?.code == .unreachable)
        #expect(failure?.detail.contains("canary") == false)
        #expect(failure?.detail.hasSuffix(": https://far.invalid:443/") == true)
    }
}
