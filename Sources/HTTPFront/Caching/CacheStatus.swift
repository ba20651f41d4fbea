import Deployments
import Wire

/// How an answer came out of the cache, as `Cache-Status` tells it (RFC 9211).
enum CacheStatus: Sendable, Equatable {
    /// From what there was; nothing was waited for that came.
    case hit
    /// `isStored`: a newer list came of it. `isCollapsed`: its fetch had begun before the request came.
    case forwarded(Reason, isStored: Bool, isCollapsed: Bool)

    /// Why a platform was asked while the caller waited; of several sources' reasons the gravest is told.
    enum Reason: String, Sendable {
        /// The caller's demand: the list would have done without it.
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

    /// Tells it from how the sources stood before a read and how they stand after it.
    ///
    /// A list that another's fetch brought in between is a hit as long as this caller had no reason to wait for it.
    init(
        of demand: Demand, askedAt: Timestamp, before: [SourceStatus], after: [SourceStatus],
        unmet: [String: UnmetDemand]
    ) {
        self = .hit
        guard !demand.onlyIfCached else { return }
        let newest = Dictionary(after.map { ($0.source.name, $0) }) { first, _ in first }
        var reasons: [Reason] = []
        var broughtAt: [Timestamp] = []
        for old in before {
            guard let new = newest[old.source.name], let reason = old.reasonToWait(for: demand, at: askedAt)
            else { continue }
            if let observedAt = new.newerList(than: old) {
                reasons.append(reason)
                broughtAt.append(observedAt)
            } else if unmet[old.source.name] == .timeout {
                reasons.append(reason)
            }
        }
        guard let reason = reasons.max(by: { $0.gravity < $1.gravity }) else { return }
        self = .forwarded(
            reason, isStored: !broughtAt.isEmpty,
            isCollapsed: !broughtAt.isEmpty && broughtAt.allSatisfy { $0 < askedAt })
    }

    /// A list member of `Cache-Status`, but for its `ttl`.
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
    /// Why a read waits for this source, if it may; nil where its list does as it is.
    fileprivate func reasonToWait(for demand: Demand, at now: Timestamp) -> CacheStatus.Reason? {
        guard hasList, let observedAt else { return .miss }
        let age = now.microseconds(since: observedAt)
        if age > freshFor.microseconds { return .stale }
        return demand.age.flatMap { age > $0.microseconds ? .request : nil }
    }

    /// When this status's list was asked for, if it is newer than another's.
    fileprivate func newerList(than old: SourceStatus) -> Timestamp? {
        guard hasList, let observedAt else { return nil }
        guard old.hasList, let before = old.observedAt else { return observedAt }
        return observedAt > before ? observedAt : nil
    }
}
