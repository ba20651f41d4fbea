import Deployments
import Synchronization
import Wire

/// The only owner of a source's state: the refresh loop and the readers change the state only through it.
///
/// Under its lock, no file is read, and no row is encoded or freed.
final class SourceRunner: Sendable {
    let source: any DeploymentSource
    /// Notifies whenever the schedule may have changed.
    let changed = ChangeNotifier()
    let now: @Sendable () -> Timestamp
    let lookupWork = LookupWork()
    private let state: Mutex<SourceState>

    var name: String { source.description.name }

    /// The windows in force; see ``adopt(_:lists:)``.
    var config: CacheWindows { state.withLock { $0.schedule.config } }

    init(
        _ source: any DeploymentSource, state: SourceState, now: @escaping @Sendable () -> Timestamp
    ) {
        self.source = source
        self.now = now
        self.state = Mutex(state)
    }

    /// Continues from the state of the same source's runner in an earlier configuration.
    ///
    /// The earlier runner is retired in the same step, so that no demand is lost between the two. `lists` are
    /// its lists under this configuration.
    convenience init(
        _ source: any DeploymentSource, config: CacheWindows, replacing earlier: SourceRunner,
        lists: ServedLists, now: @escaping @Sendable () -> Timestamp
    ) {
        let last = earlier.retire()
        source.budget.takeOver(earlier.source.budget)
        let state = SourceState(
            continuing: last, with: lists, of: source, config: config,
            isQueriedAlike: source.isQueried(like: earlier.source), now: now())
        self.init(source, state: state, now: now)
    }

    /// Continues with other windows, and with the fetch in progress; `lists` are its lists under them.
    ///
    /// Called only by ``SnapshotPublisher``.
    func adopt(_ config: CacheWindows, lists: ServedLists) {
        let replaced = asOfNow { state, now in
            let replaced = state.lists
            state.adopt(config, lists: lists, at: now)
            return replaced
        }
        // Rows that only the old lists have are freed here, outside the lock.
        withExtendedLifetime(replaced) {}
        changed.send()
    }

    /// Passes the state to `body`, with the schedule advanced to the current time.
    ///
    /// The clock is read under the lock: readings that arrived in another order would look like a clock that
    /// was set back.
    private func asOfNow<Result>(_ body: (inout SourceState, Timestamp) -> Result) -> Result {
        state.withLock { state in
            let now = now()
            state.schedule.advance(to: now)
            return body(&state, now)
        }
    }

    var lists: ServedLists { state.withLock { $0.lists } }

    /// True if its lists are those of another source too: under the same key, or under one of its former keys.
    func hasList(of source: any DeploymentSource) -> Bool {
        source.storageKey == self.source.storageKey
            || source.formerStorageKeys.contains(self.source.storageKey)
    }

    /// True if the source is configured exactly as this runner's, its windows aside.
    func isConfigured(as source: any DeploymentSource) -> Bool {
        source.description == self.source.description && source.storageKey == self.source.storageKey
            && source.isQueried(like: self.source)
    }
}

/// Attempts; at most one task makes them at any time.
extension SourceRunner {
    /// See ``Schedule/isAwaited``.
    var isAwaited: Bool { state.withLock { $0.schedule.isAwaited } }

    func plan() -> Schedule.Plan { asOfNow { $0.schedule.plan(at: $1) } }

    /// Records the beginning of an attempt.
    ///
    /// - Returns: The time of the beginning.
    func begin() -> Timestamp {
        asOfNow { state, now in
            state.schedule.begin(at: now)
            return now
        }
    }

    /// Discards the attempt in progress.
    func discardAttempt() { state.withLock { $0.schedule.discardAttempt() } }

