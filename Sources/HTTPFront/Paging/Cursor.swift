import Deployments
import Snapshots
import Wire

/// Names a cursor: 128 bits that cannot be guessed.
struct CursorID: Hashable, Sendable {
    var high: UInt64
    var low: UInt64
}

/// A list whose first page was given out: what every further page is cut from.
struct Cursor: Sendable {
    let snapshot: Snapshot
    /// The first page anew, as a relative reference.
    ///
    /// It tells the query too, which takes up to thirty times as much room once it is parsed.
    let firstPage: String
    /// When the first page was asked for: its relative times stay what they were then.
    let askedAt: Timestamp
    /// As they stood when the first page was last given out.
    var sources: [SourceStatus]

    init(of snapshot: Snapshot, firstPage: String, _ scope: SourceScope) {
        self.snapshot = snapshot
        self.firstPage = firstPage
        askedAt = scope.now
        sources = scope.sources.map { source in
            var status = source.status
            // No page of a list tells it, and there may be much of it.
            status.drift = []
            return status
        }
    }

    /// What its first page asked for.
    func query() throws(Problem) -> Query {
        let parameters = try RequestTarget(firstPage).parameters()
        return try QueryParser.parse(parameters, grammar: .list, now: askedAt).query
    }

    /// Bytes that it takes for itself, by estimate; its snapshot's rows are others' too.
    var byteCount: Int {
        512 + firstPage.utf8.count + sources.count * (MemoryLayout<SourceStatus>.stride + 128)
    }
}
