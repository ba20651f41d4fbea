import CCurl
import Glibc
import Synchronization

/// Owns the multi handle, which holds the connections of all sources.
struct MultiHandle: ~Copyable {
    let pointer: UnsafeMutableRawPointer

    init?(maximumConnections: Int) {
        guard let pointer = curl_multi_init() else { return nil }
        self.pointer = pointer
        let maximum = min(max(maximumConnections, 1), 10_000)
        // Further transfers wait in order of arrival while their deadlines run.
        ccurl_multi_set_long(pointer, CURLMOPT_MAX_TOTAL_CONNECTIONS, maximum)
        ccurl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, maximum)
    }

    deinit { curl_multi_cleanup(pointer) }
}

/// The thread that all of libcurl's transfers run on.
///
/// It is created, run and freed on its own thread, so only the mailbox is shared. It sleeps in
/// `curl_multi_poll` until a socket, a timer, a deadline or a message wakes it.
final class TransferLoop {
    private let mailbox: Mailbox
    private let userAgent: String
    private let multi: MultiHandle
    private var transfers: [UInt64: Transfer] = [:]
    private var trust: ConnectionTrust
    /// The results of transfers that ended in this round, waiting for ``deliver()``.
    private var results: [() -> Void] = []

    private init?(_ mailbox: Mailbox, maximumConnections: Int, userAgent: String, lifetime: Duration) {
        guard let multi = MultiHandle(maximumConnections: maximumConnections) else { return nil }
        trust = ConnectionTrust(lifetime: lifetime)
        self.mailbox = mailbox
        self.userAgent = userAgent
        self.multi = multi
    }

    /// Starts a thread that serves the mailbox until it receives a shutdown message.
    ///
    /// If the thread cannot start, the mailbox is closed.
    static func start(
        _ mailbox: Mailbox, maximumConnections: Int, userAgent: String, lifetime: Duration
    ) {
        guard curlIsReady else { return refuse(mailbox.close()) }
        let started = startThread {
            guard
                let loop = TransferLoop(
                    mailbox, maximumConnections: maximumConnections, userAgent: userAgent, lifetime: lifetime)
            else { return refuse(mailbox.close()) }
            loop.run()
        }
        if !started { refuse(mailbox.close()) }
    }

    private func run() {
        mailbox.open(multi.pointer)
        while handleMessages() {
            mailbox.wakeups.add(1, ordering: .relaxed)
            perform()
            expire()
            deliver()
            curl_multi_poll(multi.pointer, nil, 0, pollMilliseconds, nil)
        }
        // Closed first: from here on no message wakes the multi handle, and `send` fails at once.
        Self.refuse(mailbox.close())
        failAll {
            UpstreamError(
                code: .unreachable, detail: "the transport is shut down: \($0.submission.displayName)",
                isUnsent: $0.sent == 0)
        }
        deliver()
    }

    /// Handles all waiting messages; returns false if one of them was a shutdown message.
    private func handleMessages() -> Bool {
        var isRunning = true
        for message in mailbox.take() {
            switch message {
            case .start(let submission) where isRunning: start(submission)
            case .start: Self.refuse([message])
            case .cancel(let id): transfers[id].map(cancel)
            case .shutDown: isRunning = false
            }
        }
        return isRunning
    }

    /// Starts a transfer; `sent` is the number of times that the request was sent before.
    private func start(_ submission: Submission, needsFreshConnection: Bool = false, sent: Int = 0) {
        let now = ContinuousClock.now
        let origin = submission.target.origin
        let plan = ConnectionPlan(
            isFresh: retireConnections(of: origin, at: now) || needsFreshConnection,
            dnsCacheSeconds: trust.dnsCacheSeconds(for: origin, at: now), lifetime: trust.lifetime,
            sent: sent)
        do throws(CurlFailure) {
            let transfer = try Transfer(submission, plan: plan, userAgent: userAgent, mailbox: mailbox) {
                [unowned self] in admits($0, on: $1, isNew: $2, isRepetition: $3)
            }
            transfers[submission.id] = transfer
            if curl_multi_add_handle(multi.pointer, transfer.easy.pointer) != CURLM_OK {
                finish(transfer, .failure(transfer.failure(CURLE_OUT_OF_MEMORY)))
            }
        } catch {
            let cause = CurlCause(code: error.code, lacksDescriptors: lacksDescriptors())
            submission.continuation.resume(
                throwing: UpstreamError(
                    code: cause.errorCode, detail: "\(cause.summary): \(submission.displayName)",
                    isUnsent: sent == 0))
        }
    }

    /// Advances all transfers, and finishes those that are done.
    private func perform() {
        var running: Int32 = 0
        guard curl_multi_perform(multi.pointer, &running) == CURLM_OK else {
            // Seen only when memory is exhausted. Without transfers the loop sleeps instead of spinning.
            return failAll { $0.failure(CURLE_OUT_OF_MEMORY) }
        }
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(multi.pointer, &remaining) {
            guard
                message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = Transfer.at(ccurl_info_private(easy))
            else { continue }
            complete(transfer, message.pointee.data.result)
        }
    }

