import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// A response with a complete body, ready to be sent any number of times: plain, compressed, or as "not modified".
struct CachedResponse: Sendable {
    /// The time during which the response may be shared; nil if it is for one request only.
    private let validity: Validity?
    /// The cursor whose token it gives out; nil if it gives none.
    let cursor: CursorID?
    private let status: HTTPResponse.Status
    private let headers: HTTPFields
    private let tag: String?
    private var body: CompleteBody

    init(_ answer: RouteResponse, _ body: CompleteBody) {
        validity = answer.validity
        cursor = answer.cursor
        status = answer.status
        headers = answer.headers
        tag = answer.headers[.eTag]
        self.body = body
    }

    /// True if other requests may get the response.
    var isShareable: Bool { validity != nil }

    /// True if the same request would get the same response again.
    func isValid(at now: Timestamp, for publication: Publication) -> Bool {
        validity?.isValid(at: now, for: publication) ?? false
    }

    /// The estimated size for ``ResponseCache/Limits/bytes``.
    ///
    /// The body counts twice, since a compressed form of it, which is shorter, may be stored too.
    var bytes: Int {
        headers.reduce(2 * body.plain.readableBytes) {
            $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 64
        }
    }

    /// The same response with the body of another one, which may be compressed already, if the bytes are equal.
    ///
    /// The bytes are compared, since equal tags do not prove it: a tag does not depend on the times in a body.
    func takingBody(of other: CachedResponse) -> CachedResponse {
        guard body.plain == other.body.plain else { return self }
        var response = self
        response.body = other.body
        return response
    }

    /// The response to a request: 304 if `If-None-Match` names its tag.
    func response(to request: Request) -> Response {
        if request.has(tag) { return Response(notModified: headers) }
        var headers = headers
        let isCompressed = body.isWorthCompressing && request.acceptsGzip
        if isCompressed { headers[.contentEncoding] = "gzip" }
        let bytes = isCompressed ? body.compressed : body.plain
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: bytes))
    }
}

extension Request {
    /// True if `If-None-Match` names this tag, so that the client has the body already.
    func has(_ tag: String?) -> Bool {
        guard let tag, let known = headers[.ifNoneMatch] else { return false }
        return isMatched(tag, by: known)
    }

    /// True if the client accepts a compressed body.
    var acceptsGzip: Bool {
        // Parsed only if it is there: most clients of an API send none.
        guard headers.contains(.acceptEncoding) else { return false }
        return AcceptHeader(lines: headers[values: .acceptEncoding]).acceptsGzip
    }
}
