import Synchronization

/// Sends requests over libcurl: one thread, one pool of connections for all sources.
///
/// Connections are reused for whatever request their origin, TLS settings and proxy fit; HTTP/2 is taken where TLS
/// offers it. Cookies, `.netrc`, HSTS and redirects by libcurl are off. A GET may be sent twice where a reused
/// connection turns out to be closed; a POST is sent once, over a connection of its own.
package final class CurlTransport: HTTPTransport {
    private let mailbox = Mailbox()

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - maximumConnections: Of all sources together, open at once; further requests wait, their deadlines running.
    ///   - userAgent: `rollcall/<version>`; text that is no header value is not sent.
    package init(maximumConnections: Int = 256, userAgent: String = "rollcall") {
        TransferLoop.start(
            mailbox, maximumConnections: maximumConnections,
            userAgent: isFieldValue(userAgent) ? userAgent : "rollcall")
    }

    deinit { mailbox.post(.shutDown) }

    /// Ends the thread and closes every connection; what is pending, and every later `send`, fails as `unreachable`.
    ///
    /// It does not wait for that; a second call does nothing.
    package func shutDown() { mailbox.post(.shutDown) }

    /// How many requests have a libcurl handle now; a request's is freed before its `send` returns or throws.
    package var liveHandles: Int { mailbox.liveHandles.load(ordering: .relaxed) }

    /// How often the thread has woken, since the start.
    package var turns: Int { mailbox.turns.load(ordering: .relaxed) }

    /// Waits for the whole answer, whatever its status; a cancelled task ends the transfer at once.
    ///
    /// - Throws: ``UpstreamError``, or `CancellationError`.
    package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        try Task.checkCancellation()
        let target = try request.checked()
        let left = request.options.totalTimeout.asTimeout - (request.spent ?? .zero)
        let deadline = ContinuousClock.now + left
        let id = mailbox.nextID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let submission = Submission(
                    id: id, request: request, target: target, deadline: deadline, continuation: continuation)
                guard mailbox.post(.start(submission)) else {
                    return continuation.resume(
                        throwing: TransferLoop.shutDownError(request.place(of: target)))
                }
                // Cancelled before the start was posted: that message came too early and hit nothing.
                if Task.isCancelled { mailbox.post(.cancel(id)) }
            }
        } onCancel: {
            mailbox.post(.cancel(id))
        }
    }
}
