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
    /// The kind of its rows.
    let kind: RecordKind
    /// The request for the first page, as a relative reference.
    ///
    /// It is stored in place of the query, which takes up to thirty times as much memory once it is parsed.
    let firstPage: String
    /// The number of the page that the first request asked for, as it was sent; nil if it gave none.
    let page: String?
    /// The time from which relative times count on all further pages.
    let startedAt: Timestamp
    /// The notices on its first page that its rows do not tell: about filters that no source can satisfy, and about
    /// records that are gone.
    let mistakes: [Notice]
    /// The statuses of the sources reached when the first page was last served.
    var sources: [SourceStatus]

    init(
        of snapshot: Snapshot, _ kind: RecordKind = .deployments, firstPage: String, page: String? = nil,
        startedAt: Timestamp,
        _ scope: SourceScope
    ) {
        self.snapshot = snapshot
        self.kind = kind
        self.firstPage = firstPage
        self.page = page
        self.startedAt = startedAt
        mistakes = scope.notices.filter { $0.isMistake || $0.code == Notice.Code.auditDropped.rawValue }
        sources = scope.sources.map { source in
            var status = source.status
            // No page of a list shows drift, and there may be much of it.
            status.drift = []
            return status
        }
    }

    /// The parameters of its first page, without ``page``.
    func parameters() throws(Problem) -> [Parameter] { try RequestTarget(firstPage).parameters() }

    /// The request for its first page.
    func request() throws(Problem) -> ReadRequest {
        try QueryParser.parse(try parameters(), grammar: .list(of: kind.schema), now: startedAt)
    }

    /// Its first page if that may be a link: as long as what is remembered of cursors that have ended, or shorter.
    var rememberedFirstPage: String? {
        firstPage.utf8.count <= CursorStore.Limits().rememberedBytes ? firstPage : nil
    }

    /// What its sources could show when the first page was last served.
    var exposures: Exposures { Exposures(of: sources) }

    /// The estimated size in bytes, without the rows of its snapshot, which other cursors may share.
    var byteCount: Int {
        512 + firstPage.utf8.count + sources.count * (MemoryLayout<SourceStatus>.stride + 128)
            + mistakes.count * (MemoryLayout<Notice>.stride + 1024)
    }
}
