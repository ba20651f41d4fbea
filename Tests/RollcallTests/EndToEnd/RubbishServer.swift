import Hummingbird
import NIOCore
import Sandbox
import Synchronization

/// An upstream that answers every request with whatever stands in it.
final class RubbishServer: Sendable {
    struct Reply: Sendable {
        var status = 200
        var isGzip = false
        var body: Body

        enum Body: Sendable {
            case bytes([UInt8])
            /// This many MiB of spaces; `announced` sends the length first.
            case megabytes(Int, announced: Bool)
        }
    }

    private let reply = Mutex(Reply(body: .bytes(RubbishServer.page)))

    func set(_ new: Reply) { reply.withLock { $0 = new } }
    func set(_ bytes: [UInt8]) { set(Reply(body: .bytes(bytes))) }

    var router: Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.get("**") { _, _ in
            let reply = self.reply.withLock { $0 }
            return reply.response
        }
        return router
    }

    /// Nine recorded versions of eight deployments, one page, one field a line.
    static let page: [UInt8] = Array(
        (Samples.embedded.first { $0.file == "nemo_deployments_all_versions.json" }?.text ?? "").utf8)
}

extension RubbishServer.Reply {
    fileprivate var response: Response {
        var headers: HTTPFields = [.contentType: "application/json"]
        if isGzip { headers[.contentEncoding] = "gzip" }
        let body: ResponseBody
        switch self.body {
        case .bytes(let bytes): body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        case .megabytes(let count, let announced):
            body = ResponseBody(contentLength: announced ? count << 20 : nil) { writer in
                let chunk = ByteBuffer(repeating: UInt8(ascii: " "), count: 1 << 20)
                for _ in 0..<count { try await writer.write(chunk) }
                try await writer.finish(nil)
            }
        }
        return Response(status: .init(code: status), headers: headers, body: body)
    }
}

/// Compresses one repeated byte as small as deflate's fixed codes can (RFC 1951).
///
/// The checksum at its end is wrong: only a reader whose limit admits all the content notices that.
func gzipBomb(megabytes: Int) -> [UInt8] {
    var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    var (pending, width) = (UInt64(0), UInt64(0))
    func put(_ bits: UInt64, _ count: UInt64) {
        pending |= bits << width
        width += count
        while width >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            width -= 8
        }
    }
    // The last block, with fixed codes; a space as a literal, whose code 0b01010000 is written from its top bit.
    put(0b011, 3)
    put(0b0000_1010, 8)
    // "The 258 bytes before, from 1 back": length code 285, 0b11000101, and distance code 0.
    for _ in 0..<((megabytes << 20) / 258) { put(0b0_0000_1010_0011, 13) }
    put(0, 7)
    put(0, 7)
    return bytes + [0, 0, 0, 0, 0, 0, 0, 0]
}
