import Deployments
import HTTPFront
import Wire

/// One page of a kind's list.
struct GatewayPage<Row: ListedRecord> {
    var rows: [Row]
    var totalResults: Int
    /// The token of the next page; nil on the last page.
    var nextPageToken: String?
    /// The id of the snapshot that the page is part of.
    var snapshot: String
    var sources: [SourceSummary]
    var isComplete: Bool
    var isFresh: Bool
    var oldestObservedAt: Timestamp?
    /// Empty from a gateway of release 0.1.0, which makes none.
    var notices: [Notice]

    /// Reads a page; nil where the document is not one; unknown members are ignored.
    init?(_ root: JSONValue) {
        guard let data = root["data"], data.kind == .array, let pagination = root["pagination"],
            let results = pagination["total_results"]?.int.flatMap({ Int(exactly: $0) }),
            let snapshot = root["snapshot"]?["id"]?.string, let isComplete = root["complete"]?.bool
        else { return nil }
        let elements = data.elements
        rows = elements.compactMap { Row(json: $0) }
        guard rows.count == elements.count else { return nil }
        totalResults = results
        nextPageToken = pagination["next_page_token"]?.string
        self.snapshot = snapshot
        self.isComplete = isComplete
        isFresh = root["fresh"]?.bool ?? false
        oldestObservedAt = root["oldest_observed_at"]?.string.flatMap { Timestamp($0) }
        notices = root["notices"]?.elements.compactMap { Notice($0) } ?? []
        sources = root["sources"]?.elements.compactMap { SourceSummary($0) } ?? []
    }

    /// The page as a complete answer.
    var list: RecordAnswer<Row> {
        RecordAnswer(
            rows: rows, sources: sources, isComplete: isComplete, isFresh: isFresh,
            oldestObservedAt: oldestObservedAt, notices: notices)
    }
}

extension SourceSummary {
    /// Reads one of a response's `sources`; nil without a name and a state.
    init?(_ json: JSONValue) {
        guard let name = json["name"]?.string, let state = json["state"]?.string else { return nil }
        self.init(
            name: name, platform: json["platform"]?.string ?? "", state: state,
            observedAt: json["observed_at"]?.string.flatMap { Timestamp($0) },
            count: json["count"]?.int.flatMap { Int(exactly: $0) } ?? 0)
        guard let error = json["error"], error.kind == .object else { return }
        failure = Failure(
            errorClass: error["class"]?.string ?? "unknown", message: error["message"]?.string ?? "")
    }

    /// One line on a source with its state and its failure.
    var line: String {
        let reason =
            failure.map { ": \($0.errorClass)" + ($0.message.isEmpty ? "" : ", \($0.message)") } ?? ""
        return "\(name): \(state)\(reason)"
    }
}
