import HTTPTypes
import Hummingbird
import NIOCore

extension FrontConfig {
    /// Refuses a request whose URL or headers are too long.
    ///
    /// - Throws: `too-large`.
    func checkLimits(of request: Request) throws(Problem) {
        if request.head.path?.utf8.count ?? 0 > targetLimitBytes {
            throw Problem(
                .tooLarge, status: .uriTooLong, "the URL is longer than \(targetLimitBytes) bytes")
        }
        // Each header's name, value, colon, space and line end.
        let headerBytes = request.headers.reduce(0) {
            $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 4
        }
        if headerBytes > headerLimitBytes {
            throw Problem(
                .tooLarge, status: .requestHeaderFieldsTooLarge,
                "the request headers are longer than \(headerLimitBytes) bytes in total")
        }
    }

    /// Refuses a body that is too long, or whose length is unknown.
    ///
    /// - Throws: `too-large`.
    func checkBody(of request: Request) throws(Problem) {
        guard !allowsBody(of: request) else { return }
        throw Problem(
            .tooLarge,
            request.headers.contains(.transferEncoding)
                ? "the body's length is unknown; send no body, or at most \(bodyLimitBytes) bytes with "
                    + "`Content-Length`, since bodies are ignored"
                : "the body is longer than \(bodyLimitBytes) bytes; send none, since bodies are ignored")
    }

    /// The complete body of a request; nil if it ended early, or is longer than allowed.
    ///
    /// A body that does not arrive in time ends the connection.
    func body(of request: Request, on channel: any Channel) async -> [UInt8]? {
        let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(requestTimeout)) {
            channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        let body = try? await request.body.collect(upTo: bodyLimitBytes)
        return body.map { Array($0.readableBytesView) }
    }

    /// True if the request states no body, or one that is short enough to be read to its end.
    func allowsBody(of request: Request) -> Bool {
        // Nothing counts the bytes of a body of unknown length.
        guard !request.headers.contains(.transferEncoding) else { return false }
        return (request.headers[.contentLength].map { Int($0) ?? .max } ?? 0) <= bodyLimitBytes
    }
}
