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
    /// The reason for which the demand is not met.
    var demand: String?
    /// The number of its rows on which the field that the query uses could not be read.
    var unreadRows: Int
    /// True if it has a notice `unread-field`.
    var hasUnreadNotice: Bool

    /// Reads a list of one source, queried by `field`; nil if the answer is none.
    init?(_ answer: RunningGateway.Answer, field: String) {
        guard let json = answer.json, let isComplete = json["complete"]?.bool,
            let isFresh = json["fresh"]?.bool,
            let totalIs = json["pagination"]?["total_is"]?.string,
            let source = json["sources"]?.elements.first
        else { return nil }
        self.isComplete = isComplete
        self.isFresh = isFresh
        self.totalIs = totalIs
        error = source["error"]?["class"]?.string
        demand = source["demand"]?.string
        unreadRows = (json["data"]?.elements ?? []).count { row in
            row["unread"]?.elements.contains { $0.string == field } ?? false
        }
        hasUnreadNotice = json["notices"]?.elements.contains { $0["code"]?.string == "unread-field" } ?? false
    }

    /// True if the answer says what a strike did.
    func isTold(of strike: Strike) -> Bool {
        if let error, strike.classes.contains(where: { $0.rawValue == error }) { return true }
        return switch strike.tale {
        case .unproven: !isComplete
        case .upstreamCache: demand == "upstream_cache"
        case .unreadField: unreadRows > 0
        case nil: false
        }
    }
}
