import Deployments
import Logging
import Wire

/// The dependencies that the loops of all sources share.
struct RunnerContext<C: Clock<Duration>>: Sendable {
    let publisher: SnapshotPublisher
    let writer: StoreWriter
    let clock: C
    let now: @Sendable () -> Timestamp
    let logger: Logger
    /// True while another process has the right to write to the store.
    let isFollowing: Latest<Bool>
    /// The executor of attempts that nobody waits for; nil for the default executor.
    let background: (any TaskExecutor)?
}

extension SourceRunner {
    /// Follows the schedule until the source is retired or the task is canceled.
    func run<C>(in context: RunnerContext<C>) async {
        // The requests of the last day may be stored under a former key only, which is being removed.
        if lists.isEmpty { store(by: context.writer) }
        await withDiscardingTaskGroup { group in
            await loop(in: context, group: &group)
            group.cancelAll()
        }
    }

    /// The one loop that changes the source's state; lookups run beside it in the group.
    private func loop<C>(in context: RunnerContext<C>, group: inout DiscardingTaskGroup) async {
        while !Task.isCancelled {
            let generation = changed.generation
            guard !isRetired else { return }
            await mergeLookups(in: context)
            noteRotation()
            await noteAccount(in: context)
            await expireOldLists(in: context)
            let plan = plan()
            if plan.at <= now() {
                let executor = isAwaited ? nil : context.background
                _ = await withTaskExecutorPreference(executor) { await attempt(in: context) }
                lookupWork.want()
                continue
            }
            // A round may have ended early, since the list was due soon.
            if source.budget.expectList(at: plan == .never ? nil : plan.at, at: now()) { lookupWork.want() }
            beginLookups(in: &group)
            if !lists.shows(plan) { await context.publisher.publish(.planned(plan), of: self) }
            let pause = pause(before: plan)
            await changed.wait(
                past: generation, until: context.clock.now.advanced(by: pause), on: context.clock)
        }
    }

    /// The time after which the loop runs again if nothing changes before; zero to one day.
    private func pause(before plan: Schedule.Plan) -> Duration {
        let now = now()
        var wakeAt = plan.at
        if let expiry = lists.nextExpiry { wakeAt = min(wakeAt, expiry) }
        if awaitsRotation || source.canRotate {
            wakeAt = min(wakeAt, now.advanced(by: Self.rotationInterval))
        }
        // One day at most, so that no sum is too large for a clock.
        return min(max(.zero, wakeAt.since(now)), .seconds(86_400))
    }

    /// Fetches, merges and publishes the source once.
    ///
    /// - Returns: The new status; nil, with nothing published, if the task was canceled or the source was
    ///   retired meanwhile.
    @discardableResult
    func attempt<C>(in context: RunnerContext<C>) async -> SourceStatus? {
        guard !isRetired else { return nil }
        let beganAt = begin()
        guard let fetch = await fetch(), !Task.isCancelled else {
            discardAttempt()
            // The requests that were sent count, although the result is discarded.
            if !isRetired { store(by: context.writer) }
            return nil
        }
        let (merged, events) = await lists.merging(ServedLists.Attempt(fetch: fetch, beganAt: beganAt))
        // The credentials that were sent, if the source noted them: a file may have changed during the fetch.
        let refused = fetch.listedNothing ? fetch.credentials ?? source.credentialFingerprint() : nil
        let change = SourceState.Change.ended(fetch, merged, refused: refused)
        guard let status = await context.publisher.publish(change, of: self) else {
            discardAttempt()
            return nil
        }
        changed.send()
        for event in events.deployments { context.logger.log(event, of: .deployments, in: name) }
        for event in events.providers { context.logger.log(event, of: .providers, in: name) }
        if fetch.calls > 0 { store(by: context.writer) }
        return status
    }

    /// Fetches the source; stops if it is retired, since its platform must then receive no more requests.
    ///
    /// - Returns: nil if it was retired first.
    private func fetch() async -> SourceFetch? {
        await withTaskGroup(of: SourceFetch?.self) { group in
            group.addTask { await self.source.fetch() }
            group.addTask {
                await self.retirement()
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    /// The lists and the request counts of the last day as the store saves them; nil if there is neither.
    var stored: SourceLists? { lists.stored(sent: source.budget.sentInLastDay(at: now())) }

    /// Offers the lists and the request counts to the store's writer.
    func store(by writer: StoreWriter) {
        if let stored { writer.offer(stored) }
    }

    /// Notes credentials that may read another account than the lists are of.
    ///
    /// Reads the files that they are in.
    private func noteAccount<C>(in context: RunnerContext<C>) async {
        guard source.canRotate else { return }
        let digest = lists.credentialDigest(of: source)
        guard !lists.isCompared(with: digest) else { return }
        await context.publisher.publish(.credentials(digest), of: self)
        context.logger.notice("credentials changed", metadata: ["source": "\(name)"])
    }

    /// Stops serving the lists that are too old.
    private func expireOldLists<C>(in context: RunnerContext<C>) async {
        let lists = lists
        guard let expiry = lists.nextExpiry, expiry <= now(), let left = await lists.expiring(at: now()),
            await context.publisher.publish(.expired(left), of: self) != nil
        else { return }
        context.logger.warning("lists are too old to be served", metadata: ["source": "\(name)"])
    }
}

extension Logger {
    /// Writes one line for an event, without the values that drifted, since they are the platform's data.
    func log(_ event: ListEvent, of kind: RecordSchema, in source: String) {
        let records = kind.profile.name
        var metadata: Logger.Metadata = ["source": "\(source)"]
        // Operators know the lines of deployments without it.
        if records != RecordSchema.deployments.profile.name { metadata["list"] = "\(records)" }
        switch event {
        case .failed(let error):
            metadata["error"] = "\(error)"
            // Never shown to clients.
            if let detail = error.logDetail { metadata["detail"] = "\(detail)" }
            warning("source failed", metadata: metadata)
        case .recovered:
            notice("source recovered", metadata: metadata)
        case .drifted(let field, let rows):
            metadata["field"] = "\(field)"
            metadata["rows"] = "\(rows)"
            warning("schema drift", metadata: metadata)
        case .dropped(let rows):
            metadata["rows"] = "\(rows)"
            info("\(records) removed", metadata: metadata)
        case .unproven(let reason):
            metadata["reason"] = "\(reason)"
            warning("list not proven complete; missing \(records) stay", metadata: metadata)
        case .heldBack(let rows):
            metadata["rows"] = "\(rows)"
            warning(
                "max_drop exceeded; missing \(records) stay until another complete list confirms it",
                metadata: metadata)
        }
    }
}
