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
    /// The results of transfers that ended in this round, waiting for ``deliver()``.
    private var results: [() -> Void] = []

    private init?(_ mailbox: Mailbox, maximumConnections: Int, userAgent: String) {
        guard let multi = MultiHandle(maximumConnections: maximumConnections) else { return nil }
        self.mailbox = mailbox
        self.userAgent = userAgent
        self.multi = multi
    }

    /// Starts a thread that serves the mailbox until it receives a shutdown message.
    ///
    /// If the thread cannot start, the mailbox is closed.
    static func start(_ mailbox: Mailbox, maximumConnections: Int, userAgent: String) {
        guard curlIsReady else { return refuse(mailbox.close()) }
        let started = startThread {
            guard
                let loop = TransferLoop(mailbox, maximumConnections: maximumConnections, userAgent: userAgent)
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
                code: .unreachable, detail: "the transport is shut down: \($0.submission.displayName)")
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
            case .cancel(let id): transfers[id].map { finish($0, .failure(CancellationError())) }
            case .shutDown: isRunning = false
            }
        }
        return isRunning
    }

    private func start(_ submission: Submission) {
        do throws(CurlFailure) {
            let transfer = try Transfer(submission, userAgent: userAgent, mailbox: mailbox)
            transfers[submission.id] = transfer
            if curl_multi_add_handle(multi.pointer, transfer.easy.pointer) != CURLM_OK {
                finish(transfer, .failure(transfer.failure(CURLE_OUT_OF_MEMORY)))
            }
        } catch {
            let cause = CurlCause(
                code: error.code, hasResponse: false, tunnelStatus: 0, connectTimeout: .zero)
            submission.continuation.resume(
                throwing: UpstreamError(
                    code: cause.errorCode, detail: "\(cause.summary): \(submission.displayName)"))
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
        switch transfer.outcome(of: code) {
        case .response(let response): finish(transfer, .success(response))
        case .failure(let error): finish(transfer, .failure(error))
        }
    }

    private func expire() {
        let now = ContinuousClock.now
        for transfer in transfers.values where transfer.submission.deadline <= now {
            finish(transfer, .failure(transfer.timedOut))
        }
    }

    private func failAll(_ error: (Transfer) -> UpstreamError) {
        for transfer in transfers.values { finish(transfer, .failure(error(transfer))) }
    }

    /// Ends a transfer; nothing else does.
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
        UpstreamError(code: .unreachable, detail: "the transport is shut down: \(displayName)")
    }
}

/// The result of `curl_global_init`: Swift initializes a global exactly once, so libcurl is initialized once
/// a process.
private let curlIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
