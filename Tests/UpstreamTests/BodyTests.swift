import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct BodyTests {
    let transport = CurlTransport()

    static let text = #"{"deployments":[]}"#
    static let gzip: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xab, 0x56, 0x4a, 0x49, 0x2d, 0xc8, 0xc9,
        0xaf,
        0xcc, 0x4d, 0xcd, 0x2b, 0x29, 0x56, 0xb2, 0x8a, 0x8e, 0xad, 0x05, 0x00, 0x4c, 0x06, 0xbf, 0x93, 0x12,
        0x00,
        0x00, 0x00,
    ]
    static let brotli: [UInt8] = [
        0x8b, 0x08, 0x80, 0x7b, 0x22, 0x64, 0x65, 0x70, 0x6c, 0x6f, 0x79, 0x6d, 0x65, 0x6e, 0x74, 0x73, 0x22,
        0x3a,
        0x5b, 0x5d, 0x7d, 0x03,
    ]
    static let zstd: [UInt8] = [
        0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x91, 0x00, 0x00, 0x7b, 0x22, 0x64, 0x65, 0x70, 0x6c, 0x6f, 0x79,
        0x6d,
        0x65, 0x6e, 0x74, 0x73, 0x22, 0x3a, 0x5b, 0x5d, 0x7d, 0xca, 0x30, 0xec, 0xdb,
    ]

    private func server(_ head: String, _ body: [UInt8], withLength: Bool = true) throws -> RawServer {
        let length = withLength ? "Content-Length: \(body.count)\r\n" : ""
        return try RawServer { connection in
            _ = connection.readRequest()
            connection.write(Array("HTTP/1.1 200 OK\r\n\(head)\(length)\r\n".utf8) + body)
        }
    }

    private func request(_ server: RawServer, limit: Int) -> UpstreamRequest {
        UpstreamRequest(url: server.url, options: ConnectionOptions(bodyLimitBytes: limit))
    }

    @Test(arguments: [("gzip", gzip), ("br", brotli), ("zstd", zstd)])
    func aCompressedBodyArrivesDecompressed(_ encoding: String, _ bytes: [UInt8]) async throws {
        let server = try server("Content-Encoding: \(encoding)\r\n", bytes)
        let response = try await transport.send(request(server, limit: 18))
        #expect(response.text == Self.text)
    }

    @Test(
        arguments: [
            ("gzip", Array(gzip.prefix(20)) + [0xFF] + gzip.suffix(17)), ("gzip", Array(text.utf8)),
            ("br", [0xFF, 0xFF, 0xFF, 0xFF]), ("zstd", [0, 1, 2, 3]), ("compress", gzip), ("rot13", gzip),
            ("gzip, gzip, gzip, gzip, gzip, gzip, gzip", gzip),
        ] as [(String, [UInt8])])
    func aBodyThatCannotBeDecompressedIsABadResponse(_ encoding: String, _ bytes: [UInt8]) async throws {
        let server = try server("Content-Encoding: \(encoding)\r\n", bytes)
        #expect(await code { try await transport.send(request(server, limit: 1000)) } == .badResponse)
    }

    @Test(arguments: [
        "UTF-8", "utf8", "\"utf-8\"", "charset=utf-8", "iso-8859-1", "us-ascii", "application/json", "8bit",
        "identity", "none", "", "utf-8, identity",
    ])
    func aWordThatEncodesNothingLeavesTheBodyAsItStands(_ word: String) async throws {
        let server = try server("Content-Encoding: \(word)\r\n", Array(Self.text.utf8))
        #expect(try await transport.send(request(server, limit: 18)).text == Self.text)
        #expect(await code { try await transport.send(request(server, limit: 17)) } == .tooLarge)
        let chunked = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n")
            connection.write("Content-Encoding: \(word)\r\n\r\n")
            connection.write("12\r\n\(Self.text)\r\n0\r\n\r\n")
        }
        #expect(try await transport.send(request(chunked, limit: 18)).text == Self.text)
    }

    @Test func theNextAnswerOnTheSameConnectionIsDecompressedAgain() async throws {
        let heads = ["Content-Encoding: UTF-8\r\n", "Content-Encoding: gzip\r\n", ""]
        let bodies = [Array(Self.text.utf8), Self.gzip, Array(Self.text.utf8)]
        let server = try RawServer { connection in
            var index = 0
            while connection.readRequest() != nil {
                let length = "Content-Length: \(bodies[index].count)\r\n\r\n"
                connection.write("HTTP/1.1 200 OK\r\n\(heads[index])\(length)")
                connection.write(bodies[index])
                index = (index + 1) % 3
            }
        }
        for _ in 0..<6 {
            #expect(try await transport.send(request(server, limit: 18)).text == Self.text)
        }
        #expect(server.connections == 1)
    }

    @Test(arguments: [
        ("compress", "the encoding `compress`"), ("dcz", "the encoding `dcz`"),
        ("gzip, compress", "the encoding `compress`"), ("token=secret", "an unknown encoding"),
        ("utf-8, rot13", "an unknown encoding"),
    ])
    func anEncodingThatNobodyRequestedIsNamed(_ encoding: String, _ name: String) async throws {
        let server = try server("Content-Encoding: \(encoding)\r\n", Self.gzip)
        let failure = await error { try await transport.send(request(server, limit: 1000)) }
        #expect(
            failure
                == UpstreamError(
                    code: .badResponse,
                    detail: "the body has \(name), which was not requested: \(server.url)", status: 200))
    }

    @Test func aBodyTakesNoMoreMemoryThanItIsGiven() async throws {
        let announced = try server("", [UInt8](repeating: 7, count: 100_000))
        let chunked = try server("", [UInt8](repeating: 7, count: 100_000), withLength: false)
        for server in [announced, chunked] {
            var request = request(server, limit: 1 << 20)
            request.mayReceive = { $0 <= 100_000 }
            #expect(try await transport.send(request).body.count == 100_000)
            request.mayReceive = { $0 <= 99_999 }
            let failure = await error { try await transport.send(request) }
            #expect(failure?.code == .tooLarge && failure?.lacksRoom == true)
        }
        #expect(transport.liveHandles == 0)
    }

    @Test(arguments: [true, false])
    func aBodyOfTheLimitPassesAndOneByteMoreDoesNot(_ withLength: Bool) async throws {
        let server = try server("", [UInt8](repeating: 7, count: 100_000), withLength: withLength)
        #expect(try await transport.send(request(server, limit: 100_000)).body.count == 100_000)
        let failure = await error { try await transport.send(request(server, limit: 99_999)) }
        #expect(
            failure
                == UpstreamError(
                    code: .tooLarge, detail: "a body of more than 99999 bytes: \(server.url)", status: 200))
    }

    @Test func anAnnouncedLengthAboveTheLimitIsRefusedBeforeTheBody() async throws {
        // The body never comes: only the header can have said it.
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n")
            connection.waitForClose()
        }
        #expect(await code { try await transport.send(request(server, limit: 1000)) } == .tooLarge)
    }

    @Test func theLimitCountsDecompressedBytes() async throws {
        let server = try server("Content-Encoding: gzip\r\n", fixtureBytes("zeros-8MiB.gz"))
        #expect(try await transport.send(request(server, limit: 8 << 20)).body.count == 8 << 20)
        #expect(await code { try await transport.send(request(server, limit: 8 << 20 - 1)) } == .tooLarge)
    }

    @Test func aBombStopsAtTheLimit() async throws {
        // 6.8 KB, gzipped twice: 4 GiB of zeros. Unpacked completely, it would take longer than the deadline.
        let bytes = fixtureBytes("zeros-4GiB.gz.gz")
        #expect(bytes.count == 6777)
        let server = try server("Content-Encoding: gzip, gzip\r\n", bytes)
        let options = ConnectionOptions(totalTimeout: .seconds(3), bodyLimitBytes: 1 << 20)
        let bomb = UpstreamRequest(url: server.url, options: options)
        #expect(await code { try await transport.send(bomb) } == .tooLarge)
        #expect(transport.liveHandles == 0)
    }

    @Test func aLimitBelowZeroAcceptsNoBodyOnly() async throws {
        let full = try server("", [1])
        #expect(await code { try await transport.send(request(full, limit: -5)) } == .tooLarge)
        let empty = try server("", [], withLength: false)
        #expect(try await transport.send(request(empty, limit: -5)).body.isEmpty)
    }
}
