import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct HTTP2FaultTests {
    let transport = CurlTransport()

    static let beforeAnyByte: [(String, [RawHTTP2.Step])] = [
        ("a stream reset for an inner error", [.resetStream(2)]),
        ("a stream reset without an error", [.resetStream(0)]),
        ("a stream reset for a protocol error", [.resetStream(1)]),
        ("a refused stream", [.resetStream(7)]),
        ("GOAWAY below the stream", [.goAway(last: 0)]),
        ("GOAWAY below the stream, and the end", [.goAway(last: 0), .close]),
        ("GOAWAY that covers the stream, and the end", [.goAway(last: 1), .close]),
        ("the end", [.close]), ("a reset", [.abort]),
    ]

    /// A request whose resending is counted, and permitted or not.
    private func counted(_ request: UpstreamRequest, _ permitted: Bool, _ resends: Counted) -> UpstreamRequest
    {
        var request = request
        request.mayResend = {
            resends.add()
            return permitted
        }
        return request
    }

    @Test(arguments: beforeAnyByte.indices)
    func aFaultBeforeAnyByteOfTheAnswerIsUnreachable(_ index: Int) async throws {
        let (name, steps) = Self.beforeAnyByte[index]
        let streams = Counted()
        try await withHTTP2(for: transport) { connection, _ in
            streams.add()
            return connection == 1 ? steps : [.answer(200, "\(connection)")]
        } _: { request async throws in
            let failure = await error {
                try await transport.send(counted(request, false, Counted()))
            }
            #expect(failure?.code == .unreachable, "\(name)")
            #expect(failure?.detail.hasPrefix("the connection was closed before a response: ") == true)
            #expect(streams.value == 1)
            #expect(try await transport.send(request).text != "1", "\(name)")
        }
    }

    @Test(arguments: beforeAnyByte.indices)
    func whatIsSentAgainIsPermittedFirst(_ index: Int) async throws {
        let (name, steps) = Self.beforeAnyByte[index]
        let (streams, resends) = (Counted(), Counted())
        try await withHTTP2(for: transport) { connection, stream in
            streams.add()
            return connection == 1 && stream > 1 ? steps : [.answer(200, "\(connection)")]
        } _: { request async throws in
            #expect(try await transport.send(request).text == "1")
            let permitted = counted(request, true, resends)
            let answer = try? await transport.send(permitted).text
            #expect(streams.value == 2 + resends.value, "\(name)")
            #expect(answer == (resends.value > 0 ? "2" : nil), "\(name)")
            #expect(try await transport.send(request).text == "2", "\(name)")
        }
    }

    /// Without a stream reset that states no error, which ends the answer, and a connection reset, which may
    /// overtake what was sent before it.
    @Test(arguments: beforeAnyByte.indices.filter { ![1, 8].contains($0) })
    func aFaultWithinTheAnswerIsACutOffResponse(_ index: Int) async throws {
        let (name, steps) = Self.beforeAnyByte[index]
        try await withHTTP2(for: transport) { connection, _ in
            connection == 1 ? [.headers(padding: 0), .data("[")] + steps : [.answer(200, "\(connection)")]
        } _: { request async throws in
            let failure = await error { try await transport.send(request) }
            #expect(failure?.code == .badResponse, "\(name)")
            #expect(failure?.isCutOff == true, "\(name)")
            #expect(try await transport.send(request).text == "2", "\(name)")
        }
    }

    @Test(arguments: [true, false]) func aHeaderThatIsTooLongIsABadResponse(_ isFirst: Bool) async throws {
        try await withHTTP2(for: transport) { connection, stream in
            !isFirst && (connection, stream) == (1, 1)
                ? [.answer(200, "1")] : [.headers(padding: 300_000), .data("{}")]
        } _: { request async throws in
            if !isFirst { #expect(try await transport.send(request).text == "1") }
            let failure = await error { try await transport.send(request) }
            #expect(failure?.code == .badResponse)
            #expect(failure?.detail.hasPrefix("a header of the response is too long: ") == true)
        }
    }

    @Test func aRequestAfterA421GoesOverAFreshConnection() async throws {
        try await withHTTP2(for: transport) { connection, _ in
            [.answer(connection == 1 ? 421 : 200, "\(connection)")]
        } _: { request async throws in
            #expect(try await transport.send(request).status == 421)
            #expect(try await transport.send(request).text == "2")
            #expect(try await transport.send(request).text == "2")
        }
    }
}
