import CCurl

/// One `send` as the loop's thread gets it.
struct Submission: Sendable {
    var id: UInt64
    var request: UpstreamRequest
    var target: RequestURL
    /// Over everything: waiting for a connection, the hop before a redirect's target, the body.
    var deadline: ContinuousClock.Instant
    var continuation: CheckedContinuation<UpstreamResponse, any Error>

    /// How errors name the request.
    var place: String { request.place(of: target) }

    /// The same request where a redirect leads, under its own name: the new address is the platform's word.
    func redirected(to next: RequestURL) -> UpstreamRequest {
        var request = request
        (request.url, request.alias) = (next.text, place)
        request.spent = request.options.totalTimeout.asTimeout - ContinuousClock.now.duration(to: deadline)
        return request
    }
}

/// One request under way: its easy handle and what has been received.
///
/// It lives on the loop's thread alone. libcurl holds its address in `CURLOPT_PRIVATE` and as its callbacks'
/// context, so the loop keeps it alive until the handle has been taken out.
final class Transfer {
    /// Over all headers of an answer, its interim answers and trailers; libcurl 7.88 bounds single lines.
    static let maximumHeaderBytes = 256 << 10

    let submission: Submission
    let easy: EasyHandle
    let target: RequestURL
    /// What `CURLOPT_HTTPHEADER` points to.
    var requestHeaders = HeaderList()
    private var body: [UInt8] = []
    private var headerBytes = 0
    /// Whether the empty line after the last status line has come; libcurl takes the connection's end for it.
    private var hasWholeHead = false
    /// Why a callback stopped the transfer: libcurl itself knows of a write error only.
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

    /// What the end of an easy handle's run means.
    enum Outcome {
        case response(UpstreamResponse)
        case failure(UpstreamError)
    }

    func outcome(of code: CURLcode) -> Outcome {
        if let refusal { return .failure(refusal) }
        guard code == CURLE_OK else { return .failure(failure(code)) }
        let status = easy.info(CURLINFO_RESPONSE_CODE)
        guard hasWholeHead, (200...999).contains(status) else {
            return .failure(
                UpstreamError(code: .badResponse, detail: "the answer is cut off: \(submission.place)"))
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
            code: code, hasAnswer: easy.info(CURLINFO_RESPONSE_CODE) != 0,
            tunnelStatus: easy.info(CURLINFO_HTTP_CONNECTCODE),
            connectTimeout: submission.request.options.connectTimeout)
        // The total deadline is the loop's; libcurl knows of that for connecting only.
        return UpstreamError(
            code: cause.errorCode, detail: "\(cause.words): \(submission.place)",
            isConnecting: cause.errorCode == .timedOut)
    }

    var timedOut: UpstreamError {
        let limit = submission.request.options.totalTimeout
        return UpstreamError(code: .timedOut, detail: "no whole answer within \(limit): \(submission.place)")
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

    /// Where an answer redirects to; nil where it does not.
    ///
    /// Only within the origin and only once, so that the credential goes nowhere else.
    private func redirect(_ status: Int) throws(UpstreamError) -> RequestURL? {
        guard [301, 302, 303, 307, 308].contains(status), let location = easy.header("location") else {
            return nil
        }
        let next = target.resolving(location)
        // Where it leads is the platform's word, and may hold anything; the request's own address is ours.
        let leads = "a redirect to " + (next == nil ? "an address that cannot be read" : "another origin")
        guard let next, next.origin == target.origin else {
            throw UpstreamError(code: .redirectRefused, detail: "\(leads): \(submission.place)")
        }
        let isSecond = submission.request.spent != nil
        guard submission.request.method == .get, !isSecond else {
            let reason = isSecond ? "the second redirect in a row" : "a redirect of a POST"
            throw UpstreamError(code: .redirectRefused, detail: "\(reason): \(submission.place)")
        }
        return next
    }
}

/// The callbacks.
extension Transfer {
    private func setReceivers() throws(CurlFailure) {
        // Unretained: the loop owns the transfer for as long as libcurl has the handle.
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

    /// Decompressed bytes, at most 16 KiB at a time; a smaller number returned ends the transfer.
    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= submission.request.options.bodyLimitBytes - body.count else {
            return refuseBody()
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// One whole header line, the status line and the empty one at the end too.
    private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Int {
        headerBytes += line.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            refusal = UpstreamError(
                code: .badResponse, detail: "more than 256 KiB of headers: \(submission.place)")
            return 0
        }
        if line.starts(with: "HTTP/".utf8) { hasWholeHead = false }
        guard line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") else { return line.count }
        hasWholeHead = true
        return announcesTooMuch ? refuseBody() : line.count
    }

    /// Whether the body is too large by its own word, so that it need not be received first.
    private var announcesTooMuch: Bool {
        guard easy.header("content-encoding") == nil, let length = easy.header("content-length") else {
            return false
        }
        return Int(length).map { $0 > submission.request.options.bodyLimitBytes } ?? false
    }

    private func refuseBody() -> Int {
        let limit = submission.request.options.bodyLimitBytes
        refusal = UpstreamError(
            code: .tooLarge, detail: "a body of more than \(limit) bytes: \(submission.place)")
        body = []
        // Any number but the bytes' own aborts; there is always at least one byte.
        return 0
    }
}
