import Deployments
import Snapshots
import Wire

/// The name of a cursor: 128 bits that cannot be guessed.
struct CursorID: Hashable, Sendable {
    var high: UInt64
    var low: UInt64
}

/// A list whose first page was served, and from which every further page is cut.
struct Cursor: Sendable {
    let snapshot: Snapshot
    /// The request for the first page, as a relative reference.
    ///
    /// It is stored in place of the query, which takes up to thirty times as much memory once it is parsed.
    let firstPage: String
    /// The time from which relative times count on all further pages.
    let startedAt: Timestamp
    /// The notices on its first page about filters that no source can satisfy.
    let mistakes: [Notice]
    /// The statuses of the sources reached when the first page was last served.
    var sources: [SourceStatus]

    init(of snapshot: Snapshot, firstPage: String, startedAt: Timestamp, _ scope: SourceScope) {
        self.snapshot = snapshot
        self.firstPage = firstPage
        self.startedAt = startedAt
        mistakes = scope.notices.filter(\.isMistake)
        sources = scope.sources.map { source in
            var status = source.status
            // No page of a list shows drift, and there may be much of it.
            status.drift = []
            return status
        }
    }

    /// The query of its first page.
    func query() throws(Problem) -> Query {
        let parameters = try RequestTarget(firstPage).parameters()
        return try QueryParser.parse(parameters, grammar: .list, now: startedAt).query
    }

    /// The estimated size in bytes, without the rows of its snapshot, which other cursors may share.
    var byteCount: Int {
        512 + firstPage.utf8.count + sources.count * (MemoryLayout<SourceStatus>.stride + 128)
            + mistakes.count * (MemoryLayout<Notice>.stride + 1024)
    }
}
