import Deployments
import Synchronization
import Wire

/// The one owner of a source's state: the loop that keeps the source fresh, and its readers, change it only
/// here.
///
/// No file is read, no row encoded and none freed under its lock.
final class SourceRunner: Sendable {
    let source: any DeploymentSource
    let config: CacheWindows
    /// Sent whenever the schedule may say something else than before.
    let changed = ChangeNotifier()
    let now: @Sendable () -> Timestamp
    private let state: Mutex<SourceState>

    var name: String { source.description.name }

    init(
        _ source: any DeploymentSource, config: CacheWindows, state: SourceState,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.source = source
        self.config = config
        self.now = now
        self.state = Mutex(state)
    }

    /// Goes on from what the same source's runner of an earlier configuration knows.
    ///
    /// That one is retired in the same step, so that no demand is lost between them. `lists` are its lists,
    /// as this configuration has them.
    convenience init(
        _ source: any DeploymentSource, config: CacheWindows, replacing earlier: SourceRunner,
        lists: ServedLists, now: @escaping @Sendable () -> Timestamp
    ) {
        let last = earlier.retire()
        source.budget.takeOver(earlier.source.budget)
        let state = SourceState(
            continuing: last, with: lists, of: source, config: config,
            isAskedAlike: source.isQueried(like: earlier.source), now: now())
        self.init(source, config: config, state: state, now: now)
    }

    /// The one way to a schedule that is up to date.
    ///
    /// The clock is read within the lock: readings that came in another order would look like a clock set
    /// back.
    private func asOfNow<Result>(_ body: (inout SourceState, Timestamp) -> Result) -> Result {
        state.withLock { state in
            let now = now()
            state.schedule.advance(to: now)
            return body(&state, now)
        }
    }

    var lists: ServedLists { state.withLock { $0.lists } }

    /// True if nothing of what configures the source would be another.
    func isConfigured(as source: any DeploymentSource, _ config: CacheWindows) -> Bool {
        source.description == self.source.description && source.storageKey == self.source.storageKey
            && config == self.config && source.isQueried(like: self.source)
    }
}

/// Attempts; at any time one task at most makes them.
extension SourceRunner {
    /// See ``Schedule/isAwaited``.
    var isAwaited: Bool { state.withLock { $0.schedule.isAwaited } }

    func plan() -> Schedule.Plan { asOfNow { $0.schedule.plan(at: $1) } }

    /// Notes that an attempt begins.
    ///
    /// - Returns: When it does.
    func begin() -> Timestamp {
        asOfNow { state, now in
            state.schedule.begin(at: now)
            return now
        }
    }

    /// Notes that the attempt which is under way will come to nothing.
    func abandon() { state.withLock { $0.schedule.abandon() } }

    /// Makes a change and lets `publish` show it, both under the lock: no reader is told that its demand is
    /// met before the list that meets it is published.
    ///
    /// Called by ``SnapshotPublisher`` alone. `publish` gets the lists after the change, and the time of it.
    /// - Returns: The status after the change; nil where the source is retired, and nothing happened.
    func commit(_ change: SourceState.Change, publish: (ServedLists, Timestamp) -> Void) -> SourceStatus? {
        let committed = asOfNow { state, now -> (status: SourceStatus, replaced: ServedLists)? in
            guard !state.isRetired else { return nil }
            let replaced = state.lists
            state.apply(change, at: now)
            publish(state.lists, now)
            return (state.status, replaced)
        }
        // The rows that only the old lists had are freed here, not under the lock.
        return withExtendedLifetime(committed?.replaced) { committed?.status }
    }

    /// Ends the loop: the source is not configured any more, or in another way, and what it still brings
    /// counts for nothing.
    ///
    /// - Returns: What was known of it last.
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

    /// Returns once it is retired, or the task canceled.
    func retirement() async {
        while !Task.isCancelled {
            let generation = changed.generation
            if isRetired { return }
            await changed.wait(past: generation)
        }
    }
}

/// Credentials that are rotated while the source backs off.
extension SourceRunner {
    /// The time between two looks at the credentials of a source that backs off.
    static let rotationInterval = Duration.seconds(5)

    /// True while its credentials are looked at, as they were refused.
    var awaitsRotation: Bool { state.withLock { $0.refusedCredentials } != nil }

    /// Ends the retry delay of a source whose credentials are others than those that were refused.
    ///
    /// Reads the files that they are in, before it takes the lock.
    func noteRotation() {
        guard let refused = state.withLock({ $0.refusedCredentials }),
            let current = source.credentialFingerprint(), current != refused
        else { return }
        asOfNow { $0.noteRotation(of: refused, at: $1) }
    }
}

/// Readers.
extension SourceRunner {
    /// Notes a reader; see ``Schedule/read(_:at:)``.
    func read(_ demand: Demand) -> Schedule.Need? {
        let (need, isSooner) = asOfNow { $0.read(demand, at: $1) }
        if isSooner { changed.send() }
        return need
    }

    func isMet(_ demand: Demand) -> Bool { asOfNow { $0.schedule.isMet(demand, at: $1) } }

    /// Waits for the list that a reader needs, at most for the need's time from `began`.
    ///
    /// - Returns: The reason why the demand was not met; nil where it was, or there was none.
    func wait<C: Clock<Duration>>(
        for need: Schedule.Need, since began: C.Instant, on clock: C
    ) async -> UnmetDemand? {
        // By the clock that only goes on: the other may be set back while somebody waits.
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

    /// Requests an attempt that begins from now on, and waits for its end, at most as long as a demand waits.
    func refresh<C: Clock<Duration>>(on clock: C) async -> RefreshOutcome {
        let (start, refusal) = asOfNow { state, now in (now, state.schedule.demandAttempt(at: now)) }
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
        return .underWay
    }
}