    /// Applies a change and calls `publish`, both under the lock, so that no reader learns that its demand is
    /// met before the list is published.
    ///
    /// Called only by ``SnapshotPublisher``. `publish` receives the lists after the change and the time of
    /// the change.
    /// - Returns: The status after the change; nil, with nothing changed, if the source is retired.
    func commit(_ change: SourceState.Change, publish: (ServedLists, Timestamp) -> Void) -> SourceStatus? {
        let committed = asOfNow { state, now -> (status: SourceStatus, replaced: ServedLists)? in
            guard !state.isRetired else { return nil }
            let replaced = state.lists
            state.apply(change, at: now)
            publish(state.lists, now)
            return (state.status, replaced)
        }
        // Rows that only the old lists have are freed here, outside the lock.
        return withExtendedLifetime(committed?.replaced) { committed?.status }
    }

    /// Ends the loop, since the source was removed or configured differently; later results are discarded.
    ///
    /// - Returns: The last state.
    @discardableResult
    func retire() -> SourceState {
        let last = asOfNow { state, _ in
            state.retire()
            return state
        }
        changed.send()
        return last
    }

    var isRetired: Bool { state.withLock { $0.isRetired } }

    /// Returns once the source is retired or the task is canceled.
    func retirement() async {
        while !Task.isCancelled {
            let generation = changed.generation
            if isRetired { return }
            await changed.wait(past: generation)
        }
    }
}

/// Rotation of credentials while the source backs off.
extension SourceRunner {
    /// The time between two checks of the credentials of a source that backs off.
    static let rotationInterval = Duration.seconds(5)

    /// True while the credentials are checked for a rotation, since the last attempt failed with them.
    var awaitsRotation: Bool { state.withLock { $0.refusedCredentials } != nil }

    /// Ends the retry delay if the credentials have changed since they were refused.
    ///
    /// Reads the credentials' files before it takes the lock.
    func noteRotation() {
        guard let refused = state.withLock({ $0.refusedCredentials }),
            let current = source.credentialFingerprint(), current != refused
        else { return }
        asOfNow { $0.noteRotation(of: refused, at: $1) }
    }
}

/// Readers.
extension SourceRunner {
    /// Records a reader; see ``Schedule/read(_:at:)``.
    func read(_ demand: Demand) -> Schedule.Need? {
        let (need, isSooner) = asOfNow { $0.read(demand, at: $1) }
        if isSooner { changed.send() }
        return need
    }

    func isMet(_ demand: Demand) -> Bool { asOfNow { $0.schedule.isMet(demand, at: $1) } }

    /// Waits for the list that a reader needs; at most for the need's longest wait, measured from `began`.
    ///
    /// - Returns: The reason that the demand was not met; nil if it was met or there was none.
    func wait<C: Clock<Duration>>(
        for need: Schedule.Need, since began: C.Instant, on clock: C
    ) async -> UnmetDemand? {
        // Measured by the monotonic clock: the wall clock may be set back meanwhile.
        let end = began.advanced(by: need.wait)
        while !Task.isCancelled, clock.now < end {
            let generation = changed.generation
            if isOver(need) { break }
            await changed.wait(past: generation, until: end, on: clock)
        }
        return asOfNow { $0.schedule.unmet(need, at: $1) }
    }

    private func isOver(_ need: Schedule.Need) -> Bool {
        asOfNow { $0.isRetired || $0.schedule.isSettled(need, at: $1) }
    }

    /// Requests an attempt that begins now or later, and waits for its end; at most as long as a demand
    /// waits.
    func refresh<C: Clock<Duration>>(on clock: C) async -> RefreshOutcome {
        let (start, refusal) = asOfNow { state, now in (now, state.schedule.demandAttempt(at: now)) }
        let config = config
        if let (reason, pause) = refusal { return .refused(reason, retryAfter: pause) }
        changed.send()
        let end = clock.now.advanced(by: config.demandWait)
        while !Task.isCancelled {
            let generation = changed.generation
            let (isDone, isRetired) = state.withLock { ($0.schedule.hasEnded(since: start), $0.isRetired) }
            if isDone { return .done }
            if isRetired || clock.now >= end { break }
            await changed.wait(past: generation, until: end, on: clock)
        }
        return .inProgress
    }
}
