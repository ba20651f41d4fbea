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
        request.mayReceive = nil
        request.spent = request.options.totalTimeout.asTimeout - ContinuousClock.now.duration(to: deadline)
        return request
    }
}

/// The way in which a transfer gets its connection.
struct ConnectionPlan {
    /// True: no open connection is used.
    var isFresh: Bool
    /// The age in seconds from which a name's addresses are looked up again.
    var dnsCacheSeconds: Int
    /// The age from which a connection carries no new request.
    var lifetime: Duration
    /// The number of times that the request has been sent.
    var sent = 0
}

/// One request in progress: its easy handle and the response received so far.
///
/// It lives on the loop's thread alone. libcurl holds its address in `CURLOPT_PRIVATE` and as its callbacks'
/// context, so the loop keeps it alive until the handle has been removed from the multi handle.
final class Transfer {
    /// The size limit of all headers, with interim responses and trailers; libcurl 7.88 limits single lines
    /// only.
    static let maximumHeaderBytes = 256 << 10
    /// The largest number of times that libcurl may send one request.
    static let maximumSendings = 3

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
    /// The encoding of the body, in words, if libcurl cannot decompress it; else nil.
    private var unreadableEncoding: String?
    let plan: ConnectionPlan
    /// The connection that the request was sent on; nil before that.
    private(set) var connection: ConnectionID?
    /// The number of times that the request has been sent, by an earlier transfer too.
    private(set) var sent: Int
    /// True if libcurl chose a connection that must not be used: nothing was sent on it, and the request is to
    /// be started again on a fresh one.
    private(set) var needsFreshConnection = false
    private var connectionsOpened = 0
    /// True if the request was sent on a connection of HTTP/2.
    private var isHTTP2 = false
    /// Decides if a request may be sent on a connection.
    private let admits: Admission

    init(
        _ submission: Submission, plan: ConnectionPlan, userAgent: String, mailbox: Mailbox,
        admits: @escaping Admission
    ) throws(CurlFailure) {
        self.submission = submission
        self.plan = plan
        self.admits = admits
        sent = plan.sent
        target = submission.target
        easy = try EasyHandle(countedBy: mailbox)
        try setReceivers()
        try setProtocol(userAgent: userAgent)
        try setConnection()
        try setTrust()
        try setRequest()
    }

    typealias Admission = (Transfer, ConnectionID, _ isNew: Bool, _ isRepetition: Bool) -> Bool

    /// True if the request was sent, and nothing of a response has arrived.
    var awaitsResponse: Bool { connection != nil && headerBytes == 0 }

    /// The result of a transfer.
    enum Outcome {
        case response(UpstreamResponse)
        case failure(UpstreamError)
    }

    func outcome(of code: CURLcode) -> Outcome {
        if var refusal {
            refusal.status = statusReceived
            return .failure(refusal)
        }
        guard code == CURLE_OK else { return .failure(failure(code)) }
        let status = easy.info(CURLINFO_RESPONSE_CODE)
        guard isHeadComplete, (200...999).contains(status) else {
            var error = UpstreamError(
                code: .badResponse, detail: "the response is cut off: \(submission.displayName)")
            error.isCutOff = true
            return .failure(error)
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
            code: code, hasResponse: easy.info(CURLINFO_RESPONSE_CODE) != 0, isSent: connection != nil,
            isHTTP2: isHTTP2, tunnelStatus: easy.info(CURLINFO_HTTP_CONNECTCODE),
            connectTimeout: submission.request.options.connectTimeout,
            unreadableEncoding: unreadableEncoding, lacksDescriptors: lacksDescriptors())
        // The loop enforces the total deadline; libcurl enforces only the deadline for connecting.
        var error = UpstreamError(
            code: cause.errorCode, detail: "\(cause.summary): \(submission.displayName)",
            isConnecting: cause.errorCode == .timedOut, isUnsent: sent == 0, status: statusReceived)
        error.isCutOff = cause.isCutOff
        error.isFinal = cause.isFinal
        return error
    }

    var timedOut: UpstreamError {
        let limit = submission.request.options.totalTimeout
        return UpstreamError(
            code: .timedOut, detail: "no complete response within \(limit): \(submission.displayName)",
            isUnsent: sent == 0, status: statusReceived)
    }

    /// See ``UpstreamError/status``.
    private var statusReceived: Int? {
        let status = easy.info(CURLINFO_RESPONSE_CODE)
        return isHeadComplete && (200...999).contains(status) ? status : nil
    }

    private func response(_ status: Int) -> UpstreamResponse {
        let version =
            switch easy.info(CURLINFO_HTTP_VERSION) {
            case CURL_HTTP_VERSION_1_0: "1.0"
            case CURL_HTTP_VERSION_2_0: "2"
            default: "1.1"
            }
        var response = UpstreamResponse(
            status: status, headers: easy.headers, body: body, httpVersion: version)
        response.isEndedByConnection = version != "2" && !body.isEmpty && !isFramed
        return response
    }

