import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct TLSTests {
    let transport = CurlTransport()
    let trusting = ConnectionOptions(caFile: fixture("ca.pem"))

    @Test func http2IsTakenWhereTLSOffersIt() async throws {
        try await withServer(
            for: transport, peerRouter(), server: .http2Upgrade(tlsConfiguration: tls("server"))
        ) { port in
            var peers: Set<String> = []
            for host in ["localhost", "127.0.0.1", "localhost", "127.0.0.1"] {
                let request = UpstreamRequest(url: "https://\(host):\(port)/peer", options: trusting)
                let response = try await transport.send(request)
                #expect(response.httpVersion == "2")
                #expect(response.status == 200)
                peers.insert(response.text)
            }
            #expect(peers.count == 2)
        }
    }

    @Test func concurrentRequestsShareAnHTTP2Connection() async throws {
        try await withServer(
            for: transport, peerRouter(), server: .http2Upgrade(tlsConfiguration: tls("server"))
        ) { port in
            let request = UpstreamRequest(url: "https://localhost:\(port)/peer", options: trusting)
            let first = try await transport.send(request).text
            let peers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 1...20 { group.addTask { try await transport.send(request).text } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(peers == [first])
        }
    }

    @Test func http1IsTakenWhereTLSOffersNoOther() async throws {
        try await withServer(
            for: transport, peerRouter(), server: .tls(.http1(), tlsConfiguration: tls("server"))
        ) { port in
            let request = UpstreamRequest(url: "https://localhost:\(port)/peer", options: trusting)
            let response = try await transport.send(request)
            #expect(response.httpVersion == "1.1")
            #expect(try await transport.send(request).text == response.text)
        }
    }

    @Test func anUntrustedCertificateIsRefusedAlsoAfterATrustedRequest() async throws {
        try await withServer(
            for: transport, peerRouter(), server: .http2Upgrade(tlsConfiguration: tls("server"))
        ) { port in
            let url = "https://localhost:\(port)/peer"
            let untrusting = UpstreamRequest(url: url)
            #expect(await code { try await transport.send(untrusting) } == .tls)
            let response = try await transport.send(UpstreamRequest(url: url, options: trusting))
            #expect(response.status == 200)
            // The connection that is open now was verified by another source's file.
            #expect(await code { try await transport.send(untrusting) } == .tls)
        }
    }

    @Test func aCertificateForAnotherHostIsRefused() async throws {
        try await withServer(
            for: transport, peerRouter(), server: .tls(.http1(), tlsConfiguration: tls("elsewhere"))
        ) {
            port in
            let request = UpstreamRequest(url: "https://localhost:\(port)/peer", options: trusting)
            let failure = await error { try await transport.send(request) }
            let reason = "the server's certificate is not trusted or names another host"
            let detail = "\(reason): https://localhost:\(port)/peer"
            #expect(failure == UpstreamError(code: .tls, detail: detail, isUnsent: true))
        }
    }

    @Test(arguments: ["/nowhere/ca.pem", fixture("zeros-8MiB.gz"), ""])
    func aCAFileThatCannotBeReadIsATLSError(_ file: String) async throws {
        try await withServer(
            for: transport, peerRouter(), server: .tls(.http1(), tlsConfiguration: tls("server"))
        ) { port in
            let options = ConnectionOptions(caFile: file)
            let request = UpstreamRequest(url: "https://localhost:\(port)/peer", options: options)
            #expect(await code { try await transport.send(request) } == .tls)
        }
    }

    @Test func aServerWithoutTLSIsATLSError() async throws {
        let server = try RawServer { $0.write("HTTP/1.1 400 Bad Request\r\n\r\n") }
        #expect(
            await code { try await transport.send(UpstreamRequest(url: "https://127.0.0.1:\(server.port)/")) }
                == .tls)
    }

    @Test func tls11IsNotSpoken() async throws {
        var configuration = try tls("server")
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = .tlsv11
        try await withServer(
            for: transport, peerRouter(), server: .tls(.http1(), tlsConfiguration: configuration)
        ) { port in
            let request = UpstreamRequest(url: "https://localhost:\(port)/peer", options: trusting)
            #expect(await code { try await transport.send(request) } == .tls)
        }
    }
}
