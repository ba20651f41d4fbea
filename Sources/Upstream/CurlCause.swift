import CCurl

/// What libcurl said at the end of a transfer, in our classes and words.
///
/// libcurl's own message may hold the peer's text, so it is never asked for.
struct CurlCause {
    var code: CURLcode
    /// Whether a status line of the platform itself arrived.
    var hasAnswer: Bool
    /// A proxy's answer to `CONNECT`; 0 without one.
    var tunnelStatus: Int
    var connectTimeout: Duration

    var errorCode: UpstreamError.Code { verdict.0 }
    var words: String { verdict.1 }

    private var verdict: (UpstreamError.Code, String) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: (.unreachable, "the host's name does not resolve")
        case CURLE_COULDNT_RESOLVE_PROXY: (.unreachable, "the proxy's name does not resolve")
        case CURLE_COULDNT_CONNECT: (.unreachable, "no connection")
        case CURLE_PROXY: (.unreachable, "the proxy failed")
        case CURLE_OPERATION_TIMEDOUT: (.timedOut, "no connection within \(connectTimeout)")
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR: broken
        case CURLE_PARTIAL_FILE: (.badResponse, "the answer is cut off")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL: (.badResponse, "the answer is not HTTP")
        case CURLE_HTTP2, CURLE_HTTP2_STREAM: (.badResponse, "the HTTP/2 stream failed")
        case CURLE_BAD_CONTENT_ENCODING: (.badResponse, "the body cannot be decompressed")
        case CURLE_WRITE_ERROR: (.badResponse, "the answer cannot be read")
        case CURLE_FILESIZE_EXCEEDED: (.tooLarge, "the body is too large")
        case CURLE_OUT_OF_MEMORY: (.unreachable, "no memory for a connection")
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN:
            (.badRequest, "the request cannot be made")
        default: tls ?? (.unreachable, "libcurl error \(code.rawValue)")
        }
    }

    /// The connection ended too early: before an answer nobody was there, after its start the answer is bad.
    private var broken: (UpstreamError.Code, String) {
        if hasAnswer { return (.badResponse, "the answer is malformed or cut off") }
        if tunnelStatus >= 300 { return (.unreachable, "the proxy refused the tunnel with \(tunnelStatus)") }
        return (.unreachable, "the connection was closed before an answer")
    }

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
