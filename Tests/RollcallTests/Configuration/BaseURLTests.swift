import Testing
import Upstream

@testable import rollcall

@Suite struct BaseURLTests {
    @Test(arguments: [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("HTTPS://API.example.com:8443/v1//", "https://API.example.com:8443/v1"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://[::1]:9000/x", "http://[::1]:9000/x"),
        ("https://a:", "https://a:"),
    ])
    func anAbsoluteURLIsRead(_ text: String, _ expected: String) throws {
        let url = try BaseURL(text)
        #expect(url.text == expected)
        #expect(url.isHTTPS == expected.hasPrefix("https:"))
    }

    /// Both types that decide where a request may go: true is loopback, nil is refused.
    @Test(
        arguments: [
            ("http://api.localhost:9", true), ("http://localhost", true), ("http://LOCALHOST:80/x", true),
            ("http://a.b.localhost", true), ("http://127.0.0.1", true), ("http://127.255.0.1:9", true),
            ("http://127.1", true), ("http://2130706433/x", true), ("http://0x7f.0.0.1", true),
            ("http://[::1]:9000", true), ("http://[0:0:0:0:0:0:0:1]", true), ("http://%6cocalhost", true),
            ("http://localhost.", false), ("http://localhost.example.com", false),
            ("http://notlocalhost", false),
            ("http://127.0.0.1.example.com", false), ("http://0.0.0.0", false), ("http://10.0.0.1", false),
            ("http://[::]", false), ("http://[::ffff:127.0.0.1]", false), ("http://128.0.0.1", false),
            ("http://example.com/localhost", false), ("https://api.example.com:8443", false),
            ("http://localhost@example.com", nil), ("http://user:word@localhost", nil), ("http://", nil),
            ("http:///localhost", nil), ("http:localhost", nil), ("localhost", nil), ("ftp://localhost", nil),
            ("http://localhost:0", nil), ("http://localhost:65536", nil), ("http://localhost:x", nil),
            ("http://a..localhost", nil), ("http://.localhost", nil), ("http://[::1", nil),
            ("http://::1", nil),
            ("http://local host", nil), ("http://lócalhost", nil), ("http://a\\@localhost", nil),
        ] as [(String, Bool?)])
    func theConfigurationAndTheTransportJudgeAlike(_ text: String, _ isLoopback: Bool?) {
        #expect((try? BaseURL(text))?.isLoopback == isLoopback)
        #expect((try? RequestURL(text))?.isLoopback == isLoopback)
    }

    @Test(arguments: [
        "", "api.example.com", "/deploy", "ftp://a", "https://", "https:///x", "https://a b", "https://a/?q",
        "https://a?x=1", "https://a#f", "https://user@a", "https://user:word@a/x", "https://a:0",
        "https://a:65536",
        "https://a:x", "https://[::1", "https://[x]", "https://a..b", "https://münchen.example",
        "https://a\\b", "https://a/\u{7}", "https://a:123456", "https://::1",
    ])
    func anythingElseIsRefusedWithoutBeingRepeated(_ text: String) {
        let error = #expect(throws: BaseURL.Refusal.self) { try BaseURL(text) }
        #expect(error?.description.contains("word@") == false)
    }

    @Test(arguments: [
        "localhost", "LOCALHOST", "api.localhost", "127.0.0.1", "127.8.9.10", "127.1", "0x7f.0.0.1", "::1",
        "0:0:0:0:0:0:0:1",
    ])
    func loopbackIsKnown(_ host: String) {
        #expect(HostName(host).isLoopback)
    }

    @Test(arguments: [
        "0.0.0.0", "::", "128.0.0.1", "127.example.com", "127.0.0.1.example.com", "localhost.example.com",
        "10.0.0.1", "::ffff:7f00:1", "localhost:80", "localhost#x", "x@localhost", "",
    ])
    func whatMayLeaveTheMachineIsNotLoopback(_ host: String) {
        #expect(!HostName(host).isLoopback)
    }

    @Test func plainHTTPIsForLoopbackOrTheBold() throws {
        let text = "version: 1\nsources: [{name: a, adapter: n, base_url: 'http://10.0.0.1'"
        #expect(
            problems(text + "}]") == [
                "2: sources[0].base_url: plain http would send secrets in the clear: use https, or "
                    + "set `allow_plaintext: true` for this source"
            ])
        #expect(try config(text + ", allow_plaintext: true}]").sources[0].allowsPlaintext)
        #expect(problems(text.replacing("10.0.0.1", with: "127.0.0.1:81") + "}]") == [])
    }

    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:0", "::1", 0),
        ("localhost:65535", "localhost", 65_535),
    ])
    func hostAndPortAreRead(_ text: String, _ host: String, _ port: Int) {
        #expect(HostPort(text)?.host == host)
        #expect(HostPort(text)?.port == port)
    }

    @Test(arguments: ["", ":8080", "8080", "a", "a:", "a:-1", "a:+1", "a:65536", "::1:80", "[a]:80", "a:8 0"])
    func whatIsNoHostAndPortIsRefused(_ text: String) {
        #expect(HostPort(text) == nil)
    }
}
