import Deployments
import Wire

/// The use of the cache by a response, for the header `Cache-Status` (RFC 9211).
enum CacheStatus: Sendable, Equatable {
    /// Answered from the lists that there were; the request had no reason to wait, or no newer list came.
    case hit
    /// A platform was waited for. `isStored`: a newer list came. `isCollapsed`: its fetch had begun before the request.
    case forwarded(Reason, isStored: Bool, isCollapsed: Bool)

    /// The reason for waiting for a platform; of the reasons of several sources the gravest one is told.
    enum Reason: String, Sendable {
        /// The caller's demand alone; without it the list would have been served as it was.
        case request
        /// The list was older than its source's windows allow.
        case stale
        /// There was no list.
        case miss = "uri-miss"
        /// A refresh is never answered from the cache.
        case method

        fileprivate var gravity: Int {
            switch self {
            case .request: 0
            case .stale: 1
            case .miss: 2
            case .method: 3
            }
        }
    }

    /// Derives it from the statuses of the sources before and after a read.
    ///
    /// A newer list that another request's fetch brought is a hit as long as this caller had no reason to wait for it.
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
        guard let reason = reasons.max(by: { $0.gravity < $1.gravity }) else { return }
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
    /// The reason for a read to wait for this source, if it may; nil if its list is served as it is.
    fileprivate func reasonToWait(for demand: Demand, at now: Timestamp) -> CacheStatus.Reason? {
        guard hasList, let observedAt else { return .miss }
        let age = now.microseconds(since: observedAt)
        if age > freshFor.microseconds { return .stale }
        return demand.age.flatMap { age > $0.microseconds ? .request : nil }
    }

    /// The time of this status's list, if it is newer than the other status's; nil if not.
    fileprivate func newerList(than old: SourceStatus) -> Timestamp? {
        guard hasList, let observedAt else { return nil }
        guard old.hasList, let before = old.observedAt else { return observedAt }
        return observedAt > before ? observedAt : nil
    }
}
