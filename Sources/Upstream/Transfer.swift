import CCurl

/// The data of one `send` for the loop's thread.
struct Submission: Sendable {
    var id: UInt64
    var request: UpstreamRequest
    var target: RequestURL
    /// The total deadline, which covers waiting for a connection, an earlier redirect, and the body.
    var deadline: ContinuousClock.Instant
    var continuation: CheckedContinuation<UpstreamResponse, any Error>

    /// The name of the request in errors.
    var displayName: String { request.displayName(at: target) }

    /// The same request to a redirect's target.
    ///
    /// Errors still show the old name, because the new URL comes from the platform.
    func redirected(to next: RequestURL) -> UpstreamRequest {
        var request = request
        (request.url, request.alias) = (next.text, displayName)
        request.spent = request.options.totalTimeout.asTimeout - ContinuousClock.now.duration(to: deadline)
        return request
    }
}

/// One request in progress: its easy handle and the response received so far.
///
/// It lives on the loop's thread alone. libcurl holds its address in `CURLOPT_PRIVATE` and as its callbacks'
/// context, so the loop keeps it alive until the handle has been removed from the multi handle.
final class Transfer {
    /// The size limit of all headers, with interim responses and trailers; libcurl 7.88 limits single lines
    /// only.
    static let maximumHeaderBytes = 256 << 10

    let submission: Submission
    let easy: EasyHandle
    let target: RequestURL
    /// The list that `CURLOPT_HTTPHEADER` points to.
    var requestHeaders = HeaderList()
    private var body: [UInt8] = []
    private var headerBytes = 0
    /// True once the empty line after the last status line has arrived.
    ///
    /// libcurl itself also accepts the end of the connection in place of that line.
    private var isHeadComplete = false
    /// The error for which a callback stopped the transfer; libcurl itself reports only a write error.
    private var refusal: UpstreamError?

    init(_ submission: Submission, userAgent: String, mailbox: Mailbox) throws(CurlFailure) {
        self.submission = submission
        target = submission.target
        easy = try EasyHandle(countedBy: mailbox)
        try setReceivers()
        try setProtocol(userAgent: userAgent)
        try setTrust()
        try setRequest()
    }

    /// The result of a transfer.
    enum Outcome {
        case response(UpstreamResponse)
        case failure(UpstreamError)
    }

    func outcome(of code: CURLcode) -> Outcome {
        if let refusal { return .failure(refusal) }
        guard code == CURLE_OK else { return .failure(failure(code)) }
        let status = easy.info(CURLINFO_RESPONSE_CODE)
        guard isHeadComplete, (200...999).contains(status) else {
            return .failure(
                UpstreamError(
                    code: .badResponse, detail: "the response is cut off: \(submission.displayName)"))
        }
        do {
            var response = response(status)
            response.redirect = try redirect(status).map(submission.redirected)
            return .response(response)
        } catch {
            return .failure(error)
        }
    }

    func failure(_ code: CURLcode) -> UpstreamError {
        let cause = CurlCause(
            code: code, hasResponse: easy.info(CURLINFO_RESPONSE_CODE) != 0,
            tunnelStatus: easy.info(CURLINFO_HTTP_CONNECTCODE),
            connectTimeout: submission.request.options.connectTimeout)
        // The loop enforces the total deadline; libcurl enforces only the deadline for connecting.
        return UpstreamError(
            code: cause.errorCode, detail: "\(cause.summary): \(submission.displayName)",
            isConnecting: cause.errorCode == .timedOut)
    }

    var timedOut: UpstreamError {
        let limit = submission.request.options.totalTimeout
        return UpstreamError(
            code: .timedOut, detail: "no complete response within \(limit): \(submission.displayName)")
    }

    private func response(_ status: Int) -> UpstreamResponse {
        let version =
            switch easy.info(CURLINFO_HTTP_VERSION) {
            case CURL_HTTP_VERSION_1_0: "1.0"
            case CURL_HTTP_VERSION_2_0: "2"
            default: "1.1"
            }
        return UpstreamResponse(status: status, headers: easy.headers, body: body, httpVersion: version)
    }

    /// The target of a redirect; nil where the response is not one.
    ///
    /// Redirects are allowed only within the origin and only once, so that the credential goes nowhere else.
    private func redirect(_ status: Int) throws(UpstreamError) -> RequestURL? {
        guard [301, 302, 303, 307, 308].contains(status), let location = easy.header("location") else {
            return nil
        }
        let next = target.resolving(location)
        // The target comes from the platform and may hold anything, so only the request's own URL is shown.
        let summary = "a redirect to " + (next == nil ? "an address that cannot be read" : "another origin")
        guard let next, next.origin == target.origin else {
            throw UpstreamError(code: .redirectRefused, detail: "\(summary): \(submission.displayName)")
        }
        let isSecond = submission.request.spent != nil
        guard submission.request.method == .get, !isSecond else {
            let reason = isSecond ? "the second redirect in a row" : "a redirect of a POST"
            throw UpstreamError(code: .redirectRefused, detail: "\(reason): \(submission.displayName)")
        }
        return next
    }
}

/// The callbacks of libcurl.
extension Transfer {
    private func setReceivers() throws(CurlFailure) {
        // Unretained: the loop owns the transfer as long as libcurl has the handle.
        let address = Unmanaged.passUnretained(self).toOpaque()
        try easy.set(CURLOPT_PRIVATE, address)
        try easy.set(CURLOPT_WRITEDATA, address)
        try easy.set(CURLOPT_HEADERDATA, address)
        try easy.set(CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
            Transfer.at(context)?.receiveBody(UnsafeRawBufferPointer(start: bytes, count: count)) ?? 0
        }
        try easy.set(CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
            Transfer.at(context)?.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: count)) ?? 0
        }
    }

    /// The transfer at an address that ``setReceivers()`` gave to libcurl.
    static func at(_ address: UnsafeMutableRawPointer?) -> Transfer? {
        address.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Receives decompressed bytes, at most 16 KiB at a time; returning a smaller number ends the transfer.
    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= submission.request.options.bodyLimitBytes - body.count else {
            return refuseBody()
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// Receives one complete header line; the status line and the empty line at the end are lines too.
    private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Int {
        headerBytes += line.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            refusal = UpstreamError(
                code: .badResponse, detail: "more than 256 KiB of headers: \(submission.displayName)")
            return 0
        }
        if line.starts(with: "HTTP/".utf8) { isHeadComplete = false }
        guard line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") else { return line.count }
        isHeadComplete = true
        return exceedsLimitByLength ? refuseBody() : line.count
    }

    /// True if `Content-Length` exceeds the body limit, so that the body need not be received.
    private var exceedsLimitByLength: Bool {
        guard easy.header("content-encoding") == nil, let length = easy.header("content-length") else {
            return false
        }
        return Int(length).map { $0 > submission.request.options.bodyLimitBytes } ?? false
    }

    private func refuseBody() -> Int {
        let limit = submission.request.options.bodyLimitBytes
        refusal = UpstreamError(
            code: .tooLarge, detail: "a body of more than \(limit) bytes: \(submission.displayName)")
        body = []
        // Any number other than the number of bytes aborts; there is always at least one byte.
        return 0
    }
}
