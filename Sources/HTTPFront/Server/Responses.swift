import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// 304: the client has the body already.
    init(notModified headers: HTTPFields) {
        self.init(status: .notModified, headers: headers)
        self.headers[.contentType] = nil
        self.headers[.contentDisposition] = nil
        // The initializer sets 0, which is not the length that a 200 would have (RFC 9110 §8.6).
        self.headers[.contentLength] = nil
    }

    /// An error: never cached; without the headers that every answer has.
    init(_ problem: Problem, requestID: String) {
        var headers = problem.headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        let body = ByteBuffer(bytes: problem.json(requestID: requestID))
        self.init(status: problem.status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// True if the length of the body is unknown until its end.
    var isStreamed: Bool { body.contentLength == nil }

    /// The answer to `HEAD`.
    ///
    /// For a body of unknown length NIO writes the last chunk even if there is no body. So the connection is closed
    /// instead.
    func withoutBody(on channel: any Channel) -> Response {
        var head = createHeadResponse()
        // The initializer sets 0 if there is none.
        head.headers[.contentLength] = headers[.contentLength]
        guard isStreamed else { return head }
        head.headers[.connection] = "close"
        return Response(
            status: head.status, headers: head.headers,
            body: ResponseBody { _ in channel.close(promise: nil) })
    }

    /// Makes ``ConnectionHandler`` end the connection once the response is sent.
    ///
    /// Otherwise the request's body is read to its end before the next request.
    mutating func endConnection() { headers[.connection] = "close" }
}
