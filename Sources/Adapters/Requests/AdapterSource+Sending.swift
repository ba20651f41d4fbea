import Deployments
import Synchronization
import Upstream
import Wire

extension AdapterSource {
    /// Sends a read-only request within the source's concurrency and budget, and reads its answer.
    ///
    /// The request is sent again, after a random pause, if that can help: no connection, an error of the
    /// server, or a rate limit for which the platform names the pause. It is repeated
    /// ``SourceBinding/retries`` times at most, and only if the pause ends before the fetch's deadline. In
    /// the fetch after one that listed no partition, nothing is sent again. Rate-limit headers of every
    /// answer go into the budget.
    ///
    /// - Throws: The error of the last attempt; a ``SourceError`` of class `rate_limited` if the budget is
    ///   used up, with nothing sent; `CancellationError`.
    func response<Value>(
        to request: UpstreamRequest, in run: FetchRun,
        reading: (UpstreamResponse) throws(SourceError) -> Value
    ) async throws -> Value {
        var retry = 0
        while true {
            let failure: any Error
            switch try await exchange(request, in: run) {
            case .success(let response):
                do throws(SourceError) { return try reading(response) } catch {
                    if error.errorClass == .rateLimited, let pause = error.retryAfter {
                        budget.pause(for: pause, at: now())
                    }
                    failure = error
                }
            case .failure(let error): failure = error
            }
            guard retry < (lastFetchFailed.withLock { $0 } ? 0 : binding.retries),
                let pause = pause(after: failure, retry: retry),
                pause < run.remaining
            else { throw failure }
            try await retryPolicy.clock.sleep(for: pause)
            retry += 1
        }
    }

    /// Sends a request once, and follows one redirect; a failed exchange is a result, so that it cannot be
    /// confused with our own refusal.
    private func exchange(
        _ request: UpstreamRequest, in run: FetchRun
    ) async throws -> Result<UpstreamResponse, UpstreamError> {
        try await semaphore.withPermit {
            var request = request
            while true {
                try await takeFromBudget(in: run)
                run.calls.add()
                do {
                    let response = try await transport.send(request)
                    learn(from: response)
                    // One redirect only: the transport refuses a second one.
                    guard let next = response.redirect else { return .success(response) }
                    request = next
                } catch let error as UpstreamError {
                    return .failure(error)
                }
            }
        }
    }

    /// Takes one request from the budget, after a wait if it will be granted before the fetch's deadline.
    private func takeFromBudget(in run: FetchRun) async throws {
        while true {
            try Task.checkCancellation()
            let now = now()
            guard let hold = budget.draw(at: now) else { return }
            let wait = hold.until.since(now)
            guard hold.bound != .daily, wait < run.remaining else { throw refusal(hold, wait: wait) }
            // A clock that stands still must not turn this into a busy loop.
            try await retryPolicy.clock.sleep(for: max(wait, .milliseconds(1)))
        }
    }

    private func refusal(_ hold: RequestBudget.Hold, wait: Duration) -> SourceError {
        let limits = budget.limits
        let reason =
            switch hold.bound {
            case .daily: "the source's limit of \(limits.daily ?? 0) requests in 24 hours is used up"
            case .rate: "the source's limit of \(limits.rate ?? 0) requests a second is used up"
            case .platform: "the platform requested a pause"
            }
        return SourceError(
            .rateLimited, "\(reason); no request was sent; the next is allowed at \(hold.until)",
            retryAfter: wait)
    }

    private func learn(from response: UpstreamResponse) {
        let now = now()
        if [429, 503].contains(response.status), let pause = response.retryAfter(now: now) {
            budget.pause(for: pause, at: now)
        }
        if let pause = response.pauseUntilReset(now: now) {
            budget.learn(remaining: 0, resetAt: now.advanced(by: pause), at: now)
        }
    }

    /// The pause before a request is sent again; nil if that would not help.
    private func pause(after failure: any Error, retry: Int) -> Duration? {
        let requested: Duration
        switch failure {
        case let error as UpstreamError:
            guard error.code == .unreachable || (error.code == .timedOut && error.isConnecting) else {
                return nil
            }
            requested = .zero
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
