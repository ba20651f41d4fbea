import Deployments
import Synchronization
import Upstream
import Wire

extension AdapterSource {
    /// Sends a read-only request within the source's concurrency and budget, and reads its answer.
    ///
    /// The request is sent again, after a random pause, if that can help: no connection, an error of the
    /// server, a rate limit for which the platform names the pause, or, once, a response that was cut off. It is
    /// repeated `retries` times at most, and only if the pause ends before the fetch's deadline. Rate-limit
    /// headers of every answer go into the budget.
    ///
    /// - Throws: The error of the last attempt; a ``SourceError`` of class `rate_limited` if the budget is
    ///   used up, with nothing sent; `CancellationError`.
    func response<Value>(
        to request: UpstreamRequest, in run: FetchRun, retries: Int,
        reading: (ReceivedAnswer) throws(SourceError) -> Value
    ) async throws -> Value {
        var retry = 0
        var wasCutOff = false
        while true {
            let failure: any Error
            let isCutOff: Bool
            switch try await exchange(request, in: run) {
            case .success(let answer):
                do throws(SourceError) { return try reading(answer) } catch {
                    if error.errorClass == .rateLimited, let pause = error.retryAfter {
                        budget.pause(for: pause, at: now())
                    }
                    (failure, isCutOff) = (
                        error, error.errorClass == .badResponse && answer.response.isCutOff
                    )
                }
            case .failure(let error): (failure, isCutOff) = (error, error.isCutOff)
            }
            guard retry < retries,
                let pause = pause(after: failure, retry: retry, isCutOff: isCutOff && !wasCutOff),
                pause < run.remaining
            else { throw failure }
            try await retryPolicy.clock.sleep(for: pause)
            retry += 1
            if isCutOff { wasCutOff = true }
        }
    }

    /// Sends a request once, and follows one redirect; a failed exchange is a result, so that it cannot be
    /// confused with our own refusal.
    private func exchange(
        _ request: UpstreamRequest, in run: FetchRun
    ) async throws -> Result<ReceivedAnswer, UpstreamError> {
        try await semaphore.withPermit {
            var request = request
            request.mayResend = { self.takesResend(in: run) }
            var route = redirects.withLock { RequestRoute(request, memory: $0) }
            var expected = answerSize.withLock { $0 }
            while true {
                do {
                    let answer = try await send(route.next, expecting: expected, in: run)
                    learn(from: answer.response)
                    let continues = redirects.withLock {
                        route.continues(after: answer.response, memory: &$0)
                    }
                    if !continues { return .success(answer) }
                } catch let error as UpstreamError {
                    let largest = max(1, request.options.bodyLimitBytes)
                    if error.lacksRoom, expected < largest {
                        expected = largest
                        continue
                    }
                    let continues = redirects.withLock { route.continues(after: error, memory: &$0) }
                    if !continues { return .failure(error) }
                }
            }
        }
    }

    /// Sends a request once all sources together leave room for it, for its host and for an answer of the
    /// expected size, and the budget grants it.
    ///
    /// The budget is asked last, so that what it grants is sent at once; what waits for the budget holds
    /// neither room nor a place at the host.
    private func send(
        _ request: UpstreamRequest, expecting bytes: Int, in run: FetchRun
    ) async throws -> ReceivedAnswer {
        while true {
            try Task.checkCancellation()
            try await awaitBudget(in: run)
            try await run.standingStill { try await host.enter() }
            defer { host.leave() }
            let share = try await run.standingStill { try await answers.share(of: bytes) }
            try giveWay(in: run)
            if budget.draw(at: now(), for: run.purpose) == nil {
                return try await transmit(request, holding: share, in: run)
            }
        }
    }

