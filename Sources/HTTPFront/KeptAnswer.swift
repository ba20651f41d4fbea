import Deployments
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import Wire

/// An answer whose body is whole, ready to be sent any number of times: as it is, compressed, or as "not modified".
struct KeptAnswer: Sendable {
    /// nil: only who asked is answered with it.
    private let constancy: Constancy?
    private let status: HTTPResponse.Status
    private let headers: HTTPFields
    private let tag: String?
    private var body: Body

    init(_ answer: Answer, _ body: [UInt8]) {
        constancy = answer.constancy
        status = answer.status
        headers = answer.headers
        tag = answer.headers[.eTag]
        self.body = Body(body)
    }

    var isForOthers: Bool { constancy != nil }

    /// Whether it would be made the same again.
    func holds(at now: Timestamp, for publication: Int) -> Bool {
        constancy?.holds(at: now, for: publication) ?? false
    }

    /// As ``AnswerCache/Limits/bytes`` counts it.
    var bytes: Int { 2 * body.plain.readableBytes }

    /// The same answer with another's body, where that has the same bytes: it may be compressed already.
    ///
    /// The tag does not tell: an answer's times are no part of it.
    func takingBody(of other: KeptAnswer) -> KeptAnswer {
        guard body.plain == other.body.plain else { return self }
        var answer = self
        answer.body = other.body
        return answer
    }

    /// What a request gets: 304 where it has the answer already.
    func response(to request: Request) -> Response {
        if request.has(tag) { return Response(notModified: headers) }
        var headers = headers
        let isCompressed = body.isWorthCompressing && request.acceptsGzip
        if isCompressed { headers[.contentEncoding] = "gzip" }
        let bytes = isCompressed ? body.compressed : body.plain
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: bytes))
    }

    /// Shared by the answers that have the same, so that it is compressed once.
    private final class Body: Sendable {
        let plain: ByteBuffer
        private let gzipped = Mutex<ByteBuffer?>(nil)

        init(_ bytes: [UInt8]) { plain = ByteBuffer(bytes: bytes) }

        /// Below it a packet holds the plain text as well.
        var isWorthCompressing: Bool { plain.readableBytes > 1024 }

        /// Made by the first who asks, while others wait.
        var compressed: ByteBuffer {
            gzipped.withLock { gzipped in
                let made = gzipped ?? ByteBuffer(bytes: gzip(Array(plain.readableBytesView)))
                gzipped = made
                return made
            }
        }
    }
}

extension Request {
    /// Whether the client has what this tag names already.
    func has(_ tag: String?) -> Bool {
        guard let tag, let known = headers[.ifNoneMatch] else { return false }
        return isMatched(tag, by: known)
    }

    var acceptsGzip: Bool {
        // Parsed only where it is there: most clients of an API send none.
        guard headers.contains(.acceptEncoding) else { return false }
        return Preferences(lines: headers[values: .acceptEncoding]).acceptsGzip
    }
}
