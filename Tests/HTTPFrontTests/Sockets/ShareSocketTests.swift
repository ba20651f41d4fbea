import HTTPFront
import HTTPTypes
import HummingbirdTesting
import Testing

/// Streams of one address: they are refused beyond its share, while another address gets its own.
@Suite(.timeLimit(.minutes(10))) struct ShareSocketTests {
    @Test func oneAddressHasAQuarterOfTheStreams() async throws {
        let server = StreamServer { $0.streams = 8 }
        try await server.running { port in
            var readers: [RawReader] = []
            for number in 1...2 {
                let reader = try await RawReader.connect(to: port, from: "127.0.0.2")
                try await reader.request("GET", StreamServer.all)
                try await server.awaiting(port) { $0.running == number }
                readers.append(reader)
            }
            let third = try await RawReader.connect(to: port, from: "127.0.0.2")
            try await third.request("GET", StreamServer.all, ["Connection: close"])
            let refused = try #require(RawResponse(try await third.readToEnd()))
            #expect(refused.head.hasPrefix("HTTP/1.1 429 "))
            #expect(refused.head.lowercased().contains("\r\nretry-after: 5"))
            try await withPatientClient(of: port) { client in
                let reply = try await client.read("/v1/deployments?format=csv")
                #expect(reply.status == .ok)
            }
            for reader in readers { try await reader.close() }
            try await server.awaiting(port) { $0.running == 0 }
        }
    }
}
