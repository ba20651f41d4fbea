import HTTPFront
import HTTPTypes
import NIOCore
import TestSupport
import Testing
import Wire

@Suite struct GzipTests {
    private func packed(_ text: [UInt8]) -> [UInt8] { Array(gzip(ByteBuffer(bytes: text)).readableBytesView) }

    @Test(arguments: [0, 1, 100, 65_536, 1_000_000])
    func aTextIsTheSameAfterwards(_ count: Int) throws {
        var random = SeededGenerator(seed: 71)
        for variety in [UInt8(1), 4, 255] {
            let text = (0..<count).map { _ in UInt8.random(in: 0...variety, using: &random) }
            #expect(try gunzip(packed(text)) == text)
        }
    }

    @Test func whatRepeatsIsShortAndTheSameTextIsTheSameBytes() {
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 100_000)
        #expect(packed(text).count < 200)
        #expect(packed(text) == packed(text))
        #expect(Array(packed(text).prefix(2)) == [0x1F, 0x8B])
    }

    @Test(
        arguments: [
            ([], nil), (["gzip"], "gzip"), (["GZIP"], "gzip"), (["x-gzip"], "gzip"), (["*"], "gzip"),
            (["gzip, deflate, br, zstd"], "gzip"), (["br", "gzip;q=0.5"], "gzip"), (["deflate"], nil),
            ([""], nil),
            (["identity"], nil), (["gzip;q=0"], nil), (["gzip;q=0.000"], nil), (["*;q=0"], nil),
            (["gzip;q=0, *"], nil), (["gzip; q=0 , x-gzip"], "gzip"), (["identity;q=0, *;q=0.1"], "gzip"),
            (["identity, gzip;q=0.9"], nil), (["identity;q=0.9, gzip"], "gzip"), (["gzip;q=1.001"], nil),
            (["gzip;q=x, br"], nil), (["gzip;q=0.0001"], nil), (["gzip;Q=0.001"], "gzip"), (["gzip;q"], nil),
            (["\"gzip\""], nil), (["gzip deflate, br"], nil), ([",,gzip,"], "gzip"),
        ] as [([String], String?)])
    func itIsSentWhereItIsWelcome(_ lines: [String], _ coding: String?) async throws {
        let front = FrontHarness(published: examplePublished())
        let reply = try await front.get(
            "/v1/deployments?format=csv", lines: lines.map { .init(name: .acceptEncoding, value: $0) })
        #expect(reply["Content-Encoding"] == coding)
        #expect(reply["Vary"] == "Authorization, Cookie, Accept, Accept-Encoding")
        #expect(reply["Content-Length"] == "\(reply.bytes.count)")
        let plain = try await front.get("/v1/deployments?format=csv")
        let text = coding == nil ? reply.bytes : try gunzip(reply.bytes)
        #expect(text == plain.bytes)
        #expect(reply["ETag"] == plain["ETag"])
    }

    @Test(arguments: [
        "/v1/deployments", "/v1/summary?group_by=source,status", "/openapi.json", "/docs", "/docs.css",
    ])
    func aWholeAnswerIsCompressedWhereItIsWelcome(_ target: String) async throws {
        let front = FrontHarness(published: examplePublished())
        let reply = try await front.get(target, ["Accept-Encoding": "gzip"])
        let plain = try await front.get(target)
        #expect(reply["Content-Encoding"] == "gzip" && plain["Content-Encoding"] == nil)
        #expect(reply["Content-Length"] == "\(reply.bytes.count)")
        #expect(try gunzip(reply.bytes) == plain.bytes)
        #expect(reply["ETag"] == plain["ETag"])
    }

    @Test(arguments: ["/healthz", "/nowhere", "/v1/deployments?status=DELETED&fields=uid&source=ali"])
    func aShortAnswerIsNotCompressed(_ target: String) async throws {
        let front = FrontHarness(published: examplePublished())
        let reply = try await front.get(target, ["Accept-Encoding": "gzip"])
        #expect(reply["Content-Encoding"] == nil)
        #expect(reply.json != nil)
    }
}
