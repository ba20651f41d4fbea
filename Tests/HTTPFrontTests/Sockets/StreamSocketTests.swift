import Deployments
import HTTPFront
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import ServiceLifecycle
import Testing
import Wire

/// Long lists over real sockets, to readers that read, stop, and go away.
@Suite(.timeLimit(.minutes(10))) struct StreamSocketTests {
    /// The bytes that a stream may hold beside those it has sent: NIO's limit, a piece that went beyond it, one that waits, and
    /// the ends of rows that do not fit a piece.
    private static let heldBytes = 4 * 64 * 1024

    @Test func aWholeListIsStreamedToItsLastRow() async throws {
        let server = StreamServer()
        try await server.requested("GET", ["Connection: close"]) { reader, _ in
            let response = try #require(RawResponse(try await reader.readToEnd()))
            #expect(response.isComplete)
            #expect(!response.head.lowercased().contains("content-length"))
            #expect(response.body.count > 40_000_000)
            #expect(response.body.last == 0x0A)
            #expect(server.bodies.streams.bytes == response.body.count)
        }
    }

    @Test(arguments: ["format=csv", "format=ndjson", "format=ndjson&sort=-uid&fields=uid,name"])
    func aCompressedStreamIsTheSameTextAndTheConnectionGoesOn(_ query: String) async throws {
        let server = StreamServer()
        try await server.running { port in
            try await withPatientClient(of: port) { client in
                let target = "/v1/deployments?\(query)"
                let plain = try await client.read(target)
                let packed = try await client.execute(
                    .init(target, method: .get, authority: "x", headers: [.acceptEncoding: "gzip"]))
                #expect(plain.headers[.contentEncoding] == nil)
                #expect(packed.headers[.contentEncoding] == "gzip")
                #expect(packed.headers[.contentLength] == nil)
                #expect(packed.headers[.eTag] == plain.headers[.eTag])
                let bytes = Array(try #require(packed.body).readableBytesView)
                let text = Array(try #require(plain.body).readableBytesView)
                #expect(text.count > 64 * 1024)
                #expect(bytes.count < text.count / 4)
                let lines = text.split(separator: 0x0A).count
                #expect(lines == StreamServer.rowCount + (query == "format=csv" ? 1 : 0))
                let isSame = try gunzip(bytes) == text
                #expect(isSame)
            }
        }
    }

    @Test func aReaderThatStopsKeepsLittleMemoryAndLosesItsConnection() async throws {
        let server = StreamServer { $0.pieceTimeout = .milliseconds(500) }
        try await server.requested(once: { $0.bytes > 0 }) { reader, port in
            // Nothing is read until the server has ended the stream; then comes what the kernel holds.
            try await server.awaiting(port) { $0.running == 0 }
            let response = try #require(RawResponse(try await reader.readToEnd()))
            #expect(!response.isComplete)
            #expect(server.bodies.streams.bytes < 20_000_000)
            #expect(server.bodies.streams.bytes <= response.body.count + Self.heldBytes)
        }
    }

    @Test func aReaderThatTakesAllPiecesInTimeMayTakeNoLongerThanItsListIsWorth() async throws {
        let server = StreamServer {
            $0.pieceTimeout = .seconds(1)
            $0.bytesPerSecond = .max
        }
        try await server.running { port in
            // So little at a time that even a fast machine does not read forty megabytes in a second.
            let reader = try await RawReader.connect(to: port, taking: 1024)
            try await reader.request("GET", StreamServer.all)
            try await server.awaiting(port) { $0.bytes > 0 }
            try await server.awaiting(port) { streams in
                reader.read()
                return streams.running == 0
            }
            let response = try #require(RawResponse(try await reader.readToEnd()))
            #expect(!response.isComplete)
        }
    }

    @Test(arguments: ["", "&format=ndjson"])
    func aLongWholeBodyComesWithItsLength(_ format: String) async throws {
        let server = StreamServer()
        try await server.running { port in
            try await withPatientClient(of: port) { client in
                let reply = try await client.read(Self.page + format)
                let bytes = try #require(reply.body).readableBytes
                #expect(bytes > 10_000_000)
                #expect(reply.headers[.contentLength] == "\(bytes)")
                #expect(server.bodies.streams.running == 0)
            }
        }
    }

    @Test func aReaderThatStopsInALongWholeBodyLosesItsConnection() async throws {
        let server = StreamServer { $0.pieceTimeout = .milliseconds(200) }
        try await server.running { port in
            // Nothing shows when the server abandons a complete body, so a pause that was too short is
            // doubled.
            for pause in [1, 2, 4, 8, 16, 32] {
                let reader = try await RawReader.connect(to: port, taking: 4096)
                try await reader.request("GET", Self.page)
                try await Task.sleep(for: .seconds(pause))
                let response = try #require(RawResponse(try await reader.readToEnd()))
                if !response.isComplete { return }
            }
            Issue.record("a reader that stopped for 32 s got the whole body")
        }
    }

    /// All that a client asked for comes, though it closes its own side.
    @Test(arguments: [StreamSocketTests.page, StreamServer.all], [[], ["Connection: close"]])
    func aClientThatClosesItsSideAfterItsRequestGetsTheWholeAnswer(
        _ target: String, _ headers: [String]
    ) async throws {
        let server = StreamServer()
        try await server.running { port in
            let reader = try await RawReader.connect(to: port)
            try await reader.request("GET", target, headers)
            try await reader.closeOutput()
            // Requests of others, while this one reads nothing.
            for _ in 0..<20 { try await probe(port) }
            let response = try #require(RawResponse(try await reader.readToEnd()))
            #expect(response.isComplete)
            #expect(response.body.count > 10_000_000)
        }
    }

    @Test func whenFullAClientThatIsStillReadingItsAnswerStaysUntilItHasAll() async throws {
        let server = StreamServer(config: {
            $0.connectionLimit = 1
            $0.idleTimeout = .seconds(3600)
        })
        try await server.running { port in
            let reader = try await RawReader.connect(to: port)
            try await reader.request("GET", Self.page)
            // Before its request has arrived it is idle, and would make way.
            while server.bodies.buffers.isEmpty { await Task.yield() }
            for _ in 0..<50 { try await probe(port) }
            #expect(reader.isOpen)
            let whole = Task { try await reader.readToEnd() }
            // Once it has read all, it is idle, and makes way.
            while reader.isOpen { try await probe(port) }
            let response = try #require(RawResponse(try await whole.value))
            #expect(response.isComplete)
        }
    }

    /// Requests `/healthz` on a connection of its own, which has to be answered.
    private func probe(_ port: Int) async throws {
        let reader = try await RawReader.connect(to: port)
        try await reader.request("GET", "/healthz", ["Connection: close"])
        let response = try #require(RawResponse(try await reader.readToEnd()))
        #expect(response.head.hasPrefix("HTTP/1.1 200 "))
    }

    /// Ten megabytes.
    private static let page = "/v1/deployments?page_size=1000&include=native"

    @Test(arguments: [(0, 60_000), (32 * 1024, 60_500), (64 * 1024, 61_000), (44_040_192, 732_000)])
    func aStreamLastsAMinuteAndASecondForEach64KiB(_ bytes: Int, _ milliseconds: Int) {
        #expect(ResponseStreams.Limits().maximumDuration(forBytes: bytes) == .milliseconds(milliseconds))
    }

    @Test func streamsOfManyPublicationsHoldFewOfThemAndTheOldestEndFirst() async throws {
        let server = StreamServer { $0.oldRows = StreamServer.rowCount }
        try await server.running { port in
            var (readers, held): ([RawReader], [HeldRows]) = ([], [])
            for publication in 1...6 {
                held.append(server.publish(publication))
                let reader = try await RawReader.connect(to: port)
                try await reader.request("GET", StreamServer.all)
                // It has begun once the streams beyond the limit have ended.
                try await server.awaiting(port) { [held] streams in
                    streams.running == min(publication, 3)
                        && held.count(where: \.areHeld) == min(publication, 3)
                        && streams.bytes > 0
                }
                readers.append(reader)
            }
            #expect(held.map(\.areHeld) == [false, false, false, true, true, true])
            let cut = try #require(RawResponse(try await readers[2].readToEnd()))
            #expect(!cut.isComplete)
            for reader in readers[3...] { try await reader.close() }
            try await server.awaiting(port) { $0.running == 0 }
        }
    }

    /// Even if it is larger than the limit of old rows: all its streams began before the refresh.
    @Test func streamsOfOnePublicationHoldItOnceAndARefreshEndsNone() async throws {
        let server = StreamServer { $0.oldRows = 10 }
        try await server.running { port in
            var readers: [RawReader] = []
            func begin() async throws {
                let reader = try await RawReader.connect(to: port)
                try await reader.request("GET", StreamServer.all)
                readers.append(reader)
            }
            _ = server.publish(1)
            for _ in 0..<3 { try await begin() }
            try await server.awaiting(port) { $0.running == 3 }
            _ = server.publish(2)
            try await begin()
            try await server.awaiting(port) { $0.running == 4 }
            for reader in readers { try await reader.close() }
        }
    }

    @Test func aStreamEndsOnceItsSourceMayNoLongerShowAField() async throws {
        let server = StreamServer { $0.pieceTimeout = .seconds(3600) }
        try await server.requested(once: { $0.bytes > 0 }) { reader, _ in
            // Another list of the source does not end it, the operator who takes `expose` back does.
            server.publish(1)
            server.publish(2, exposure: 1)
            let before = server.bodies.streams.bytes
            let response = try #require(RawResponse(try await reader.readToEnd()))
            #expect(!response.isComplete)
            #expect(server.bodies.streams.bytes <= before + Self.heldBytes)
        }
    }

    @Test func aSlotIsFreeAgainWhenItsReaderGoesAway() async throws {
        let server = StreamServer { $0.streams = 1 }
        try await server.requested(once: { $0.running == 1 }) { reader, port in
            try await reader.close()
            try await server.awaiting(port) { $0.running == 0 }
            try await withPatientClient(of: port) { client in
                let reply = try await client.read("/v1/deployments?format=csv")
                #expect(reply.status == .ok)
            }
        }
    }

    @Test func oneStreamTooManyIsRefusedAndAllElseIsServed() async throws {
        let server = StreamServer { $0.streams = 1 }
        try await server.requested(once: { $0.running == 1 }) { reader, port in
            try await withPatientClient(of: port) { client in
                let refused = try await client.read("/v1/deployments?format=csv")
                #expect(refused.status == .tooManyRequests)
                #expect(refused.headers[.retryAfter] == "5")
                #expect(refused.headers[.contentType] == "application/problem+json")
                #expect(refused.headers[.contentDisposition] == nil)
                let body = String(buffer: try #require(refused.body))
                #expect(body.contains("urn:rollcall:problem:too-many-requests"))
                for target in [
                    "/v1/deployments", "/v1/deployments?format=csv&page_size=5",
                    "/v1/deployments?format=ndjson&include=native&page_size=1000",
                    "/v1/summary?group_by=status",
                ] {
                    #expect(try await client.read(target).status == .ok)
                }
            }
            #expect(server.bodies.streams.running == 1)
            try await reader.close()
        }
    }

    @Test func theHeadOfAStreamIsAHeadAndNoMore() async throws {
        let server = StreamServer()
        try await server.requested("HEAD") { reader, _ in
            let bytes = try await reader.readToEnd()
            let response = try #require(RawResponse(bytes))
            #expect(response.head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(response.body.isEmpty)
            #expect(bytes.suffix(4).elementsEqual("\r\n\r\n".utf8))
            #expect(bytes.firstRange(of: "\r\n\r\n".utf8)?.upperBound == bytes.count)
            let head = response.head.lowercased()
            #expect(!head.contains("content-length"))
            for name in ["etag", "age", "cache-control", "content-type", "rollcall-sources"] {
                #expect(head.contains("\r\n\(name): "))
            }
            #expect(server.bodies.streams.bytes == 0)
        }
    }

    @Test func aShutdownWaitsForAReaderThatReads() async throws {
        let server = StreamServer()
        var response: RawResponse?
        try await server.requested(once: { $0.running == 1 }) { reader, _ in
            await server.stop()
            response = RawResponse(try await reader.readToEnd())
        }
        // What was on its way when the last row was written may be cut, and then that shows.
        let came = try #require(response)
        #expect(server.bodies.streams.bytes - came.body.count <= Self.heldBytes)
        #expect(came.isComplete == (came.body.count == server.bodies.streams.bytes))
    }

    @Test func aShutdownDoesNotWaitForAReaderThatStopped() async throws {
        // A client that reads nothing is given up after three seconds, not after the time that it has otherwise.
        let server = StreamServer { $0.pieceTimeout = .seconds(3600) }
        try await server.requested(once: { $0.bytes > 0 }) { reader, _ in
            await server.stop()
            await server.ended()
            let response = try #require(RawResponse(try await reader.readToEnd()))
            #expect(!response.isComplete)
        }
    }
}