    private func complete(_ transfer: Transfer, _ code: CURLcode) {
        if transfer.needsFreshConnection { return restart(transfer) }
        switch transfer.outcome(of: code) {
        case .response(let response):
            // 421: this connection leads to a server that does not answer for the host.
            if response.status == 421 { distrust(transfer) }
            finish(transfer, .success(response))
        case .failure(let error):
            if [.unreachable, .timedOut, .badResponse].contains(error.code) { distrust(transfer) }
            finish(transfer, .failure(error))
        }
    }

    /// Starts a transfer again on a fresh connection, before anything of it was sent on the one that libcurl
    /// chose.
    private func restart(_ transfer: Transfer) {
        curl_multi_remove_handle(multi.pointer, transfer.easy.pointer)
        transfers[transfer.submission.id] = nil
        start(transfer.submission, needsFreshConnection: true, sent: transfer.sent)
    }

    private func expire() {
        let now = ContinuousClock.now
        for transfer in transfers.values where transfer.submission.deadline <= now {
            if transfer.connection != nil { distrust(transfer) }
            finish(transfer, .failure(transfer.timedOut))
        }
    }

    /// Ends a transfer whose caller waits no longer, perhaps because the connection is dead.
    private func cancel(_ transfer: Transfer) {
        if transfer.awaitsResponse { distrust(transfer) }
        finish(transfer, .failure(CancellationError()))
    }

    private func failAll(_ error: (Transfer) -> UpstreamError) {
        for transfer in transfers.values { finish(transfer, .failure(error(transfer))) }
    }

    /// Ends a transfer; nothing else does, except ``restart(_:)``.
    ///
    /// Its handle is removed from the multi handle, and freed with the last reference to the transfer.
    private func finish(_ transfer: Transfer, _ result: Result<UpstreamResponse, any Error>) {
        curl_multi_remove_handle(multi.pointer, transfer.easy.pointer)
        transfers[transfer.submission.id] = nil
        let continuation = transfer.submission.continuation
        results.append { continuation.resume(with: result) }
    }

    /// Resumes the callers at the end of a round, when every finished handle has been freed.
    private func deliver() {
        for resume in results { resume() }
        results.removeAll()
    }

    /// The time until the next deadline, at most an hour; libcurl shortens it to its own timers.
    private var pollMilliseconds: Int32 {
        guard let next = transfers.values.map(\.submission.deadline).min() else { return 3_600_000 }
        let remaining = ContinuousClock.now.duration(to: next)
        return Int32(min(max(remaining, .zero), .seconds(3600)).milliseconds)
    }

    private static func refuse(_ messages: [Message]) {
        for case .start(let submission) in messages {
            submission.continuation.resume(throwing: shutDownError(submission.displayName))
        }
    }

    static func shutDownError(_ displayName: String) -> UpstreamError {
        UpstreamError(
            code: .unreachable, detail: "the transport is shut down: \(displayName)", isUnsent: true)
    }
}

/// The choice of connections.
extension TransferLoop {
    /// Keeps later requests to a transfer's origin off every connection that is open now.
    private func distrust(_ transfer: Transfer) {
        let (origin, now) = (transfer.target.origin, ContinuousClock.now)
        // The end of one that was not trusted any more says nothing of those opened since.
        if let connection = transfer.connection, !trust.isUsable(connection, for: origin, at: now) { return }
        trust.noteFailure(at: origin, now: now)
        _ = retireConnections(of: origin, at: now)
    }

    /// Lets the connections that take no further request be closed after their last transfer.
    ///
    /// - Returns: True if there is one: libcurl would choose it, so the next transfer needs a fresh connection.
    private func retireConnections(of origin: String, at now: ContinuousClock.Instant) -> Bool {
        var isAnyRetired = false
        for transfer in transfers.values where transfer.target.origin == origin {
            guard let connection = transfer.connection,
                !trust.isUsable(connection, for: origin, at: now)
            else { continue }
            transfer.easy.forbidReuse()
            isAnyRetired = true
        }
        return isAnyRetired
    }

    /// True if a transfer's request may be sent on the connection that libcurl chose.
    ///
    /// libcurl repeats a request if its connection turned out to be closed.
    private func admits(
        _ transfer: Transfer, on connection: ConnectionID, isNew: Bool, isRepetition: Bool
    ) -> Bool {
        let (origin, now) = (transfer.target.origin, ContinuousClock.now)
        if isRepetition { distrust(transfer) }
        if isNew { trust.noteOpening(of: connection, at: now) }
        return isNew || transfer.plan.isFresh || trust.isUsable(connection, for: origin, at: now)
    }
}

/// The result of `curl_global_init`: Swift initializes a global exactly once, so libcurl is initialized once
/// a process.
private let curlIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