    /// True if the headers say where an HTTP/1 body ends (RFC 9112 §6.3).
    private var isFramed: Bool {
        easy.header("content-length") != nil
            || easy.header("transfer-encoding")?.lowercased().hasSuffix("chunked") == true
    }

    /// The target of a redirect; nil where the response is not one.
    ///
    /// Redirects are allowed only within the origin and only once, so that the credential goes nowhere else.
    private func redirect(_ status: Int) throws(UpstreamError) -> RequestURL? {
        guard [301, 302, 303, 307, 308].contains(status), let location = easy.header("location") else {
            return nil
        }
        guard let next = target.resolving(location) else {
            throw refused("a redirect to an address that cannot be read", to: nil)
        }
        if let difference = target.difference(to: next) {
            throw refused("a redirect to \(difference)", to: next)
        }
        if submission.request.spent != nil { throw refused("the second redirect in a row", to: next) }
        let method = submission.request.method
        guard method == .get else { throw refused("a redirect of a \(method.rawValue)", to: next) }
        return next
    }

    private func refused(_ redirect: String, to next: RequestURL?) -> UpstreamError {
        var error = UpstreamError(
            code: .redirectRefused, detail: "\(redirect) was refused: \(submission.displayName)",
            status: statusReceived)
        error.refusedPath = next?.path
        return error
    }
}

extension RequestURL {
    /// The way in which another URL's origin differs from this one's, in plain words; nil if it is the same.
    ///
    /// The other URL comes from the platform and may hold anything, so nothing of it is repeated.
    fileprivate func difference(to other: RequestURL) -> String? {
        if other.origin == origin { return nil }
        if other.host != host { return "another host" }
        if other.scheme != scheme { return "\(other.scheme) instead of \(scheme)" }
        return "another port"
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
        try easy.set(
            beforeSending: { context, peerAddress, localAddress, peerPort, localPort in
                let connection = ConnectionID(
                    localAddress: localAddress.map { String(cString: $0) } ?? "", localPort: localPort,
                    peerAddress: peerAddress.map { String(cString: $0) } ?? "", peerPort: peerPort)
                let isSent = Transfer.at(context)?.willSend(on: connection) ?? false
                return isSent ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            }, address)
    }

    /// Called before the request is sent on a connection, the first time and when libcurl repeats it; false ends
    /// the transfer.
    private func willSend(on connection: ConnectionID) -> Bool {
        let opened = easy.info(CURLINFO_NUM_CONNECTS)
        let isNew = opened > connectionsOpened
        let isRepetition = self.connection != nil
        (connectionsOpened, self.connection) = (opened, nil)
        guard admits(self, connection, isNew, isRepetition) else {
            // It is closed even if libcurl believes that it could be used again.
            easy.forbidReuse()
            needsFreshConnection = true
            return false
        }
        guard sent == 0 || mayResend else {
            refusal = UpstreamError(
                code: .unreachable, detail: "\(CurlCause.closedEarly): \(submission.displayName)")
            return false
        }
        sent += 1
        self.connection = connection
        isHTTP2 = easy.isOnHTTP2
        return true
    }

    private var mayResend: Bool {
        submission.request.method == .get && sent < Self.maximumSendings
            && submission.request.mayResend?() ?? true
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
        guard hasRoom(for: body.count + bytes.count) else { return 0 }
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
        return beginBody() ? line.count : 0
    }

    /// Called when the headers are complete; false if the body need not be received.
    private func beginBody() -> Bool {
        let encoding = ContentEncoding(easy.headers("content-encoding"))
        easy.setDecoding(!encoding.isNone)
        unreadableEncoding = encoding.unreadable(by: decodableEncodings)
        // The length of an encoded body says nothing of the decoded one.
        guard encoding.isNone, let length = easy.header("content-length").flatMap({ Int($0) }) else {
            return true
        }
        guard length <= submission.request.options.bodyLimitBytes else {
            _ = refuseBody()
            return false
        }
        guard hasRoom(for: length) else { return false }
        if length > 0 { body.reserveCapacity(length) }
        return true
    }

    /// False, with the refusal noted, if the body must not take so much memory now.
    private func hasRoom(for bytes: Int) -> Bool {
        guard let mayReceive = submission.request.mayReceive, !mayReceive(bytes) else { return true }
        var error = UpstreamError(
            code: .tooLarge,
            detail: "no memory is left for an answer of \(bytes) bytes now: \(submission.displayName)")
        error.lacksRoom = true
        refusal = error
        body = []
        return false
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
