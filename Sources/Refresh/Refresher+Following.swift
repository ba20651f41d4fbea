import Deployments
import Logging
import Wire

/// Following a store that another process writes to.
extension Refresher {
    /// The time between two looks at the lock and at what the store holds.
    package static var followingInterval: Duration { .seconds(1) }

    /// True while another process has the right to write to the store: this one requests nothing then.
    var isFollowing: Bool { context.isFollowing.value }

    /// Serves what the store holds until this process may write to it, or the task is canceled.
    func follow(_ lease: any StoreLease) async {
        var (holder, lists) = (nil as StoreHolder?, [] as [SourceLists])
        var followed: [SourceRunner] = []
        while !Task.isCancelled {
            switch await lease.take() {
            case .taken(let stored):
                await lead(with: stored ?? lists)
                return
            case .held(let current, let changed):
                if let changed { lists = changed }
                if current != holder { note(current) }
                let runners = registry.runners
                if changed != nil || current != holder || !runners.elementsEqual(followed, by: ===) {
                    for runner in runners { await serve(lists, of: runner, heldBy: current) }
                }
                (holder, followed) = (current, runners)
            }
            try? await context.clock.sleep(for: Self.followingInterval)
        }
    }

    private func note(_ holder: StoreHolder) {
        context.logger.warning(
            "another process uses the store; its lists are served and no platform is requested",
            metadata: [
                "pid": "\(holder.processID.map { "\($0)" } ?? "unknown")", "lock": "\(holder.lockPath)",
            ])
        let since = storeProblem.value?.since ?? context.now()
        storeProblem.replace(with: StoreProblem(since: since, message: holder.message, state: .locked))
    }

    private func serve(_ lists: [SourceLists], of runner: SourceRunner, heldBy holder: StoreHolder) async {
        let stored = lists.adopted(by: [runner.source]).lists.first { $0.source == runner.source.storageKey }
        let error = SourceError(.config, "no list is stored, and \(holder.message)")
        let next = await runner.lists.following(stored, of: runner.source, without: error, at: context.now())
        await context.publisher.publish(.followed(next), of: runner)
    }

    /// Continues as the store's only writer, from the lists that the store held last.
    private func lead(with lists: [SourceLists]) async {
        context.logger.notice("the store is free; this process uses it from now on")
        let now = context.now()
        for runner in registry.runners {
            let source = runner.source
            source.budget.restore(lists.sent(for: source), at: now)
            let stored = lists.adopted(by: [source]).lists.first { $0.source == source.storageKey }
            let next = await runner.lists.following(stored, of: source, without: nil, at: now)
            let schedule = Schedule(of: source, config: runner.config, lists: next)
            await context.publisher.publish(.taken(next, schedule), of: runner)
        }
        context.writer.forget()
        context.isFollowing.replace(with: false)
        storeProblem.replace(with: nil)
    }
}

extension ServedLists {
    /// The lists that another process stored in place of these; `error` is why there is no other, where none
    /// is stored.
    ///
    /// Encodes the rows that changed. No attempt is planned.
    @concurrent
    func following(
        _ stored: SourceLists?, of configured: any DeploymentSource, without error: SourceError?,
        at now: Timestamp
    ) async -> ServedLists {
        var next = self
        next.restore(stored, of: configured)
        if let binding = configured.providers {
            await next.providers?.follow(
                providers?.partitionsByKey ?? [:], as: binding, without: error, at: now)
        }
        next.lookups.join(next.providers, at: now, values: configured.values)
        next.enrich(by: enrichment.rules)
        await next.deployments.follow(
            deployments.partitionsByKey, as: configured.deployments, without: error, at: now)
        next.showNoPlan()
        return next
    }
}

extension ServedList {
    /// Encodes what was restored of another process's list in place of its own, and describes that.
    ///
    /// `before` has the partitions before it was restored, by their keys; `error` is why there is no list,
    /// where none is stored.
    fileprivate mutating func follow(
        _ before: [String: PartitionState<Row>], as configured: ListBinding<Row>,
        without error: SourceError?, at now: Timestamp
    ) async {
        await encode(before, of: configured.source)
        describe(total: configured.partitionKeys?.count ?? partitions.count)
        let failure = status.failure
        (status.failure, status.finishedAttempts) = (nil, 0)
        if let error, !status.hasList {
            status.failure = SourceStatus.Failure(error: error, since: failure?.since ?? now)
            status.finishedAttempts = 1
        }
    }
}

extension [SourceLists] {
    /// The requests of the last day that were sent for a source, under any of its keys and names.
    func sent(for source: any DeploymentSource) -> [SentRequests] {
        let names = [source.description.name, source.formerName].compactMap { $0 }
        return filter { lists in names.contains { lists.isOf($0) } }.flatMap(\.sent)
    }
}

extension SourceLists {
    /// True if the lists were stored for the source with this name, under its current key or another; see
    /// ``DeploymentSource/storageKey``.
    fileprivate func isOf(_ name: String) -> Bool { source == name || source.hasPrefix(name + "#") }
}
