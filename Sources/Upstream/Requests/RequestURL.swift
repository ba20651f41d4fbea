import CCurl

/// A URL as libcurl reads it, and the parts of it that may be shown.
///
/// The same parser checks the URL and connects: ``text`` is libcurl's own normal form, so that a host found
/// to be loopback is the host that is connected to (`http://2130706433` is `127.0.0.1`;
/// `http://localhost@evil.com` is refused).
package struct RequestURL: Sendable, Equatable {
    /// The length of the longest URL, in bytes.
    package static let maximumBytes = 32 << 10

    /// `http` or `https`.
    package let scheme: String
    /// The host in lower case; an IPv6 address in brackets.
    package let host: String
    /// The port; the scheme's own where the URL names none.
    package let port: Int
    /// The path with its percent-encoding; `/` at least.
    package let path: String
    /// The text after `?`; nil where there is none.
    package let query: String?
    /// The complete URL, with its query and without its fragment; it is sent, and never shown.
    let text: String

    /// The reason that a text is not such a URL; it repeats nothing of the text, which may hold a password.
    package enum Fault: Error {
        case tooLong, notEncoded, notAbsolute, userInformation, badHost, badPort, noMemory

        fileprivate var summary: String {
            switch self {
            case .tooLong: "the URL is longer than 32 KiB"
            case .notEncoded: "the URL is not percent-encoded"
            case .notAbsolute: "the URL is not an absolute http or https URL"
            case .userInformation: "the URL contains user information"
            case .badHost: "the URL's host is not a name or an address"
            case .badPort: "the URL's port is not a number from 1 to 65535"
            case .noMemory: "not enough memory to read the URL"
            }
        }
    }

    /// Reads an absolute URL.
    ///
    /// - Throws: ``UpstreamError`` with `badRequest`; its detail repeats nothing of the text.
    package init(_ text: String) throws(UpstreamError) {
        do throws(Fault) {
            self = try RequestURL(parsing: text)
        } catch {
            throw UpstreamError(code: .badRequest, detail: error.summary, isUnsent: true)
        }
    }

    /// Reads an absolute URL; throws the kind of fault.
    package init(parsing text: String) throws(Fault) {
        guard text.utf8.count <= Self.maximumBytes else { throw .tooLong }
        guard Self.isEncoded(text) else { throw .notEncoded }
        // libcurl would accept `https:/host` and `https:///host`.
        let rest = text.drop { $0 != ":" }.dropFirst()
        guard rest.hasPrefix("//"), !rest.hasPrefix("///") else { throw .notAbsolute }
        guard let parts = URLHandle() else { throw .noMemory }
        switch parts.set(text) {
        case CURLUE_OK: break
        case CURLUE_USER_NOT_ALLOWED: throw .userInformation
        case CURLUE_BAD_PORT_NUMBER: throw .badPort
        case CURLUE_BAD_HOSTNAME, CURLUE_BAD_IPV6, CURLUE_NO_HOST: throw .badHost
        case CURLUE_OUT_OF_MEMORY: throw .noMemory
        default: throw .notAbsolute
        }
        guard let url = RequestURL(parts) else { throw .notAbsolute }
        // libcurl accepts both, but could never connect.
        guard !url.host.hasPrefix("."), !url.host.contains("..") else { throw .badHost }
        guard url.port > 0 else { throw .badPort }
        self = url
    }

    private init?(_ parts: borrowing URLHandle) {
        parts.drop(CURLUPART_FRAGMENT)
        guard
            let scheme = parts.get(CURLUPART_SCHEME)?.lowercased(), scheme == "http" || scheme == "https",
            let host = parts.get(CURLUPART_HOST)?.lowercased(), !host.isEmpty,
            let port = parts.get(CURLUPART_PORT, flags: CURLU_DEFAULT_PORT).flatMap({ Int($0) }),
            let path = parts.get(CURLUPART_PATH), let text = parts.get(CURLUPART_URL)
        else { return nil }
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
        self.query = parts.get(CURLUPART_QUERY)
        self.text = text
    }

    /// The target of a `Location` header of this URL's response.
    ///
    /// - Returns: nil if it cannot be read, is not http or https, or names a user.
    func resolving(_ location: String) -> RequestURL? {
        guard
            location.utf8.count <= Self.maximumBytes, Self.isEncoded(location),
            let parts = URLHandle(), parts.set(text) == CURLUE_OK, parts.set(location) == CURLUE_OK
        else { return nil }
        return RequestURL(parts)
    }

    /// An absolute http or https URL of a platform as it may be shown: without user information, query and
    /// fragment.
    ///
    /// - Returns: nil if the text is no such URL.
    package static func published(_ text: String) -> String? {
        // libcurl would accept `https:/host` and `https:///host`.
        let rest = text.drop { $0 != ":" }.dropFirst()
        guard text.utf8.count <= maximumBytes, isEncoded(text), rest.hasPrefix("//"), !rest.hasPrefix("///"),
            let parts = URLHandle(),
            parts.set(text, allowingUser: true) == CURLUE_OK
        else { return nil }
        for part in [CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_QUERY] {
            parts.drop(part)
        }
        guard let url = RequestURL(parts) else { return nil }
        // libcurl writes the path `/` where the text has none.
        let hasPath = text.drop { $0 != ":" }.dropFirst(3).prefix { !"?#".contains($0) }.contains("/")
        return url.path == "/" && !hasPath ? String(url.text.dropLast()) : url.text
    }

    private static func isEncoded(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }

    /// `scheme://host:port`, the port always written.
    var origin: String { "\(scheme)://\(host):\(port)" }

    /// `scheme://host`, with the port if it is not the scheme's own; the beginning of further URLs.
    package var shortOrigin: String {
        port == (scheme == "https" ? 443 : 80) ? "\(scheme)://\(host)" : origin
    }

    /// The part that errors and logs may show: the origin and the first 200 characters of the path.
    package var display: String { origin + (path.count > 200 ? path.prefix(200) + "…" : path) }

    /// True if the host is this machine by definition, whatever a name server says.
    ///
    /// libcurl itself resolves `localhost` and `*.localhost` (RFC 6761 §6.3); 127.0.0.0/8 and `::1` need no
    /// resolution.
    package var isLoopback: Bool {
        if host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127"
            && octets.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8($0) != nil }
    }

    /// True if ``isLoopback`` holds for a URL with this host; an IPv6 address is given without brackets.
    package static func isLoopback(host: String) -> Bool {
        guard !host.contains(where: { "/?#".contains($0) }) else { return false }
        let url = try? RequestURL(parsing: host.contains(":") ? "http://[\(host)]" : "http://\(host)")
        return url?.isLoopback ?? false
    }
}

/// Owns one `CURLU`.
private struct URLHandle: ~Copyable {
    private let handle: OpaquePointer

    init?() {
        guard let handle = curl_url() else { return nil }
        self.handle = handle
    }

    deinit { curl_url_cleanup(handle) }

    /// Reads a URL: an absolute one in the first call; in later calls also one relative to the URL so far.
    func set(_ text: String, allowingUser: Bool = false) -> CURLUcode {
        curl_url_set(handle, CURLUPART_URL, text, allowingUser ? 0 : UInt32(CURLU_DISALLOW_USER))
    }

    func drop(_ part: CURLUPart) { curl_url_set(handle, part, nil, 0) }

    func get(_ part: CURLUPart, flags: Int32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
