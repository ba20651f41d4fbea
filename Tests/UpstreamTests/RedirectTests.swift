import Synchronization
import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct RedirectTests {
    let transport = CurlTransport()
    let key = UpstreamRequest.Header("Authorization", "Bearer canary", isSecret: true)

    /// Answers `/list` with a redirect and any other path with the request itself.
    private func redirecting(_ status: Int, to location: String) throws -> RawServer {
        try RawServer { connection in
            while let request = connection.readRequest() {
                guard request.contains(" /list ") else {
                    connection.write(
                        "HTTP/1.1 200 OK\r\nContent-Length: \(request.utf8.count)\r\n\r\n\(request)")
                    continue
                }
                connection.write(
                    "HTTP/1.1 \(status) Moved\r\nLocation: \(location)\r\nContent-Length: 4\r\n\r\ngone")
            }
        }
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func oneWithinTheOriginIsFollowedWithTheCredential(_ status: Int) async throws {
        let server = try redirecting(status, to: "/moved?to=x#y")
        let response = try await transport.sendFollowingRedirect(
            UpstreamRequest(url: server.url, headers: [key]))
        #expect(response.status == 200)
        #expect(response.text.hasPrefix("GET /moved?to=x HTTP/1.1\r\n"))
        #expect(response.text.contains("Authorization: Bearer canary\r\n"))
        #expect(response.header("location") == nil)
        #expect(server.connections == 1)
    }

    @Test(arguments: [
        "next", "./next", "//127.0.0.1:PORT/next", "HTTP://127.0.0.1:PORT/next", "http://2130706433:PORT/x",
    ])
    func everySpellingOfTheSameOriginIsTheSame(_ location: String) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            let target = withPort(connection.localPort, in: location)
            connection.write("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: \(target)\r\n\r\n")
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        #expect(try await transport.sendFollowingRedirect(UpstreamRequest(url: server.url)).text == "ok")
    }

    @Test func anotherPortIsRefusedAndNeverSeesTheCredential() async throws {
        let other = try RawServer(answering: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let server = try redirecting(302, to: "http://127.0.0.1:\(other.port)/steal?token=canary")
        let failure = await error {
            try await transport.sendFollowingRedirect(UpstreamRequest(url: server.url, headers: [key]))
        }
        #expect(failure?.code == .redirectRefused)
        #expect(failure?.detail == "a redirect to another port was refused: \(server.url)")
        #expect(other.connections == 0)
    }

    @Test(arguments: [
        ("http://localhost:PORT/list", "another host"),
        ("https://127.0.0.1:PORT/", "https instead of http"),
        ("http://127.0.0.1/", "another port"), ("//evil.example/x?canary", "another host"),
        ("http://user:canary@127.0.0.1:PORT/x", "an address that cannot be read"),
        ("file:///etc/passwd", "an address that cannot be read"),
        ("gopher://x/", "an address that cannot be read"),
        ("/with space", "an address that cannot be read"), ("http://[::1", "an address that cannot be read"),
        ("/ümlaut", "an address that cannot be read"),
    ])
    func anyOtherOriginIsRefused(_ location: String, _ named: String) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            let target = withPort(connection.localPort, in: location)
            connection.write("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: \(target)\r\n\r\n")
            connection.waitForClose()
        }
        let failure = await error {
            try await transport.sendFollowingRedirect(UpstreamRequest(url: server.url, headers: [key]))
        }
        #expect(failure?.code == .redirectRefused)
        #expect(failure?.detail == "a redirect to \(named) was refused: \(server.url)")
    }

    @Test(arguments: [
        ("http://localhost:PORT/other%2Fpath/?q=canary", "/other%2Fpath/"), ("//evil.example", "/"),
        ("file:///etc/passwd", nil),
    ])
    func thePathOfARefusedOneIsStatedForComparison(_ location: String, _ path: String?) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            let target = withPort(connection.localPort, in: location)
            connection.write("HTTP/1.1 307 X\r\nContent-Length: 0\r\nLocation: \(target)\r\n\r\n")
            connection.waitForClose()
        }
        let failure = await error { try await transport.send(UpstreamRequest(url: server.url)) }
        #expect(failure?.code == .redirectRefused)
        #expect(failure?.refusedPath == path)
    }

    @Test func aSecondOneIsRefused() async throws {
        let counted = Counted()
        let server = try RawServer { connection in
            while connection.readRequest() != nil {
                counted.add()
                connection.write("HTTP/1.1 302 Found\r\nLocation: /list\r\nContent-Length: 0\r\n\r\n")
            }
        }
        let failure = await error {
            try await transport.sendFollowingRedirect(UpstreamRequest(url: server.url))
        }
        #expect(failure?.code == .redirectRefused)
        #expect(failure?.detail.contains("the second redirect in a row") == true)
        #expect(counted.value == 2)
    }

    @Test(arguments: [UpstreamRequest.Method.post, .put, .patch])
    func oneOfARequestThatIsNoGetIsRefused(_ method: UpstreamRequest.Method) async throws {
        let server = try redirecting(307, to: "/next")
        let failure = await error {
            try await transport.sendFollowingRedirect(UpstreamRequest(method: method, url: server.url))
        }
        #expect(failure?.code == .redirectRefused && failure?.status == 307)
        #expect(failure?.isUnsent == false)
        #expect(failure?.detail.contains("of a \(method.rawValue)") == true)
    }

    @Test(arguments: [300, 304, 305, 399])
    func otherStatusesOfTheirClassAreResponses(_ status: Int) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 \(status) X\r\nLocation: http://evil.example/\r\n\r\n")
        }
        #expect(try await transport.sendFollowingRedirect(UpstreamRequest(url: server.url)).status == status)
    }

    @Test func oneWithoutATargetIsAResponse() async throws {
        let server = try RawServer(answering: "HTTP/1.1 302 Found\r\nContent-Length: 4\r\n\r\nhere")
        let response = try await transport.sendFollowingRedirect(UpstreamRequest(url: server.url))
        #expect(response.status == 302)
        #expect(response.text == "here")
    }
}

private func withPort(_ port: Int, in text: String) -> String {
    text.split(separator: "PORT", omittingEmptySubsequences: false).joined(separator: "\(port)")
}

/// A counter that any thread may increment.
final class Counted: Sendable {
    private let count = Mutex(0)

    /// Increments the count, and returns it.
    @discardableResult
    func add() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }

    var value: Int { count.withLock { $0 } }
}
