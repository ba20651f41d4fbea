import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// The answer's status with its body, or 304 where the client has that already.
    init(_ answer: Answer) {
        if let body = answer.body {
            let buffer = ByteBuffer(bytes: body)
            self.init(status: answer.status, headers: answer.headers, body: ResponseBody(byteBuffer: buffer))
        } else {
            self.init(status: .notModified, headers: answer.headers)
            // The initialiser says 0, which is not the length that a 200 would have (RFC 9110 §8.6).
            headers[.contentLength] = nil
        }
    }

    /// An error: never cached.
    init(_ problem: Problem, requestID: String) {
        var headers = problem.headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        let body = ByteBuffer(bytes: problem.json(requestID: requestID))
        self.init(status: problem.status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// Closes the connection once the response is written.
    ///
    /// Hummingbird reads a request's body to its end before the next request, however long it is.
    mutating func end(_ channel: any Channel) {
        headers[.connection] = "close"
        let whole = body
        body = ResponseBody(contentLength: whole.contentLength) { writer in
            try await whole.write(writer)
            channel.close(promise: nil)
        }
    }
}
