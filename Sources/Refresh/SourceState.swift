import Deployments
import Wire

/// The complete state of one source: one value with pure methods.
///
/// Each method takes the time as a parameter; ``SourceRunner`` owns the value and reads the clock.
struct SourceState: Sendable {
    /// The lists and the status that readers see; each fetch replaces them as one value.
    private(set) var lists: ServedLists
    /// The time of the next attempt, and the needs of readers; readers see only what ``lists`` shows of it.
    var schedule: Schedule
    /// The fingerprint of the credentials with which the last attempt failed; nil if it did not fail, or if
    /// they cannot change.
    private(set) var refusedCredentials: Int?
    /// True once the source was removed or configured differently; later results are discarded.
    private(set) var isRetired = false

    /// The state of a source before its first attempt; `restored` is its list from an earlier process.
    ///
    /// Encodes the restored rows.
    init(
        of source: any DeploymentSource, config: CacheWindows, rules: [OperatorRule], restored: SourceLists?,
        now: Timestamp
    ) {
        lists = ServedLists(of: source, config: config, rules: rules, restored: restored)
        schedule = Schedule(of: source, config: config, lists: lists)
        schedule.advance(to: now)
        schedule.spreadFirstRefresh(from: now)
        if lists.awaitsAccount { schedule.noteOtherAccount(at: now) }
        requestProviders(at: now)
        lists.show(schedule.plan(at: now))
    }

    /// Requests an attempt if the list of providers was never requested.
    private mutating func requestProviders(at now: Timestamp) {
        guard lists.lacksProviders, !schedule.isRequested else { return }
        schedule.requestedSince = now
    }

    /// The state of the same source under another configuration.
    ///
    /// `lists` are its lists under that configuration. If `isQueriedAlike` is false, the source is requested
    /// differently: its retry delay ends, and it is requested as soon as possible.
    init(
        continuing old: SourceState, with lists: ServedLists, of source: any DeploymentSource,
        config: CacheWindows, isQueriedAlike: Bool, now: Timestamp
    ) {
        self.lists = lists
        schedule = Schedule(of: source, config: config, lists: lists)
        schedule.resume(from: old.schedule, at: now)
        schedule.advance(to: now)
        if lists.awaitsAccount { schedule.noteOtherAccount(at: now) }
        if isQueriedAlike {
            refusedCredentials = old.refusedCredentials
        } else {
            schedule.noteReconfiguration(at: now)
        }
        requestProviders(at: now)
        self.lists.show(schedule.plan(at: now))
    }

    var status: SourceStatus { lists.status }

    /// Records a reader; see ``Schedule/read(_:at:)``.
    ///
    /// - Returns: The need of the reader, and true if the next attempt may now be earlier.
    mutating func read(_ demand: Demand, at now: Timestamp) -> (need: Schedule.Need?, isSooner: Bool) {
        let (wasRead, wasRequested) = (schedule.isRead(at: now), schedule.isRequested)
        let need = schedule.read(demand, at: now)
        return (need, schedule.isRequested != wasRequested || schedule.isRead(at: now) != wasRead)
    }

    /// Ends the retry delay if these are the credentials that were refused last.
    mutating func noteRotation(of refused: Int, at now: Timestamp) {
        guard refusedCredentials == refused else { return }
        refusedCredentials = nil
        schedule.noteRotation(at: now)
    }

    mutating func retire() { isRetired = true }

    /// Continues with other windows; `lists` are the current ones under them.
    mutating func adopt(_ config: CacheWindows, lists: ServedLists, at now: Timestamp) {
        self.lists = lists
        schedule.adopt(
            config, observedAt: status.awaitsAccount ? nil : status.observedAt,
            providersObservedAt: status.awaitsAccount ? nil : status.providers?.observedAt)
        self.lists.show(schedule.plan(at: now))
    }
}

