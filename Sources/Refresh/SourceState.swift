import Deployments
import Wire

/// Everything known of one source: one value, which pure methods move on.
///
/// Each of them is told the time; ``SourceRunner`` owns the value and reads the clock.
struct SourceState: Sendable {
    /// The lists and the status that readers see; replaced as one by those into which a fetch was merged.
    private(set) var lists: ServedLists
    /// The time of the next attempt, and what readers wait for; readers see of it what ``lists`` shows.
    var schedule: Schedule
    /// The fingerprint of the credentials with which the last attempt failed; nil where it did not fail, or
    /// where they cannot change.
    private(set) var refusedCredentials: Int?
    /// True once the configuration has the source no more, or in another way: what it still brings counts for
    /// nothing.
    private(set) var isRetired = false

    /// A source for which there was no attempt yet; `restored` is its list from an earlier process.
    ///
    /// Encodes the restored rows.
    init(of source: any DeploymentSource, config: CacheWindows, restored: SourceLists?, now: Timestamp) {
        lists = ServedLists(of: source, config: config, restored: restored)
        schedule = Schedule(of: source, config: config, lists: lists)
        schedule.advance(to: now)
        lists.show(schedule.plan(at: now))
    }

    /// The same source in another configuration, which goes on from what is known of it.
    ///
    /// `lists` are its lists as they are there. Where it is requested in another way (`isAskedAlike` is
    /// false), its retry delay ends, and it is requested as soon as it may be.
    init(
        continuing old: SourceState, with lists: ServedLists, of source: any DeploymentSource,
        config: CacheWindows, isAskedAlike: Bool, now: Timestamp
    ) {
        self.lists = lists
        schedule = Schedule(of: source, config: config, lists: lists)
        schedule.resume(from: old.schedule, at: now)
        schedule.advance(to: now)
        if isAskedAlike {
            refusedCredentials = old.refusedCredentials
        } else {
            schedule.noteReconfiguration(at: now)
        }
        self.lists.show(schedule.plan(at: now))
    }

    var status: SourceStatus { lists.status }

    /// Notes a reader; see ``Schedule/read(_:at:)``.
    ///
    /// - Returns: What the reader waits for, and whether its reading brings the next attempt forward.
    mutating func read(_ demand: Demand, at now: Timestamp) -> (need: Schedule.Need?, isSooner: Bool) {
        let (wasRead, wasRequested) = (schedule.isRead(at: now), schedule.isRequested)
        let need = schedule.read(demand, at: now)
        return (need, schedule.isRequested != wasRequested || schedule.isRead(at: now) != wasRead)
    }

    /// Ends the retry delay, unless other credentials than these were refused.
    mutating func noteRotation(of refused: Int, at now: Timestamp) {
        guard refusedCredentials == refused else { return }
        refusedCredentials = nil
        schedule.noteRotation(at: now)
    }

    mutating func retire() { isRetired = true }
}

extension SourceState {
    /// A change that readers can see: it is published in the same step.
    enum Change: Sendable {
        /// An attempt has ended: its fetch, the lists with that merged into them, and the fingerprint of the
        /// credentials if it failed.
        case ended(SourceFetch, ServedLists, refused: Int?)
        /// Lists became too old to be served; these are left.
        case expired(ServedLists)
        /// The next attempt is due at another time, or for another reason.
        case planned(Schedule.Plan)
    }

    /// Makes a change, and plans the next attempt.
    ///
    /// The lists in it were made from those that are replaced: at any time only one task makes changes of a
    /// source.
    mutating func apply(_ change: Change, at now: Timestamp) {
        switch change {
        case .ended(let fetch, let merged, let refused):
            lists = merged
            refusedCredentials = refused
            schedule.end(
                fetch, observedAt: status.observedAt, isInTransition: lists.isInTransition, at: now)
            lists.show(schedule.plan(at: now))
        case .expired(let left):
            lists = left
            schedule.expire(observedAt: status.observedAt)
            lists.show(schedule.plan(at: now))
        case .planned(let plan):
            lists.show(plan)
        }
    }
}

extension Schedule {
    fileprivate init(of source: any DeploymentSource, config: CacheWindows, lists: ServedLists) {
        self.init(
            of: source, config: config, observedAt: lists.status.observedAt,
            isInTransition: lists.isInTransition, pages: lists.pages)
    }
}
