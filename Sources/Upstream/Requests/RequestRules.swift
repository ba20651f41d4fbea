/// The rules that a request must obey before anything of it is sent.
extension UpstreamRequest {
    static let maximumHeaders = 100
    static let maximumHeaderBytes = 64 << 10

    /// The headers that frame the message or the connection: libcurl writes them itself.
    private static let ownedHeaders: Set<String> = [
        "connection", "content-length", "expect", "host", "transfer-encoding", "upgrade",
    ]

    /// Checks everything that needs no connection.
    ///
    /// - Returns: The URL of the request.
    /// - Throws: ``UpstreamError`` with `badRequest` or `plaintextRefused`.
    package func checked() throws(UpstreamError) -> RequestURL {
        let target = try RequestURL(url)
        guard target.scheme == "https" || target.isLoopback || options.allowsPlaintext else {
            throw UpstreamError(
                code: .plaintextRefused,
                detail: "plain http beyond loopback needs allow_plaintext: \(displayName(at: target))",
                isUnsent: true)
        }
        if let fault = fault {
            throw UpstreamError(
                code: .badRequest, detail: "\(fault): \(displayName(at: target))", isUnsent: true)
        }
        return target
    }

    /// The first broken rule, in plain words; nil where there is none.
    private var fault: String? {
        if method == .get, body != nil { return "a GET request must not have a body" }
        // A C string would end at a NUL, and name another file or another proxy.
        if options.caFile?.utf8.contains(0) == true { return "the CA file's name contains a NUL" }
        if options.proxy?.utf8.contains(where: { $0 < 0x21 || $0 == 0x7F }) == true {
            return "the proxy's URL contains a control character or a space"
        }
        guard headers.count <= Self.maximumHeaders else { return "more than 100 headers" }
        var bytes = 0
        for header in headers {
            guard isToken(header.name) else { return "a header's name is not an HTTP token" }
            if Self.ownedHeaders.contains(header.name.lowercased()) {
                return "the header \(header.name) is set by the transport"
            }
            guard isFieldValue(header.value) else {
                return "the value of the header \(header.name) contains a control character"
            }
            bytes += header.name.utf8.count + header.value.utf8.count
        }
        return bytes > Self.maximumHeaderBytes ? "more than 64 KiB of headers" : nil
    }
}

/// True for a token of RFC 9110 §5.6.2 of at most 256 bytes.
func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 256
        && text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
}

/// True for a field value of RFC 9110 §5.5: no control character but the tab; a line break would start
/// another header.
func isFieldValue(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
}
