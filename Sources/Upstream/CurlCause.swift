import CCurl
import Glibc

/// The meaning of libcurl's result code at the end of a transfer.
///
/// libcurl's own message may hold the peer's text, so it is never read.
struct CurlCause {
    var code: CURLcode
    /// True if a status line of the platform itself arrived.
    var hasResponse = false
    /// True if the request was handed to a connection.
    var isSent = false
    /// True if the request was sent on a connection of HTTP/2.
    var isHTTP2 = false
    /// The status of a proxy's response to `CONNECT`; 0 without one.
    var tunnelStatus = 0
    var connectTimeout = Duration.zero
    /// The encoding of the body, in words, if libcurl cannot decompress it; else nil.
    var unreadableEncoding: String?
    /// True if the process has no file descriptor left, so that libcurl could not even try.
    var lacksDescriptors = false

    var errorCode: UpstreamError.Code { verdict.0 }
    /// The cause in plain words.
    var summary: String { verdict.1 }

    /// True if the connection ended within the response, so that the same request may succeed.
    var isCutOff: Bool { hasResponse && isBreak }

    private var verdict: (UpstreamError.Code, String) {
        if lacksDescriptors, !isSent { return (.noDescriptors, "no file descriptor is left") }
        if isOwnRefusal { return (.badResponse, Self.longHeader) }
        if isBreak { return broken }
        return switch code {
        case CURLE_COULDNT_RESOLVE_HOST: (.unreachable, "the host name does not resolve")
        case CURLE_COULDNT_RESOLVE_PROXY: (.unreachable, "the proxy's name does not resolve")
        case CURLE_COULDNT_CONNECT: (.unreachable, "no connection")
        case CURLE_PROXY: (.unreachable, "the proxy failed")
        case CURLE_OPERATION_TIMEDOUT: (.timedOut, "no connection within \(connectTimeout)")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL: (.badResponse, "the response is not HTTP")
        case CURLE_BAD_CONTENT_ENCODING:
            (
                .badResponse,
                unreadableEncoding.map { "the body has \($0), which was not requested" }
                    ?? "the body cannot be decompressed"
            )
        case CURLE_WRITE_ERROR: (.badResponse, "the response cannot be read")
        case CURLE_FILESIZE_EXCEEDED: (.tooLarge, "the body is too large")
        // libcurl reports a header line of more than 100 KiB in this way.
        case CURLE_OUT_OF_MEMORY where isSent: (.badResponse, Self.longHeader)
        case CURLE_OUT_OF_MEMORY: (.unreachable, "not enough memory for a connection")
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN:
            (.badRequest, "the request cannot be made")
        default: tls ?? (.unreachable, "libcurl error \(code.rawValue)")
        }
    }

    /// True if nghttp2 ended the connection because of the response's headers.
    ///
    /// Over HTTP/2 libcurl 7.88 has other codes for every end that the platform brings about.
    private var isOwnRefusal: Bool { code == CURLE_GOT_NOTHING && isHTTP2 && isSent && !hasResponse }

    private static let longHeader = "a header of the response is too long"

    /// True if the proxy refused the tunnel for a reason that sending the request again does not remove.
    var isFinal: Bool {
        isBreak && !hasResponse && (400..<500).contains(tunnelStatus) && ![408, 429].contains(tunnelStatus)
    }

    /// True if the connection, or the stream within it, ended too early.
    private var isBreak: Bool {
        switch code {
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            true
        default: false
        }
    }

    /// A connection that ended too early: `unreachable` before the response began, `badResponse` after.
    private var broken: (UpstreamError.Code, String) {
        if hasResponse { return (.badResponse, "the response is malformed or cut off") }
        if tunnelStatus >= 300 { return (.unreachable, "the proxy refused the tunnel with \(tunnelStatus)") }
        return (.unreachable, Self.closedEarly)
    }

    static let closedEarly = "the connection was closed before a response"

    private var tls: (UpstreamError.Code, String)? {
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION:
            (.tls, "the server's certificate is not trusted or names another host")
        case CURLE_SSL_CONNECT_ERROR: (.tls, "the TLS handshake failed")
        case CURLE_SSL_CACERT_BADFILE: (.tls, "the CA file cannot be read")
        case CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED, CURLE_SSL_SHUTDOWN_FAILED,
            CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            (.tls, "TLS failed with libcurl error \(code.rawValue)")
        default: nil
        }
    }
}

/// True if the process could not open two more files, as a connection with a name to resolve needs.
func lacksDescriptors() -> Bool {
    let opened = (0..<2).map { _ in open("/dev/null", O_RDONLY | O_CLOEXEC) }
    let code = errno
    for descriptor in opened where descriptor >= 0 { close(descriptor) }
    return opened.contains { $0 < 0 } && (code == EMFILE || code == ENFILE)
}
