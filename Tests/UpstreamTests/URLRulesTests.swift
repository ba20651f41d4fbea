import Testing
import Upstream

@Suite struct URLRulesTests {
    @Test(arguments: [
        ("https://h.example", "https://h.example:443/"),
        ("HTTPS://H.Example:8443/A?q=1#f", "https://h.example:8443/A"),
        ("http://127.0.0.1:80/a/../b", "http://127.0.0.1:80/b"),
        ("http://[0:0:0:0:0:0:0:1]:9/", "http://[::1]:9/"),
        ("http://0x7f.1/x", "http://127.0.0.1:80/x"), ("http://%6cocalhost/", "http://localhost:80/"),
    ])
    func showsOriginAndPathInOneForm(_ url: String, _ display: String) throws {
        #expect(try RequestURL(url).display == display)
    }

    @Test func partsAreReadForThoseWhoBuildURLs() throws {
        let url = try RequestURL("HTTPS://H.Example:443/a%7Eb?q=1&r#f")
        #expect((url.scheme, url.host, url.port) == ("https", "h.example", 443))
        #expect((url.path, url.query) == ("/a%7Eb", "q=1&r"))
        #expect(url.shortOrigin == "https://h.example")
        #expect(try RequestURL("http://h.example:443").shortOrigin == "http://h.example:443")
        #expect(try RequestURL("http://h.example/?").query == "")
        #expect(try RequestURL("http://h.example/").query == nil)
    }

    @Test(
        arguments: [
            ("https://h.example/ü", RequestURL.Fault.notEncoded), ("h.example", .notAbsolute),
            ("ftp://h.example", .notAbsolute), ("https://", .badHost), ("https://[x]", .badHost),
            ("https://u:p@h.example", .userInformation), ("https://h.example:x", .badPort),
            ("https://h.example/" + String(repeating: "a", count: 32 << 10), .tooLong),
        ])
    func aFaultIsReportedByItsKind(_ text: String, _ fault: RequestURL.Fault) {
        #expect(throws: fault) { try RequestURL(parsing: text) }
    }

    @Test func showsNoMoreThan200CharactersOfAPath() throws {
        let url = try RequestURL("https://h.example/" + String(repeating: "a", count: 500))
        #expect(url.display == "https://h.example:443/" + String(repeating: "a", count: 199) + "…")
    }

    @Test(arguments: [
        "", "/deploy/list", "h.example/x", "//h.example/x", "ftp://h.example/", "file:///etc/passwd",
        "https://",
        "https:///x", "https:/x/", "https:x", "https:", "https://h example/", "https://h.example/a b",
        "https://h.example/ü",
        "https://bücher.example/",
        "https://h.example/\r\nX: y", "https://h.example/\u{0}", "https://u@h.example/",
        "https://u:p@h.example/",
        "https://@h.example/", "http://localhost@evil.example/", "http://localhost:80@evil.example/",
        "http://evil.example\\@localhost/", "https://h.example:65536/", "https://h.example:x/",
        "https://[::1/", "https://h.example:0/", "https://h..example/", "https://.example/",
        "https://h.example/" + String(repeating: "a", count: 32 << 10),
    ])
    func refusesWhatIsNoPlainAbsoluteURL(_ url: String) {
        let failure = #expect(throws: UpstreamError.self) { try RequestURL(url) }
        #expect(failure?.code == .badRequest)
        #expect(failure?.detail.contains("example") == false)
    }

    static let loopback = [
        "http://localhost/", "http://LOCALHOST:8080/", "http://a.localhost/", "http://127.0.0.1/",
        "http://127.255.255.254/", "http://127.1/", "http://2130706433/", "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://[::1]/", "http://[0000::0001]:80/",
    ]
    static let beyond = [
        "http://127.0.0.1.evil.example/", "http://localhost.evil.example/", "http://notlocalhost/",
        "http://evil.example/localhost", "http://evil.example/?@127.0.0.1", "http://evil.example#@127.0.0.1",
        "http://128.0.0.1/", "http://10.0.0.1/", "http://0.0.0.0/", "http://126.255.255.255/", "http://[::]/",
        "http://[::ffff:127.0.0.1]/", "http://[::2]/", "http://[fe80::1]/", "http://2130706432.evil.example/",
        "http://127.0.0.256/", "http://127.0.0/.1", "http://0300.0.0.1/", "http://localhost./",
    ]