    /// Sends a request that the budget has granted.
    private func transmit(
        _ request: UpstreamRequest, holding share: AnswerShare, in run: FetchRun
    ) async throws -> ReceivedAnswer {
        var request = request
        // The request may outlive the exchange, and must not keep its memory.
        request.mayReceive = { [weak share] in share?.grows(to: $0) ?? false }
        run.calls.add()
        let sentAt = now()
        let response = try await transport.send(request)
        let size = response.body.count
        share.settle(at: size)
        // A list that shrinks is expected to be that small after some fetches.
        answerSize.withLock { $0 = max(size, $0 / 2, Self.leastAnswerSize) }
        return ReceivedAnswer(response: response, share: share, sentAt: sentAt)
    }

    /// Takes from the budget a request that the transport itself sends again; false if it must not.
    private func takesResend(in run: FetchRun) -> Bool {
        guard budget.draw(at: now(), for: run.purpose) == nil else { return false }
        run.calls.add()
        return true
    }

    /// Waits until the budget would grant a request, if that is before the fetch's deadline; takes nothing.
    func awaitBudget(in run: FetchRun) async throws {
        while true {
            try giveWay(in: run)
            let now = now()
            guard let hold = budget.hold(at: now, for: run.purpose) else { return }
            let wait = hold.until.since(now)
            guard hold.bound != .daily, wait < run.remaining else { throw refusal(hold, wait: wait) }
            // A clock that stands still must not turn this into a busy loop.
            try await retryPolicy.clock.sleep(for: max(wait, .milliseconds(1)))
        }
    }

    /// Ends a lookup that has not been sent yet once a list is fetched, which needs the same budget; and any request
    /// whose task is canceled.
    ///
    /// - Throws: `CancellationError`.
    private func giveWay(in run: FetchRun) throws {
        try Task.checkCancellation()
        if run.purpose == .lookup, isFetching { throw CancellationError() }
    }

    private func refusal(_ hold: RequestBudget.Hold, wait: Duration) -> SourceError {
        let limits = budget.limits
        let reason =
            switch hold.bound {
            case .daily: "the source's limit of \(limits.daily ?? 0) requests in 24 hours is used up"
            case .rate: "the source's limit of \(limits.rate ?? 0) requests a second is used up"
            case .platform:
                "the platform requested a pause" + (hold.pause.map { " of \($0.inSeconds)" } ?? "")
            }
        return SourceError(
            .rateLimited, "\(reason); no request was sent; the next is allowed at \(hold.until)",
            retryAfter: wait)
    }

    /// Takes from an answer how long the platform wants to be left alone.
    func learn(from response: UpstreamResponse) {
        let now = now()
        if [429, 503].contains(response.status), let pause = response.retryAfter(now: now) {
            budget.pause(for: pause, at: now)
        }
        if let pause = response.pauseUntilReset(now: now) {
            budget.learn(remaining: 0, resetAt: now.advanced(by: pause), at: now)
        }
    }

    /// The pause before a request is sent again; nil if that would not help.
    ///
    /// `isCutOff` is true for the first response that was cut off.
    func pause(after failure: any Error, retry: Int, isCutOff: Bool) -> Duration? {
        let requested: Duration
        switch failure {
        case let error as UpstreamError:
            let isTransient =
                error.code == .unreachable || (error.code == .timedOut && error.isConnecting) || isCutOff
            guard isTransient, !error.isFinal else { return nil }
            requested = .zero
        case is SourceError where isCutOff: requested = .zero
        case let error as SourceError where error.errorClass == .serverError:
            requested = error.retryAfter ?? .zero
        case let error as SourceError where error.errorClass == .rateLimited:
            // If the platform names no pause, the next fetch is early enough.
            guard let pause = error.retryAfter else { return nil }
            requested = pause
        default: return nil
        }
        return requested + retryPolicy.delay(beforeRetry: retry)
    }
}

extension UpstreamResponse {
    /// True if the connection ended within the JSON of the body: the same request may succeed.
    ///
    /// A length, or chunks, would have made the transport report that; without them it is a response like any
    /// other.
    var isCutOff: Bool { isEndedByConnection && (200..<300).contains(status) && JSONDocument.isCutOff(body) }
}

/// An answer with the memory that it takes.
struct ReceivedAnswer: Sendable {
    var response: UpstreamResponse
    var share: AnswerShare
    var sentAt: Timestamp
}
