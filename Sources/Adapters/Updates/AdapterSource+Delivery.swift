package import Deployments
import Upstream
import Wire

extension AdapterSource {
    /// Sends an update once, with the credentials as they are now, within the budget.
    ///
    /// It waits at most the source's total timeout before it is sent, for the budget and a place among the source's
    /// requests, and as long for the answer. It is sent again only after a failure that certainly came before its first
    /// byte, as often as a list's request after a failed connection. A canceled task does not end it.
    package func send(_ update: PlannedUpdate) async -> UpdateResult {
        // A task of its own is not canceled with the caller's.
        await Task { await self.deliver(update) }.value
    }

    private func deliver(_ update: PlannedUpdate) async -> UpdateResult {
        guard let plan = manifest.update, (try? self.plan(update.patch, of: update.before)) == update else {
            return .notSent(
                SourceError(.config, "the update is not one of this source as it is configured now"))
        }
        let secrets: [String: Secret]
        do throws(SourceError) {
            secrets = try readSecrets()
        } catch {
            return .notSent(error)
        }
        var request = requests.request(
            update.request, of: plan, row: updateTexts(of: update.before), secrets: secrets)
        request.options.bodyLimitBytes = min(request.options.bodyLimitBytes, Self.updateAnswerLimit)
        let verdict = UpdateVerdict(
            to: update, by: plan, of: self, guarding: secrets.values.map { $0.revealed() })
        let run = FetchRun(deadline: request.options.totalTimeout.asTimeout, clock: retryPolicy.clock)
        var retry = 0
        while true {
            switch await attempt(request, in: run) {
            case .refusedHere(let error): return .notSent(error)
            case .response(let response):
                learn(from: response)
                return pausing(after: verdict.result(of: response))
            case .failure(let error) where error.isUnsent:
                guard retry < binding.retries, let pause = pause(after: error, retry: retry, isCutOff: false),
                    pause < run.remaining, (try? await retryPolicy.clock.sleep(for: pause)) != nil
                else { return .notSent(SourceError(error)) }
                retry += 1
            case .failure(let error): return verdict.result(of: error)
            case .fault(let fault): return .unknown(.internal(logDetail: fault))
            }
        }
    }

    /// The largest answer to an update that is read, in bytes: that of one record, so it needs no share of the memory
    /// for lists.
    static let updateAnswerLimit = 1 << 20

    /// The end of one attempt.
    private enum Attempt {
        /// The budget, or the source's other requests, left no room; nothing was sent.
        case refusedHere(SourceError)
        case response(UpstreamResponse)
        case failure(UpstreamError)
        /// An error that no transport throws, with its text for the log.
        case fault(String)
    }

    private func attempt(_ request: UpstreamRequest, in run: FetchRun) async -> Attempt {
        while true {
            do {
                try await awaitBudget(in: run)
            } catch {
                return .refusedHere(run.sourceError(error))
            }
            let entered = await run.all([true]) { _ in await self.enterPlaces() }
            guard entered == [true] else {
                return .refusedHere(
                    SourceError(
                        .timeout,
                        "the source's other requests left no room within \(request.options.totalTimeout); "
                            + "nothing was sent"))
            }
            defer {
                host.leave()
                semaphore.leave()
            }
            guard budget.draw(at: now()) == nil else { continue }
            do {
                return .response(try await transport.send(request))
            } catch let error as UpstreamError {
                return .failure(error)
            } catch {
                return .fault("\(error)")
            }
        }
    }

    /// Takes a place among the source's requests and one at its host; false if the task was canceled first.
    private func enterPlaces() async -> Bool {
        guard (try? await semaphore.enter()) != nil else { return false }
        if (try? await host.enter()) != nil { return true }
        semaphore.leave()
        return false
    }

    /// Observes the pause that a refusal asks for, whatever its status.
    private func pausing(after result: UpdateResult) -> UpdateResult {
        if case .refused(let error, _) = result, error.errorClass == .rateLimited,
            let pause = error.retryAfter
        {
            budget.pause(for: pause, at: now())
        }
        return result
    }
}