extension SourceState {
    /// A change that readers can see; it is published in the same step.
    enum Change: Sendable {
        /// An attempt has ended; the values are its fetch, the merged lists and, if it failed, the
        /// fingerprint of the credentials.
        case ended(SourceFetch, ServedLists, refused: Int?)
        /// A round of lookups has ended; the value is the lists with its outcomes.
        case lookedUp(ServedLists)
        /// Lists became too old to be served; the value is the remaining ones.
        case expired(ServedLists)
        /// The credentials are now those of this digest, which is comparable with that of the lists.
        case credentials(CredentialDigest?)
        /// Another process stored these lists, and makes the next attempt.
        case followed(ServedLists)
        /// Another process stored these lists, and this one makes the next attempt.
        case taken(ServedLists, Schedule)
        /// The next attempt is due at another time, or for another reason.
        case planned(Schedule.Plan)
    }

    /// Applies a change, which was made under the windows in force, and plans the next attempt.
    ///
    /// The lists in the change were made from the current ones, since only one task at a time changes a
    /// source.
    mutating func apply(_ change: Change, at now: Timestamp) {
        switch change {
        case .ended(let fetch, let merged, let refused):
            lists = merged
            refusedCredentials = refused
            schedule.end(
                fetch, observedAt: status.awaitsAccount ? nil : status.observedAt,
                providersObservedAt: status.awaitsAccount ? nil : status.providers?.observedAt,
                isInTransition: lists.isInTransition, awaitsSecondLook: lists.awaitsSecondLook, at: now)
            lists.show(schedule.plan(at: now))
        case .lookedUp(let merged):
            lists = merged
            lists.show(schedule.plan(at: now))
        case .expired(let left):
            lists = left
            schedule.expire(
                observedAt: status.observedAt, providersObservedAt: status.providers?.observedAt)
            lists.show(schedule.plan(at: now))
        case .credentials(let current):
            lists.compareCredentials(with: current)
            if lists.awaitsAccount { schedule.noteOtherAccount(at: now) }
            lists.show(schedule.plan(at: now))
        case .followed(let stored):
            lists = stored
        case .taken(let stored, let begun):
            lists = stored
            let lastReadAt = schedule.lastReadAt
            schedule = begun
            schedule.lastReadAt = lastReadAt
            schedule.advance(to: now)
            schedule.spreadFirstRefresh(from: now)
            requestProviders(at: now)
            lists.show(schedule.plan(at: now))
        case .planned(let plan):
            lists.show(plan)
        }
    }
}

extension SourceState.Change {
    /// The same change under these windows and with these additions to rows, where others were in force when
    /// it was made.
    ///
    /// Encodes rows if the additions differ, or lists are too old to be served under one of both only.
    func adopting(
        _ config: CacheWindows, _ enrichment: RowEnrichment, at now: Timestamp
    ) -> SourceState.Change {
        switch self {
        case .ended(let fetch, let lists, let refused):
            .ended(fetch, lists.adopting(config, enrichment, at: now), refused: refused)
        case .lookedUp(let lists): .lookedUp(lists.adopting(config, enrichment, at: now))
        case .expired(let lists): .expired(lists.adopting(config, enrichment, at: now))
        case .followed(let lists): .followed(lists.adopting(config, enrichment, at: now))
        case .taken(let lists, let schedule):
            .taken(lists.adopting(config, enrichment, at: now), schedule.adopting(config))
        case .credentials, .planned: self
        }
    }
}

extension Schedule {
    fileprivate func adopting(_ config: CacheWindows) -> Schedule {
        var schedule = self
        schedule.adopt(config, observedAt: observedAt, providersObservedAt: providersObservedAt)
        return schedule
    }

    init(of source: any DeploymentSource, config: CacheWindows, lists: ServedLists) {
        self.init(
            of: source, config: config, observedAt: lists.deployments.status.observedAt,
            providersObservedAt: lists.providers?.status.observedAt, isInTransition: lists.isInTransition,
            awaitsSecondLook: lists.awaitsSecondLook,
            pages: lists.pages)
    }
}
