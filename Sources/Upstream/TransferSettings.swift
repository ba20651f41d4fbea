import CCurl

/// The settings of libcurl for a transfer.
extension Transfer {
    func setProtocol(userAgent: String) throws(CurlFailure) {
        // Without this, libcurl uses the process's SIGALRM for name lookups.
        try easy.set(CURLOPT_NOSIGNAL, true)
        // Without this, ending a transfer waits for a name server that does not answer, and blocks all
        // others.
        try easy.set(CURLOPT_QUICK_EXIT, true)
        try easy.set(CURLOPT_URL, target.text)
        try easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try easy.set(CURLOPT_DISALLOW_USERNAME_IN_URL, true)
        try easy.set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        try easy.set(CURLOPT_FOLLOWLOCATION, false)
        // No PIPEWAIT: a first connection that hangs would block every other request to its host.
        try easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        try easy.set(CURLOPT_HTTP09_ALLOWED, false)
        try easy.set(CURLOPT_ACCEPT_ENCODING, acceptedEncodings)
        try easy.set(CURLOPT_USERAGENT, userAgent)
        try easy.set(CURLOPT_BUFFERSIZE, 64 << 10)
        // The loop enforces the total deadline; libcurl has none while a transfer waits for a connection.
        let connectTimeout = submission.request.options.connectTimeout.asTimeout
        try easy.set(CURLOPT_CONNECTTIMEOUT_MS, connectTimeout.milliseconds)
    }

    func setConnection() throws(CurlFailure) {
        // The kernel notices a peer that is gone, and a NAT remembers the connection.
        try easy.set(CURLOPT_TCP_KEEPALIVE, true)
        try easy.set(CURLOPT_TCP_KEEPIDLE, 30)
        try easy.set(CURLOPT_TCP_KEEPINTVL, 10)
        // 0 would be no limit.
        try easy.set(CURLOPT_MAXLIFETIME_CONN, max(1, Int(plan.lifetime.components.seconds)))
        try easy.set(CURLOPT_DNS_CACHE_TIMEOUT, plan.dnsCacheSeconds)
        if plan.isFresh { try easy.set(CURLOPT_FRESH_CONNECT, true) }
    }

    func setTrust() throws(CurlFailure) {
        let options = submission.request.options
        try easy.set(CURLOPT_SSL_VERIFYPEER, true)
        try easy.set(CURLOPT_SSL_VERIFYHOST, 2)
        try easy.set(CURLOPT_PROXY_SSL_VERIFYPEER, true)
        try easy.set(CURLOPT_PROXY_SSL_VERIFYHOST, 2)
        try easy.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let caFile = options.caFile {
            try easy.set(CURLOPT_CAINFO, caFile)
            // libcurl caches a file's certificates for a day; a replaced file should take effect sooner.
            try easy.set(CURLOPT_CA_CACHE_TIMEOUT, 60)
            // Otherwise the system's folder of certificates would be trusted beside the file.
            try easy.set(CURLOPT_CAPATH, nil as String?)
        }
        switch ProxyChoice(for: target, options: options) {
        case .byEnvironment: break
        case .none:
            try easy.set(CURLOPT_PROXY, "")
        case .proxy(let url):
            try easy.set(CURLOPT_PROXY, url)
            try easy.set(CURLOPT_NOPROXY, "")
        }
        // A CONNECT must not carry the request's headers, nor its response count as part of the response.
        try easy.set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
        try easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
    }

    func setRequest() throws(CurlFailure) {
        let request = submission.request
        for header in request.headers {
            let value = header.value.drop { $0 == " " || $0 == "\t" }
            // `Name:` would remove the header; `Name;` sends it empty.
            try requestHeaders.append(value.isEmpty ? "\(header.name);" : "\(header.name): \(value)")
        }
        if request.method != .get {
            try easy.setBody(request.body ?? [])
            // The body makes it a POST; another name changes nothing else.
            if request.method != .post { try easy.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
            // libcurl sends a request again on a new connection if a reused one turns out to be closed. By
            // then a platform may have acted on it, so what is no GET never uses an existing connection.
            try easy.set(CURLOPT_FRESH_CONNECT, true)
            // No wait for `100 Continue`, and no content type that the caller did not set.
            try requestHeaders.append("Expect:")
            if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
                try requestHeaders.append("Content-Type:")
            }
        }
        try easy.set(CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(requestHeaders.list))
    }
}

/// The proxy that a request uses.
package enum ProxyChoice: Equatable {
    case byEnvironment, none
    case proxy(String)

    /// Chooses the source's own proxy; without one, none for loopback, and the environment's for other hosts.
    package init(for target: RequestURL, options: ConnectionOptions) {
        if let proxy = options.proxy {
            self = proxy.isEmpty ? .none : .proxy(proxy)
        } else {
            self = target.isLoopback ? .none : .byEnvironment
        }
    }
}

/// The encodings that this libcurl was built to decompress, of gzip, brotli and zstd.
private let builtEncodings: [String] = {
    let features = curl_version_info(CURLVERSION_FIRST)?.pointee.features ?? 0
    let known = [("gzip", CURL_VERSION_LIBZ), ("br", CURL_VERSION_BROTLI), ("zstd", CURL_VERSION_ZSTD)]
    return known.filter { features & $0.1 != 0 }.map(\.0)
}()

/// The encodings to ask for; not `deflate`, which names two formats.
private let acceptedEncodings = builtEncodings.isEmpty ? "identity" : builtEncodings.joined(separator: ", ")

/// The encodings that libcurl decompresses, those that are not asked for included.
let decodableEncodings = Set(builtEncodings).union(
    builtEncodings.contains("gzip") ? ["x-gzip", "deflate"] : [])
