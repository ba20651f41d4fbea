import HTTPTypes
import NIOCore
import NIOHTTP1

/// The answers that are given before a request reaches the responder.
extension Problem {
    /// The headers of a request took too long.
    static let requestTimeout = Problem(
        .requestTimeout, "the request did not arrive in time; send its headers at once")

    /// There are too many connections.
    static let overloaded: Problem = {
        var problem = Problem(.overloaded, "too many connections are open; retry later")
        problem.headers[.retryAfter] = "1"
        return problem
    }()

    /// What arrived is no HTTP request, or its headers are far beyond the limit.
    static func malformed(_ error: HTTPParserError) -> Problem {
        if case .headerOverflow = error {
            return Problem(
                .tooLarge, status: .requestHeaderFieldsTooLarge,
                "the URL, a header, all headers together, or their number is far beyond the limit")
        }
        let part =
            switch error {
            case .invalidVersion: "its version is not HTTP/1.0 or HTTP/1.1"
            case .invalidMethod: "its method is none"
            case .invalidURL, .invalidHost, .invalidPort, .invalidPath, .invalidQueryString, .invalidFragment:
                "its target is no URL or path"
            case .invalidHeaderToken: "a header's name or value has a character that HTTP does not allow"
            case .invalidContentLength, .unexpectedContentLength:
                "its `Content-Length` is no number, or contradicts another header"
            case .invalidEOFState, .closedConnection: "it ends within its headers"
            default: "it does not have the form that RFC 9112 requires"
            }
        return Problem(.invalidParameter, "this is no HTTP/1.1 request: \(part)")
    }

    /// The head and the body of an answer after which the connection ends.
    func lastAnswer(requestID: String, vary: String) -> (HTTPResponseHead, ByteBuffer) {
        let body = ByteBuffer(bytes: json(requestID: requestID))
        var headers = HTTPHeaders([
            ("Content-Type", "application/problem+json"), ("Content-Length", "\(body.readableBytes)"),
            ("Cache-Control", "no-store"), ("Vary", vary),
            ("X-Content-Type-Options", "nosniff"), ("X-Request-Id", requestID), ("Connection", "close"),
        ])
        for field in self.headers { headers.add(name: field.name.rawName, value: field.value) }
        let status = HTTPResponseStatus(statusCode: status.code, reasonPhrase: status.reasonPhrase)
        return (HTTPResponseHead(version: .http1_1, status: status, headers: headers), body)
    }
}
