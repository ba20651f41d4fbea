/// A failed exchange with a platform: there is no response.
package struct UpstreamError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure; one case per decision of the caller, not per libcurl code.
    package enum Code: Sendable {
        /// No name, no route, no proxy, connection refused or closed before any response; or the transport is
        /// shut down.
        case unreachable
        /// This process may open no further file or connection.
        case noDescriptors
        /// The connect or the total deadline passed.
        case timedOut
        /// The peer could not be verified, or does not speak TLS; or the CA file cannot be read.
        case tls
        /// The body is larger than the limit.
        case tooLarge
        /// Not HTTP, cut off, wrongly compressed, a header line of more than 100 KiB, or more than 256 KiB of
        /// headers.
        case badResponse
        /// `http` beyond loopback that the source does not allow.
        case plaintextRefused
        /// The request itself is at fault: its URL, a header, a body on a GET, an option.
        case badRequest
        /// A redirect to another origin, a second one, or one of a request that is no GET.
        case redirectRefused
    }

    /// The kind of failure.
    package var code: Code
    /// A message for the operator with `scheme://host:port/path`, never user information, a query, a header
    /// or a body.
    package var detail: String

    /// True if the connect deadline passed: the request did not reach the platform.
    package var isConnecting: Bool

    /// True only if it is certain that no byte of the request was sent; connecting, a proxy's tunnel and the TLS
    /// handshake come before that.
    package var isUnsent: Bool

    /// The status of the response whose headers arrived complete before the failure, 200 to 999; nil without one.
    package var status: Int?

    /// True if the connection ended after the response had begun: the same request may succeed.
    package var isCutOff = false

    /// True if sending the same request again is of no use, as where a proxy refuses it for its credentials.
    package var isFinal = false

    /// True if ``UpstreamRequest/mayReceive`` ended the transfer: later the same request may succeed.
    package var lacksRoom = false

    /// The path that a refused redirect leads to, percent-encoded; nil for any other error, and where the
    /// address cannot be read.
    ///
    /// It comes from the platform and may hold anything, so it is compared and never shown.
    package var refusedPath: String?

    /// Makes an error.
    package init(
        code: Code, detail: String, isConnecting: Bool = false, isUnsent: Bool = false, status: Int? = nil
    ) {
        self.code = code
        self.detail = detail
        self.isConnecting = isConnecting
        self.isUnsent = isUnsent
        self.status = status
    }

    /// The kind with the message.
    package var description: String { "\(code) (\(detail))" }
}
