import Testing
import Upstream

/// A secret planted in every part of a request and an answer appears in none of our strings.
@Suite(.timeLimit(.minutes(10))) struct SecrecyTests {
    let transport = CurlTransport()

    private func request(_ url: String, _ method: UpstreamRequest.Method = .get) -> UpstreamRequest {
        UpstreamRequest(
            method: method, url: url + "?key=canary#canary",
            headers: [UpstreamRequest.Header("Authorization", "Bearer canary", isSecret: true)],
            body: method == .get ? nil : Array("canary".utf8),
            options: ConnectionOptions(
                totalTimeout: .milliseconds(500), bodyLimitBytes: 20, proxy: url.hasPrefix("https") ? "" : nil
            ))
    }

    static let answers = [
        "canary", "HTTP/1.1 canary\r\n\r\n",
        "HTTP/1.1 200 canary\r\nX: canary\r\n\r\n" + String(repeating: "canary", count: 9),
        "HTTP/1.1 200 OK\r\nContent-Encoding: canary\r\nContent-Length: 6\r\n\r\ncanary",
        "HTTP/1.1 200 OK\r\nContent-Length: canary\r\n\r\ncanary",
        "HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\ncanary",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ncanary",
        "HTTP/1.1 302 Found\r\nLocation: http://canary:canary@127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: https://h.example/canary?canary\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + String(repeating: "canary", count: 50_000) + "\r\n\r\n",
    ]

    @Test(arguments: answers, UpstreamRequest.Method.allCases)
    func noErrorShowsIt(_ answer: String, _ method: UpstreamRequest.Method) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(answer)
        }
        let failure = await error { try await transport.send(request(server.url, method)) }
        let text = try "\(#require(failure)) \(String(reflecting: failure))"
        #expect(!text.contains("canary"))
        #expect(text.contains("http://127.0.0.1:\(server.port)/list"))
    }

    @Test(arguments: [
        "https://127.0.0.1:1/x", "http://h.example/x", "https://u:canary@h.example/x", "canary://x",
    ])
    func noRefusalShowsIt(_ url: String) async throws {
        let failure = await error { try await transport.send(request(url)) }
        #expect(try !"\(#require(failure))".contains("canary"))
    }

    @Test func noRequestOrResponsePrintsIt() {
        var request = request("https://h.example/x", .post)
        request.options.proxy = "http://u:canary@p"
        let response = UpstreamResponse(
            status: 200, headers: [("set-cookie", "canary")], body: Array("canary".utf8), httpVersion: "2")
        #expect("\(request)" == "POST https://h.example:443/x")
        #expect("\(response)" == "HTTP/2 200, 1 headers, 6 bytes")
        #expect("\(request.headers)" == "[Authorization: <redacted>]")
        let all =
            "\(request) \(String(reflecting: request)) \(request.options) \(String(reflecting: response))"
        #expect(!all.contains("canary"))
        #expect("\(UpstreamRequest.Header("Accept", "text/plain"))" == "Accept: text/plain")
    }
}
