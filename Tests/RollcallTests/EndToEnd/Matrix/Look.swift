import Deployments
import Wire

/// What one answer says of itself and of its only source.
struct Look: Sendable, Equatable {
    var isComplete: Bool
    var isFresh: Bool
    /// The `total_is` of the answer.
    var totalIs: String
    /// The class of the source's error.
    var error: String?
    /// True if that error is of its second list, which strikes of the first do not explain.
    var isErrorOfProviders: Bool
    /// The reason for which the demand is not met.
    var demand: String?
    /// The number of its rows on which the field that the query uses could not be read.
    var unreadRows: Int
    /// True if it has a notice `unread-field`.
    var hasUnreadNotice: Bool
    /// The number of its rows with a lookup that is pending or failed; 0 if the query uses no field of a lookup.
    var unknownRows: Int
    /// True if it has a notice `lookup-pending`.
    var hasLookupNotice: Bool

    /// Reads a list of one source, queried by `field`, and by what lookups tell if it `usesLookups`; nil if the answer is
    /// none.
    init?(_ answer: RunningGateway.Answer, field: String, usesLookups: Bool) {
        guard let json = answer.json, let isComplete = json["complete"]?.bool,
            let isFresh = json["fresh"]?.bool,
            let totalIs = json["pagination"]?["total_is"]?.string,
            let source = json["sources"]?.elements.first
        else { return nil }
        self.isComplete = isComplete
        self.isFresh = isFresh
        self.totalIs = totalIs
        error = source["error"]?["class"]?.string
        isErrorOfProviders = source["error"]?["message"]?.string?.hasPrefix("providers:") ?? false
        demand = source["demand"]?.string
        unreadRows = (json["data"]?.elements ?? []).count { row in
            row["unread"]?.elements.contains { $0.string == field } ?? false
        }
        let notices = json["notices"]?.elements.compactMap { $0["code"]?.string } ?? []
        hasUnreadNotice = notices.contains("unread-field")
        hasLookupNotice = notices.contains("lookup-pending")
        unknownRows = (usesLookups ? json["data"]?.elements ?? [] : []).count { row in
            row["lookups"]?.elements.contains { $0["state"]?.string != "ok" } ?? false
        }
    }

    /// True if the answer says what a strike did.
    func isTold(of strike: Strike) -> Bool {
        if let error, !isErrorOfProviders, strike.classes.contains(where: { $0.rawValue == error }) {
            return true
        }
        return switch strike.tale {
        case .unproven: !isComplete
        case .upstreamCache: demand == "upstream_cache"
        case .unreadField: unreadRows > 0
        case nil: false
        }
    }
}
