import CCurl

/// A URL as libcurl reads it, and what may be shown of it.
///
/// One parser decides and connects: ``text`` is libcurl's own normal form, so that a host judged to be loopback is
/// the host that is connected to (`http://2130706433` is `127.0.0.1`; `http://localhost@evil.com` is refused).
package struct RequestURL: Sendable, Equatable {
    static let maximumBytes = 32 << 10

    /// `http` or `https`.
    let scheme: String
    /// In lower case; an IPv6 address in brackets.
    let host: String
    /// The scheme's own where the URL names none.
    let port: Int
    let path: String
    /// The whole URL, query included, fragment left out: what is sent, never shown.
    let text: String

    /// Reads an absolute URL.
    ///
    /// - Throws: ``UpstreamError`` with `badRequest`; its detail repeats nothing of the text.
    package init(_ text: String) throws(UpstreamError) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw UpstreamError(code: .badRequest, detail: "the URL is longer than 32 KiB")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw UpstreamError(code: .badRequest, detail: "the URL is not percent-encoded")
        }
        // libcurl would forgive `https:/host` and `https:///host`.
        let rest = text.drop { $0 != ":" }.dropFirst()
        guard rest.hasPrefix("//"), !rest.hasPrefix("///") else {
            throw UpstreamError(code: .badRequest, detail: "the URL is not an absolute http or https URL")
        }
        guard let parts = URLHandle() else {
            throw UpstreamError(code: .badRequest, detail: "no memory to read the URL")
        }
        let outcome = parts.set(text)
        guard outcome != CURLUE_USER_NOT_ALLOWED else {
            throw UpstreamError(code: .badRequest, detail: "the URL holds user information")
        }
        guard outcome == CURLUE_OK, let url = RequestURL(parts) else {
            throw UpstreamError(code: .badRequest, detail: "the URL is not an absolute http or https URL")
        }
        self = url
    }

    private init?(_ parts: borrowing URLHandle) {
        parts.dropFragment()
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
        self.text = text
    }

    /// Where a `Location` leads from here; nil where it cannot be read, is not http or https, or names a user.
    func resolving(_ location: String) -> RequestURL? {
        guard
            location.utf8.count <= Self.maximumBytes,
            location.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let parts = URLHandle(), parts.set(text) == CURLUE_OK, parts.set(location) == CURLUE_OK
        else { return nil }
        return RequestURL(parts)
    }

    /// `scheme://host:port`, the port always written.
    var origin: String { "\(scheme)://\(host):\(port)" }

    /// What errors and logs may show: the origin and the first 200 characters of the path.
    package var display: String { origin + (path.count > 200 ? path.prefix(200) + "…" : path) }

    /// Whether the host is this machine by definition, whatever a name server says.
    ///
    /// `localhost` and `*.localhost` are resolved by libcurl itself (RFC 6761 §6.3), 127.0.0.0/8 and `::1` by nobody.
    package var isLoopback: Bool {
        if host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127"
            && octets.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8($0) != nil }
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

    /// The first call wants an absolute URL; a later one resolves against the one before.
    func set(_ text: String) -> CURLUcode {
        curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER))
    }

    func dropFragment() { curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0) }

    func get(_ part: CURLUPart, flags: Int32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
