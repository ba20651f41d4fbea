/// Where a page of a list is.
package enum PagePosition: Sendable, Hashable {
    /// The request as it stands: a list of one page, or the first page of a token or link style.
    case only
    /// In the platform's own counting, see ``PagePlan/Style/number(first:)``.
    case number(Int)
    /// How many records stand before the page.
    case offset(Int)
    /// What the page before gave, as it was given.
    case token(String)
    /// Where the page before pointed to, as it was written there.
    case link(String)
}

/// What makes a row a row within its partition: no proven list holds two of the same.
///
/// 128 bits of a keyed hash stand for it, computed where the row is read: a walk then keeps no text of any row,
/// and holds one page against the others without a look at what they say. In a list of a million, two rows that
/// are not the same have the same one with a chance of 10⁻²⁷; the walk would call that a repeated row.
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

/// One row of a page, mapped already.
package struct PageRow<Row: Sendable>: Sendable {
    package var identity: RowIdentity
    package var row: Row

    package init(identity: RowIdentity, row: Row) {
        self.identity = identity
        self.row = row
    }
}

/// One page as the platform answered it; what it did not say is nil.
package struct Page<Row: Sendable>: Sendable {
    package var rows: [PageRow<Row>]
    /// Records of this page whose identity could not be read, or not all of it; the former became no row.
    package var unidentified: Int
    /// Records on the wire, those without an identity included.
    package var received: Int
    /// How many records the whole list has.
    package var total: Int?
    /// How many pages the whole list has.
    package var totalPages: Int?
    /// The page size that the platform says it used, not how many records this page has.
    package var pageSize: Int?
    /// The page number that the platform says this is; for the number style only.
    package var pageNumber: Int?
    /// For token and link styles; nil, or an empty text: there is none.
    package var next: PagePosition?
    /// The flag that says whether another page follows.
    package var hasMore: Bool?
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

    /// ``next``, where it points anywhere.
    var following: PagePosition? {
        switch next {
        case .token(""), .link(""), nil: nil
        case .some(let position): position
        }
    }
}
