import Deployments
import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// An answer whose body is whole, ready to be sent any number of times: as it is, compressed, or as "not modified".
struct CachedResponse: Sendable {
    /// nil: only who asked is answered with it.
    private let validity: Validity?
    private let status: HTTPResponse.Status
    private let headers: HTTPFields
    private let tag: String?
    private var body: WholeBody

    init(_ answer: RouteResponse, _ body: WholeBody) {
        validity = answer.validity
        status = answer.status
        headers = answer.headers
        tag = answer.headers[.eTag]
        self.body = body
    }

    var isForOthers: Bool { validity != nil }

    /// Whether it would be made the same again.
    func holds(at now: Timestamp, for publication: Int) -> Bool {
        validity?.holds(at: now, for: publication) ?? false
    }

    /// As ``ResponseCache/Limits/bytes`` counts it: the body twice, as it may be kept compressed too, which takes less.
    var bytes: Int {
        headers.reduce(2 * body.plain.readableBytes) {
            $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 64
        }
    }

    /// The same answer with another's body, where that has the same bytes: it may be compressed already.
    ///
    /// The tag does not tell: an answer's times are no part of it.
    func takingBody(of other: CachedResponse) -> CachedResponse {
        guard body.plain == other.body.plain else { return self }
        var answer = self
        answer.body = other.body
        return answer
    }

    /// What a request gets: 304 where it has the answer already.
    func response(to request: Request, from state: FrontState, on channel: any Channel) -> Response {
        if request.has(tag) { return Response(notModified: headers) }
        var headers = headers
        let isCompressed = body.isWorthCompressing && request.acceptsGzip
        if isCompressed { headers[.contentEncoding] = "gzip" }
        let bytes = isCompressed ? body.compressed(by: state.compressor) : body.plain
        return Response(status: status, headers: headers, body: state.streams.body(bytes, on: channel))
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
        return AcceptHeader(lines: headers[values: .acceptEncoding]).acceptsGzip
    }
}
