import Deployments
import Wire

/// The use of the cache by a response, for the header `Cache-Status` (RFC 9211).
enum CacheStatus: Sendable, Equatable {
    /// Answered from the existing lists: the request had no reason to wait, or no newer list arrived.
    case hit
    /// Answered after waiting for a platform.
    ///
    /// `isStored` is true if a newer list arrived, `isCollapsed` if the fetch of each newer list had begun before the
    /// request.
    case forwarded(Reason, isStored: Bool, isCollapsed: Bool)

    /// The reason for waiting for a platform; if sources have different reasons, the one with the highest ``priority``.
    enum Reason: String, Sendable {
        /// Only the caller's demand: without it the existing list would have been served.
        case request
        /// The list was older than its source's windows allow.
        case stale
        /// There was no list.
        case miss = "uri-miss"
        /// A demanded refresh, which is never answered from the cache.
        case method

        fileprivate var priority: Int {
            switch self {
            case .request: 0
            case .stale: 1
            case .miss: 2
            case .method: 3
            }
        }
    }

    /// Derives the use from the statuses of the sources before and after a read.
    ///
    /// A newer list from another request's fetch is a hit if this caller had no reason to wait for it.
    init(
        of demand: Demand, requestedAt: Timestamp, before: [SourceStatus], after: [SourceStatus],
        unmet: [String: UnmetDemand]
    ) {
        self = .hit
        guard !demand.onlyIfCached else { return }
        let newest = Dictionary(after.map { ($0.source.name, $0) }) { first, _ in first }
        var reasons: [Reason] = []
        var fetchedAt: [Timestamp] = []
        for old in before {
            guard let new = newest[old.source.name],
                let reason = old.reasonToWait(for: demand, at: requestedAt)
            else { continue }
            if let observedAt = new.newerList(than: old) {
                reasons.append(reason)
                fetchedAt.append(observedAt)
            } else if unmet[old.source.name] == .timeout {
                reasons.append(reason)
            }
        }
        guard let reason = reasons.max(by: { $0.priority < $1.priority }) else { return }
        self = .forwarded(
            reason, isStored: !fetchedAt.isEmpty,
            isCollapsed: !fetchedAt.isEmpty && fetchedAt.allSatisfy { $0 < requestedAt })
    }

    /// A list member of `Cache-Status`, without its `ttl`.
    var structuredItem: String {
        switch self {
        case .hit: "rollcall; hit"
        case .forwarded(let reason, let isStored, let isCollapsed):
            "rollcall; fwd=\(reason.rawValue)" + (isStored ? "; stored" : "")
                + (isCollapsed ? "; collapsed" : "")
        }
    }
}

extension SourceStatus {
    /// The reason for a read to wait for this source; nil if its existing list is served.
    fileprivate func reasonToWait(for demand: Demand, at now: Timestamp) -> CacheStatus.Reason? {
        guard hasList, let observedAt else { return .miss }
        let age = now.microseconds(since: observedAt)
        if age > freshFor.microseconds { return .stale }
        return demand.age.flatMap { age > $0.microseconds ? .request : nil }
    }

    /// The time of this status's list; nil if it is not newer than the other status's list.
    fileprivate func newerList(than old: SourceStatus) -> Timestamp? {
        guard hasList, let observedAt else { return nil }
        guard old.hasList, let before = old.observedAt else { return observedAt }
        return observedAt > before ? observedAt : nil
    }
}
