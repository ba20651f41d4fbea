import HTTPFront
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing
import Wire

/// Clients that are slow, wrong, or too many, at the real server.
@Suite(.timeLimit(.minutes(10))) struct ConnectionSocketTests {
    /// What a problem's body says.
    private func problem(_ answer: String) throws -> (type: String, detail: String) {
        let blank = try #require(answer.firstRange(of: "\r\n\r\n"))
        let json = try JSONDocument(parsing: Array(answer[blank.upperBound...].utf8)).root
        return (json["type"]?.string ?? "", json["detail"]?.string ?? "")
    }

    @Test(arguments: ["G", "GET /healthz HTTP/1.1\r\n", "GET /healthz HTTP/1.1\r\nHost: x\r\nA: b"])
    func headersThatDoNotArriveInTimeAre408(_ text: String) async throws {
        let server = ConnectionServer { $0.requestTimeout = .milliseconds(50) }
        let answer = try await server.answer(to: text)
        #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        #expect(answer.contains("\r\nContent-Type: application/problem+json\r\n"))
        #expect(answer.contains("\r\nConnection: close\r\n"))
        #expect(try problem(answer).type == "urn:rollcall:problem:request-timeout")
        #expect(server.log.lines.contains { $0.hasPrefix("warning clients were too slow") })
    }

    @Test(arguments: ["Content-Length: 5", "Content-Length: 65536"])
    func aBodyThatDoesNotArriveIsAnsweredAtOnceAndTheConnectionEnds(_ length: String) async throws {
        let server = ConnectionServer { $0.requestTimeout = .milliseconds(50) }
        let answer = try await server.answer(to: "GET /healthz HTTP/1.1\r\nHost: x\r\n\(length)\r\n\r\n1")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.hasSuffix("{\"status\":\"ok\"}"))
        #expect(server.log.lines.contains { $0.hasSuffix("reason=slow body") })
    }

    @Test func aRequestForAnInferenceWhoseBodyDoesNotArriveEndsTheConnection() async throws {
        let server = ConnectionServer { $0.requestTimeout = .milliseconds(50) }
        let answer = try await server.answer(
            to: "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n1")
        #expect(answer == "")
    }

    @Test(arguments: ["Content-Length: 9", "Content-Length: 65536", "Content-Length: 0"])
    func aRequestForAnInferenceIsAnsweredOnceItsBodyIsThere(_ length: String) async throws {
        let size = try #require(Int(length.dropFirst("Content-Length: ".count)))
        let request = "POST /v1/embeddings HTTP/1.1\r\nHost: x\r\n\(length)\r\n\r\n"
        let answer = try await ConnectionServer().answer(
            to: request + String(repeating: " ", count: size)
                + "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        #expect(answer.contains("urn:rollcall:problem:not-a-proxy"))
        #expect(answer.hasSuffix("{\"status\":\"ok\"}"))
    }

    @Test(arguments: [
        ("hello\r\n\r\n", 400), ("GET\r\n\r\n", 400), ("G@T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/7.1\r\nHost: x\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: \u{1}\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: " + String(repeating: "x", count: 200_000) + "\r\n\r\n", 431),
        ("GET /" + String(repeating: "x", count: 200_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 201) + "\r\n", 431),
    ])
    func whatTheParserRefusesIsAProblem(_ text: String, _ status: Int) async throws {
        let answer = try await ConnectionServer().answer(to: text)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(100))")
        #expect(answer.contains("\r\nContent-Type: application/problem+json\r\n"))
        let type = try problem(answer).type
        #expect(type == "urn:rollcall:problem:" + (status == 400 ? "invalid-parameter" : "too-large"))
    }

    @Test func aProblemOfTheParserComesAfterTheAnswersToEarlierRequests() async throws {
        let answer = try await ConnectionServer().answer(
            to: "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nhello\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        let second = try #require(answer.firstRange(of: "HTTP/1.1 400 Bad Request\r\n"))
        #expect(answer[..<second.lowerBound].hasSuffix("{\"status\":\"ok\"}"))
        #expect(try problem(String(answer[second.lowerBound...])).type.hasSuffix(":invalid-parameter"))
    }

    @Test func aRefusedBodyIsAnsweredThoughTheClientGoesOnSending() async throws {
        let body = String(repeating: "x", count: 1_000_000)
        let answer = try await ConnectionServer().answer(
            to: "POST /v1/sources HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n\(body)")
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
        #expect(try problem(answer).type == "urn:rollcall:problem:too-large")
    }

    @Test(arguments: [
        "GET /healthz HTTP/1.0\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n",
    ])
    func aClientThatWantsOneAnswerGetsOneAndTheEnd(_ text: String) async throws {
        let server = ConnectionServer { $0.idleTimeout = .seconds(3600) }
        let answer = try await server.answer(to: text)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.contains("\r\nConnection: close\r\n"))
        #expect(answer.hasSuffix("{\"status\":\"ok\"}"))
    }

    @Test func whenFullTheIdleConnectionIsClosedForANewOne() async throws {
        let server = ConnectionServer {
            $0.connectionLimit = 1
            $0.idleTimeout = .seconds(3600)
        }
        try await server.running { port in
            let first = TestClient(host: "127.0.0.1", port: port, configuration: .patient)
            first.connect()
            #expect(try await first.get("/healthz").status == .ok)
            let (status, _) = try await server.get("/v1/sources", at: port)
            #expect(status == 200)
            try await first.getChannel().closeFuture.get()
            #expect(server.log.lines.contains { $0.contains("limit=listen.limits.connections") })
        }
    }

    @Test func whenNoneIsIdleHealthIsAnsweredAndAllElseIs503() async throws {
        let server = ConnectionServer {
            $0.connectionLimit = 1
            $0.requestTimeout = .seconds(3600)
            $0.crossOriginReading = CrossOriginReading(
                from: ["https://app.example.com"].compactMap { Origin($0) })
        }
        try await server.running { port in
            var overloaded = ""
            while overloaded.isEmpty {
                // If its bytes have not arrived when the next client comes, it is idle, and closed.
                let busy = try await RawReader.connect(to: port)
                try await busy.send("GET / HTTP/1.1\r\n")
                let (status, text) = try await server.get(
                    "/v1/sources", ["Origin: https://app.example.com"], at: port)
                if status == 503 { overloaded = text }
            }
            #expect(try problem(overloaded).type == "urn:rollcall:problem:overloaded")
            #expect(
                overloaded.contains("\r\nretry-after: 1\r\n") || overloaded.contains("\r\nRetry-After: 1\r\n")
            )
            #expect(
                overloaded.contains("\r\nVary: Authorization, Cookie, Accept, Accept-Encoding, Origin\r\n"))
            #expect(overloaded.contains("\r\nAccess-Control-Allow-Origin: https://app.example.com\r\n"))
            #expect(try await server.get("/healthz", at: port).status == 200)
            #expect(try await server.get("/readyz", at: port).status == 200)
            #expect(try await server.get("/docs", at: port).status == 503)
        }
    }

    /// Their answers are several megabytes long.
    private static let manyRequests = String(
        repeating: "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", count: 200)

    @Test func aClientThatPipelinesAndNeverReadsLosesItsConnection() async throws {
        let server = ConnectionServer(streams: { $0.pieceTimeout = .milliseconds(200) })
        try await server.running { port in
            let reader = try await RawReader.connect(to: port, taking: 1024)
            try? await reader.send(Self.manyRequests)
            try await server.healthy(at: port) {
                server.log.lines.contains { $0.hasSuffix("reason=slow reader") }
            }
        }
    }

    @Test func aShutdownDoesNotWaitForAClientThatPipelinesAndNeverReads() async throws {
        let server = ConnectionServer(
            { $0.shutdownPatience = .milliseconds(200) }, streams: { $0.pieceTimeout = .seconds(3600) })
        try await server.running { port in
            let reader = try await RawReader.connect(to: port, taking: 1024)
            try? await reader.send(Self.manyRequests)
            await server.stop()
            await server.ended()
        }
    }
}
