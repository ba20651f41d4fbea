import HTTPTypes
import Hummingbird

extension FrontConfig {
    /// Refuses a request whose URL, headers or body are too long.
    ///
    /// - Throws: `too-large`; if it refuses the body, the connection ends too, since the body is not read.
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
        // Nothing counts the bytes of a body of unknown length.
        if request.headers.contains(.transferEncoding) {
            throw .bodyRefused(
                "the body's length is unknown; send no body, or at most \(bodyLimitBytes) bytes with "
                    + "`Content-Length`, since bodies are ignored")
        }
        let bodyBytes = request.headers[.contentLength].map { Int($0) ?? .max } ?? 0
        if bodyBytes > bodyLimitBytes {
            throw .bodyRefused(
                "the body is longer than \(bodyLimitBytes) bytes; send none, since bodies are ignored")
        }
    }
}

extension Problem {
    fileprivate static func bodyRefused(_ detail: String) -> Problem {
        var problem = Problem(.tooLarge, detail)
        problem.endsConnection = true
        return problem
    }
}
