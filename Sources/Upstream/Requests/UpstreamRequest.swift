/// One HTTP request to a platform.
///
/// Its description leaves out the query, header values and the body.
package struct UpstreamRequest: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The request's method; the raw value is sent.
    ///
    /// A GET may be sent again, see ``UpstreamRequest/mayResend``; every other is sent once, over a connection of its own.
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
    }

    /// A request header.
    ///
    /// The name is an RFC 9110 token; the value has no control character but the tab. Anything else is
    /// refused as `badRequest` when the request is sent, and so are the headers that the transport owns:
    /// `Host`, `Connection`, `Content-Length`, `Transfer-Encoding`, `Upgrade`, `Expect`.
    package struct Header: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
        /// The name, in any case.
        package var name: String
        /// The value as it is sent.
        package var value: String
        /// True hides the value in ``description``; it is sent as it is.
        package var isSecret: Bool

        /// Makes a header.
        package init(_ name: String, _ value: String, isSecret: Bool = false) {
            self.name = name
            self.value = value
            self.isSecret = isSecret
        }

        /// The header's line; a secret value is left out.
        package var description: String { "\(name): \(isSecret ? "<redacted>" : value)" }
        /// The same as ``description``.
        package var debugDescription: String { description }
    }

    /// The method.
    package var method: Method
    /// An absolute `http` or `https` URL, percent-encoded, without user information; at most 32 KiB.
    package var url: String
    /// The headers in the order in which they are sent.
    package var headers: [Header]
    /// The body of any method but GET; nil sends an empty one.
    ///
    /// A GET with a body is refused as `badRequest`.
    package var body: [UInt8]?
    /// The options of its connection.
    package var options: ConnectionOptions
    /// The name to show in errors, for a URL that came from the platform and so may contain anything.
    ///
    /// If nil, errors show the URL without its query.
    package var alias: String?

    /// Called on the transport's thread, at most twice for each `send`, before a GET is sent again because a
    /// reused connection turned out to be closed or the platform refused the stream; false prevents it.
    ///
    /// It must not block. If nil, the request may be sent again.
    package var mayResend: (@Sendable () -> Bool)?

    /// Called on the transport's thread before the body, as far as it is received, grows to a number of bytes,
    /// and once for its announced length; false ends the transfer as `tooLarge`, see
    /// ``UpstreamError/lacksRoom``.
    ///
    /// It must not block. If nil, only the body limit counts. A redirect does not have it.
    package var mayReceive: (@Sendable (_ bytes: Int) -> Bool)?

    /// The part of ``ConnectionOptions/totalTimeout`` that the exchange before a redirect took; nil without a
    /// redirect.
    ///
    /// If it is not nil, another redirect is refused.
    var spent: Duration?

    /// Makes a request, by default a GET.
    package init(
        method: Method = .get, url: String, headers: [Header] = [], body: [UInt8]? = nil,
        options: ConnectionOptions = ConnectionOptions(), alias: String? = nil
    ) {
        self.alias = alias
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.options = options
    }

    /// The method and the name of the request in errors.
    package var description: String {
        let name = alias ?? (try? RequestURL(url))?.display ?? "an unreadable URL"
        return "\(method.rawValue) \(name)"
    }

    /// The name of the request in errors.
    func displayName(at target: RequestURL) -> String { alias ?? target.display }

    /// The same as ``description``.
    package var debugDescription: String { description }
}
