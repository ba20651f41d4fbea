/// The position of a page within its list.
package enum PagePosition: Sendable, Hashable {
    /// The request as it stands: a list of one page, or the first page of a token or link style.
    case only
    /// The page's number as the platform counts, see ``PagePlan/Style/number(first:)``.
    case number(Int)
    /// The number of records before the page.
    case offset(Int)
    /// The token that the page before gave, unchanged.
    case token(String)
    /// The link that the page before gave, unchanged.
    case link(String)
}

/// The identity of a row within its partition; no proven list has two rows of the same identity.
///
/// 128 bits of a keyed hash, computed where the row is read: a walk then stores no text of any row, and
/// compares pages by their hashes alone. In a list of a million rows the chance that two share a hash is
/// 10⁻²⁷; the walk would report a repeated row.
package struct RowIdentity: Sendable, Hashable {
    private let halves: (Int, Int)

    /// - Parameters:
    ///   - uid: Never empty: a record without one is no row, but ``Page/unidentified``.
    ///   - version: Nil where the platform lists no versions.
    package init(uid: String, version: Int? = nil) {
        func half(_ number: Int) -> Int {
            var hasher = Hasher()
            hasher.combine(number)
            hasher.combine(uid)
            hasher.combine(version)
            return hasher.finalize()
        }
        halves = (half(0), half(1))
    }

    package static func == (left: RowIdentity, right: RowIdentity) -> Bool { left.halves == right.halves }

    package func hash(into hasher: inout Hasher) { hasher.combine(halves.0) }
}

/// One row of a page, already mapped.
package struct PageRow<Row: Sendable & Equatable>: Sendable {
    /// The identity by which repeated rows are found.
    package var identity: RowIdentity
    /// The mapped row.
    package var row: Row

    package init(identity: RowIdentity, row: Row) {
        self.identity = identity
        self.row = row
    }
}

/// One page as the platform answered it; nil for facts that it did not state.
package struct Page<Row: Sendable & Equatable>: Sendable {
    /// The rows in the order of the answer.
    package var rows: [PageRow<Row>]
    /// Records of this page whose identity could not be read, or not all of it.
    ///
    /// A record without any identity has no row.
    package var unidentified: Int
    /// Records in the answer, those without an identity included.
    package var received: Int
    /// The number of records of the complete list.
    package var total: Int?
    /// The number of pages of the complete list.
    package var totalPages: Int?
    /// The page size that the platform states, not the number of records on this page.
    package var pageSize: Int?
    /// The number of this page as the platform states it; for the number style only.
    package var pageNumber: Int?
    /// The next page, for token and link styles; nil or an empty text: there is none.
    package var next: PagePosition?
    /// True if the platform states that another page follows.
    package var hasMore: Bool?
    /// The form in which the page states that none follows; nil if ``following`` is not nil, or if the style
    /// has no next page.
    package var end: PageEnd?
    /// The facts of its status line and headers.
    package var evidence = ResponseEvidence()
    /// The reason for which its records alone do not prove the list; nil if there is none.
    package var doubt: WalkDoubt?
    /// A hash of the page's records, the same for the same records; pages without records are not compared.
    package var fingerprint: Int

    package init(
        rows: [PageRow<Row>], unidentified: Int = 0, received: Int, total: Int? = nil, totalPages: Int? = nil,
        pageSize: Int? = nil, pageNumber: Int? = nil, next: PagePosition? = nil, hasMore: Bool? = nil,
        fingerprint: Int
    ) {
        self.rows = rows
        self.unidentified = unidentified
        self.received = received
        self.total = total
        self.totalPages = totalPages
        self.pageSize = pageSize
        self.pageNumber = pageNumber
        self.next = next
        self.hasMore = hasMore
        self.fingerprint = fingerprint
    }

    /// ``next``, or nil if it is empty.
    var following: PagePosition? {
        switch next {
        case .token(""), .link(""), nil: nil
        case .some(let position): position
        }
    }
}
