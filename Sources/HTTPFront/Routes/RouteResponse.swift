import HTTPTypes
import NIOCore
import Wire

/// A successful response: 200 or 202 with a body, or a redirect.
struct RouteResponse {
    enum Body {
        case complete(CompleteBody)
        /// Lines that are made while they are sent, unless the body is short.
        case lines(LineBody)
    }

    var status = HTTPResponse.Status.ok
    /// All headers except those that every response has.
    var headers: HTTPFields
    var body: Body
    /// The time during which the same request gets the same response; nil if the response is for one request only.
    var validity: Validity?
    /// The cursor whose token the response gives out; nil if it gives none.
    var cursor: CursorID?
}

extension RouteResponse {
    /// A JSON object that no cache may give to another request.
    static func uncached(
        status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], members: (inout JSONWriter) -> Void
    ) -> RouteResponse {
        var headers = headers
        headers[.contentType] = ResponseFormat.json.contentType
        headers[.cacheControl] = "no-store"
        var json = JSONWriter()
        json.object(members)
        return RouteResponse(
            status: status, headers: headers,
            body: .complete(CompleteBody(ByteBuffer(bytes: json.bytes), effort: .fast)))
    }

    /// 303 to a relative reference; not cached, so that `/` can become a page in a later release.
    static func redirect(to location: String) -> RouteResponse {
        RouteResponse(
            status: .seeOther, headers: [.location: location, .cacheControl: "no-store"],
            body: .complete(CompleteBody(ByteBuffer(), effort: .fast)))
    }
}
