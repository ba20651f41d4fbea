/// A platform's response, whatever its status.
///
/// Its description leaves out header values and the body.
package struct UpstreamResponse: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The status, 200 to 999; never an interim one.
    package var status: Int
    /// The headers in the order received, names in lower case; of the last response only, without trailers.
    package var headers: [(name: String, value: String)]
    /// The decompressed body.
    package var body: [UInt8]
    /// `1.0`, `1.1` or `2`.
    package var httpVersion: String
    /// True if only the end of the connection ended the body, so that nothing tells whether it is complete.
    package var isEndedByConnection = false
    /// The request to send next; nil where the response is not a redirect.
    ///
    /// It is the same request to another URL of the same origin, with the remaining time; it has not been
    /// sent yet.
    package var redirect: UpstreamRequest?

    /// Makes a response; tests and transports do.
    package init(
        status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        httpVersion: String = "1.1"
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.httpVersion = httpVersion
    }

    /// The first value of a header, its name in any case.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name == wanted }?.value
    }

    /// The status with the numbers of headers and bytes.
    package var description: String {
        "HTTP/\(httpVersion) \(status), \(headers.count) headers, \(body.count) bytes"
    }

    /// The same as ``description``.
    package var debugDescription: String { description }
}
