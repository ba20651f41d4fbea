import HTTPFront
import Settings
import Testing

@testable import rollcall

/// The keys of `listen` that say where requests may come from.
@Suite struct ListenTests {
    @Test func hostsProxiesAndOriginsAreRead() throws {
        let listen = try config(
            withRoot(
                """
                listen:
                  hosts: [rollcall.example.com, 10.0.0.5, "2001:db8::1"]
                  proxies: [127.0.0.1, 10.0.0.0/8, "2001:db8::/32"]
                  cors: {origins: ["https://app.example.com", "http://localhost:3000"]}
                """)
        ).listen
        #expect(listen.hosts == ["rollcall.example.com", "10.0.0.5", "2001:db8::1"])
        #expect(
            listen.proxies == ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"].compactMap { AddressRange($0) })
        #expect(
            listen.readingOrigins
                == ["https://app.example.com", "http://localhost:3000"].compactMap { Origin($0) })
        let one = try config(withRoot("listen: {hosts: a.example, proxies: '::1'}")).listen
        #expect(one.hosts == ["a.example"])
        #expect(one.proxies == [AddressRange("::1")])
    }

    @Test(arguments: [
        ("hosts: [https://a.example]", "listen.hosts: must be names or addresses of hosts, without ports"),
        ("hosts: ['a.example:443']", "listen.hosts: must be names or addresses of hosts, without ports"),
        ("hosts: ['*.example']", "listen.hosts: must be names or addresses of hosts, without ports"),
        (
            "proxies: [proxy.example]",
            "listen.proxies: must be addresses or networks, such as 10.0.0.7 or 10.0.0.0/8"
        ),
        (
            "proxies: [10.0.0.0/33]",
            "listen.proxies: must be addresses or networks, such as 10.0.0.7 or 10.0.0.0/8"
        ),
        ("cors: {origins: ['*']}", "listen.cors.origins: must be origins such as https://app.example.com"),
        (
            "cors: {origins: ['https://a.example/']}",
            "listen.cors.origins: must be origins such as https://app.example.com"
        ),
        (
            "cors: {origins: [a.example]}",
            "listen.cors.origins: must be origins such as https://app.example.com"
        ),
        ("cors: {origin: []}", "listen.cors.origin: unknown key; did you mean `origins`?"),
    ])
    func whatDoesNotFitIsAProblem(_ text: String, _ problem: String) {
        #expect(problems(withRoot("listen: {\(text)}")) == ["3: \(problem)"])
    }

    @Test(arguments: [
        ("127.0.0.1", [], false), ("localhost", [], false), ("::1", [], false), ("0.0.0.0", [], true),
        ("gateway.example", [], true), ("0.0.0.0", ["gateway.example"], false),
    ])
    func onlyBeyondLoopbackAndWithoutHostsEveryNameIsAnswered(
        _ host: String, _ hosts: [String], _ isAnswered: Bool
    ) {
        var listen = ListenConfig()
        (listen.host, listen.hosts) = (host, hosts)
        #expect(listen.answersEveryHost == isAnswered)
    }
}
