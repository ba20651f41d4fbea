import Synchronization

/// Sends requests over libcurl: one thread, one pool of connections for all sources.
///
/// A connection is reused for every request whose origin, TLS settings and proxy fit; HTTP/2 is used where
/// TLS offers it. Cookies, `.netrc`, HSTS and redirects by libcurl are off. A GET is sent again if a reused
/// connection turns out to be closed and ``UpstreamRequest/mayResend`` permits it; any other request is sent once, over
/// a connection of its own.
///
/// After a failure at an origin (no complete response in time, a connection that breaks, a 421) every further
/// request to it, of any source, uses a connection opened later, and looks its name up again.
package final class CurlTransport: HTTPTransport {
    private let mailbox = Mailbox()

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - maximumConnections: The most open connections of all sources together; further requests wait while
    ///     their deadlines run.
    ///   - userAgent: `rollcall/<version>`; a text that no header can carry is replaced by `rollcall`.
    ///   - connectionLifetime: The age from which a connection carries no new request; it is closed once its
    ///     last request has ended.
    package init(
        maximumConnections: Int = 256, userAgent: String = "rollcall",
        connectionLifetime: Duration = .seconds(300)
    ) {
        TransferLoop.start(
            mailbox, maximumConnections: maximumConnections,
            userAgent: isFieldValue(userAgent) ? userAgent : "rollcall", lifetime: connectionLifetime)
    }

    deinit { mailbox.post(.shutDown) }

    /// Ends the thread and closes every connection, without waiting for it; a second call does nothing.
    ///
    /// Pending requests, and every later `send`, fail as `unreachable`.
    package func shutDown() { mailbox.post(.shutDown) }

    /// The number of requests that have a libcurl handle now; a handle is freed before its `send` returns or
    /// throws.
    package var liveHandles: Int { mailbox.liveHandles.load(ordering: .relaxed) }

    /// The number of times that the thread has woken since the start.
    package var wakeups: Int { mailbox.wakeups.load(ordering: .relaxed) }

    /// Waits for the complete response, whatever its status; cancelling the task ends the transfer at once.
    ///
    /// - Throws: ``UpstreamError``, or `CancellationError`.
    package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        try Task.checkCancellation()
        let target = try request.checked()
        let remaining = request.options.totalTimeout.asTimeout - (request.spent ?? .zero)
        let deadline = ContinuousClock.now + remaining
        let id = mailbox.nextID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let submission = Submission(
                    id: id, request: request, target: target, deadline: deadline, continuation: continuation)
                guard mailbox.post(.start(submission)) else {
                    return continuation.resume(
                        throwing: TransferLoop.shutDownError(request.displayName(at: target)))
                }
                // If the task was cancelled before the start was posted, the first cancel message had no
                // effect.
                if Task.isCancelled { mailbox.post(.cancel(id)) }
            }
        } onCancel: {
            mailbox.post(.cancel(id))
        }
    }
}
