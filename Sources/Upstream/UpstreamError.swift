/// Why an exchange with a platform gave no response.
package struct UpstreamError: Error, Equatable, CustomStringConvertible {
    /// What the caller can do about it; one case per decision, not per libcurl code.
    package enum Code: Sendable {
        /// No name, no route, no proxy, connection refused or closed before any answer; or the transport is shut down.
        case unreachable
        /// The connect or the total deadline passed.
        case timedOut
        /// The peer could not be verified, or does not speak TLS; or the CA file cannot be read.
        case tls
        /// The body is larger than the limit.
        case tooLarge
        /// Not HTTP, cut off, wrongly compressed, or more than 256 KiB of headers.
        case badResponse
        /// `http` beyond loopback without the source's word for it.
        case plaintextRefused
        /// The request itself is at fault: its URL, a header, a body on a GET, an option.
        case badRequest
        /// A redirect to another origin, a second one, or one of a POST.
        case redirectRefused
    }

    package var code: Code
    /// For the operator: our words and `scheme://host:port/path`, never user information, a query, a header or a body.
    package var detail: String

    /// Whether the deadline that passed is that of connecting: the request did not reach the platform.
    package var isConnecting: Bool

    package init(code: Code, detail: String, isConnecting: Bool = false) {
        self.code = code
        self.detail = detail
        self.isConnecting = isConnecting
    }

    package var description: String { "\(code) (\(detail))" }
}
