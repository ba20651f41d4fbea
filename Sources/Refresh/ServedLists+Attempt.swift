import Deployments
import Snapshots
import Wire

/// The end of an attempt.
extension ServedLists {
    /// A fetch that has ended.
    struct Attempt: Sendable {
        var fetch: SourceFetch
        var beganAt: Timestamp
    }

    /// The lists with a fetch merged into them, their rows encoded again if any changed.
    ///
    /// `@concurrent` because it encodes every row: sources that respond at the same time are merged in
    /// parallel.
    @concurrent
    func merging(_ attempt: Attempt) async -> (lists: ServedLists, events: ListEvents) {
        var next = self
        var events = ListEvents()
        let (fetch, beganAt) = (attempt.fetch, attempt.beganAt)
        let isTaken = next.takeAccount(of: fetch)
        if let providers = fetch.providers {
            await next.providers?.take(
                providers, isMerged: isTaken, of: source, maxDrop: config.maxDrop, beganAt: beganAt,
                &events.providers)
        }
        next.joinProviders(at: beganAt)
        next.enrich(by: enrichment.rules)
        await next.deployments.take(
            fetch.deployments, isMerged: isTaken, of: source, maxDrop: config.maxDrop, beganAt: beganAt,
            &events.deployments)
        next.lookups.retain(for: next.deployments.partitions.lazy.flatMap(\.rows))
        next.noteLookupDrift()
        return (next, events)
    }

    /// Prepares for the lists of a fetch that may have sent other credentials than the fetches before.
    ///
    /// Rows of two accounts are never served together: the lists of other credentials replace the old ones
    /// outright, without their rows and times, once the deployments are complete.
    /// - Returns: False if the fetch cannot replace them, so that the old ones stay.
    private mutating func takeAccount(of fetch: SourceFetch) -> Bool {
        guard let sent = fetch.credentialDigest(credentialDigest?.key ?? .init()) else { return true }
        if let credentialDigest, credentialDigest != sent, !isEmpty {
            guard fetch.deployments.isComplete else {
                awaitsAccount = true
                return false
            }
            deployments.discard()
            providers?.discard()
            // The same key may be another record there.
            lookups = LookupTable(of: enrichment.source, restoring: [])
        }
        if fetch.deployments.listedSomething || fetch.providers?.listedSomething ?? false {
            credentialDigest = sent
            awaitsAccount = false
        }
        return true
    }
}

/// The events of an attempt, list by list.
struct ListEvents: Sendable, Equatable {
    var deployments: [ListEvent] = []
    var providers: [ListEvent] = []
}

/// An event of an attempt that is logged for the operator; most attempts have none.
enum ListEvent: Sendable, Equatable {
    /// The first of consecutive failures, or one of another class than the failure before.
    case failed(SourceError)
    case recovered
    case drifted(field: String, rows: Int)
    case dropped(rows: Int)
    /// The first list after proven ones that is not proven complete, for this reason.
    case unproven(String)
    /// A complete list lacks more rows than `max_drop` lets one list drop.
    case heldBack(rows: Int)
}