    @Test(arguments: loopback)
    func plaintextGoesToLoopback(_ url: String) throws {
        #expect(try RequestURL(url).isLoopback)
        _ = try UpstreamRequest(url: url).checked()
    }

    @Test(arguments: beyond.filter { !$0.hasPrefix("http://127.0.0/") })
    func plaintextGoesNoFurtherUnlessTheSourceSaysSo(_ url: String) throws {
        #expect(try !RequestURL(url).isLoopback)
        let failure = #expect(throws: UpstreamError.self) { try UpstreamRequest(url: url).checked() }
        #expect(failure?.code == .plaintextRefused)
        _ = try UpstreamRequest(url: url, options: ConnectionOptions(allowsPlaintext: true)).checked()
        _ = try UpstreamRequest(url: "https" + url.dropFirst(4)).checked()
    }

    @Test func aRefusalOfPlaintextOpensNoConnection() async {
        let transport = CurlTransport()
        let request = UpstreamRequest(url: "http://evil.example/list?key=canary")
        let failure = await error { try await transport.send(request) }
        #expect(
            failure
                == UpstreamError(
                    code: .plaintextRefused,
                    detail: "plain http beyond loopback needs allow_plaintext: http://evil.example:80/list",
                    isUnsent: true))
    }

    @Test(
        arguments: [
            ("https://h.example/", nil, ProxyChoice.byEnvironment),
            ("http://h.example/", nil, .byEnvironment),
            ("http://localhost/", nil, .none), ("https://127.0.0.1:8443/", nil, .none),
            ("http://[::1]/", nil, .none),
            ("https://h.example/", "", .none),
            ("https://h.example/", "http://p:3128", .proxy("http://p:3128")),
            ("http://localhost/", "http://p:3128", .proxy("http://p:3128")),
            ("https://127.0.0.1.evil.example/", nil, .byEnvironment),
        ] as [(String, String?, ProxyChoice)])
    func loopbackNeverTakesAProxyVariable(_ url: String, _ proxy: String?, _ choice: ProxyChoice) throws {
        #expect(try ProxyChoice(for: RequestURL(url), options: ConnectionOptions(proxy: proxy)) == choice)
    }

    @Test(arguments: [
        ("", "v"), ("Na me", "v"), ("Name:", "v"), ("Nä", "v"), ("N\r\n", "v"), ("N", "a\r\nX-Evil: 1"),
        ("N", "a\n"),
        ("N", "a\u{0}b"), ("N", "a\u{7F}"), ("Host", "evil.example"), ("content-length", "1"),
        ("Transfer-Encoding", "chunked"), ("Connection", "x"), ("Expect", "100-continue"), ("Upgrade", "h2c"),
        ("N", String(repeating: "a", count: 64 << 10)),
    ])
    func refusesAHeaderThatBreaksOutOfItsLine(_ name: String, _ value: String) {
        let request = UpstreamRequest(
            url: "https://h.example/", headers: [UpstreamRequest.Header(name, value)])
        let failure = #expect(throws: UpstreamError.self) { try request.checked() }
        #expect(failure?.code == .badRequest)
        #expect(failure?.detail.contains("evil") == false)
    }

    @Test func refusesABodyOnAGetAndTooManyHeadersAndANULInAPath() {
        let header = UpstreamRequest.Header("n", "v")
        let requests = [
            UpstreamRequest(url: "https://h.example/", body: []),
            UpstreamRequest(url: "https://h.example/", headers: Array(repeating: header, count: 101)),
            UpstreamRequest(url: "https://h.example/", options: ConnectionOptions(caFile: "/a\u{0}b")),
            UpstreamRequest(url: "https://h.example/", options: ConnectionOptions(proxy: "http://p\r\n")),
        ]
        for request in requests {
            let failure = #expect(throws: UpstreamError.self) { try request.checked() }
            #expect(failure?.code == .badRequest)
        }
    }

    @Test func aBackslashEndsNoHost() {
        #expect(throws: UpstreamError.self) { try RequestURL("http://127.0.0.1\\.evil.example/") }
    }

    @Test(arguments: [
        (Duration.zero, 1), (.seconds(-9), 1), (.microseconds(1), 1), (.milliseconds(1500), 1500),
        (.nanoseconds(1_500_001), 2), (.seconds(10), 10_000), (.seconds(Int64.max), 86_400_000),
    ])
    func timeoutsAreWholeMilliseconds(_ duration: Duration, _ milliseconds: Int) {
        #expect(duration.asTimeout.milliseconds == milliseconds)
    }
}
