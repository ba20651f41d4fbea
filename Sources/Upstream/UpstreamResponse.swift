/// What a platform answered, whatever the status.
///
/// It prints without its header values and its body.
package struct UpstreamResponse: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// 200 to 999; never an interim one.
    package var status: Int
    /// In the order received, names in lower case; of the last answer only, without trailers.
    package var headers: [(name: String, value: String)]
    /// Decompressed.
    package var body: [UInt8]
    /// `1.0`, `1.1` or `2`.
    package var httpVersion: String
    /// What to send next; nil where the answer is no redirect.
    ///
    /// The same request within the same origin, within what is left of its time; it is not sent yet.
    package var redirect: UpstreamRequest?

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

    package var description: String {
        "HTTP/\(httpVersion) \(status), \(headers.count) headers, \(body.count) bytes"
    }

    package var debugDescription: String { description }
}
