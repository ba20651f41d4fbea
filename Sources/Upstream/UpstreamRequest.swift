/// One HTTP request to a platform.
///
/// It prints without its query, its header values and its body.
package struct UpstreamRequest: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The raw value is what goes over the wire.
    package enum Method: String, Sendable { case get = "GET", post = "POST" }

    /// A request header.
    ///
    /// The name is an RFC 9110 token; the value has no control character but the tab. Anything else is
    /// refused as `badRequest` when the request is sent, and so are the headers that the transport owns:
    /// `Host`, `Connection`, `Content-Length`, `Transfer-Encoding`, `Upgrade`, `Expect`.
    package struct Header: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
        package var name: String
        package var value: String
        /// Hides the value in ``description``; it is sent as it is.
        package var isSecret: Bool

        package init(_ name: String, _ value: String, isSecret: Bool = false) {
            self.name = name
            self.value = value
            self.isSecret = isSecret
        }

        package var description: String { "\(name): \(isSecret ? "<redacted>" : value)" }
        package var debugDescription: String { description }
    }

    package var method: Method
    /// Absolute, `http` or `https`, percent-encoded, without user information; at most 32 KiB.
    package var url: String
    package var headers: [Header]
    /// The body of a POST; nil sends an empty one.
    ///
    /// A GET with a body is refused as `badRequest`.
    package var body: [UInt8]?
    package var options: ConnectionOptions
    /// How errors name the request where its URL came from the platform, and so may hold anything.
    ///
    /// Nil: by the URL without its query.
    package var alias: String?

    /// What the exchange that redirected here took of ``ConnectionOptions/totalTimeout``; nil where none did.
    ///
    /// Another redirect is refused where it is not nil.
    var spent: Duration?

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

    package var description: String {
        let place = alias ?? (try? RequestURL(url))?.display ?? "an unreadable URL"
        return "\(method.rawValue) \(place)"
    }

    func place(of target: RequestURL) -> String { alias ?? target.display }

    package var debugDescription: String { description }
}
