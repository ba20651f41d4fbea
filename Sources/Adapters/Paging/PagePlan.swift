/// The paging of a list, as an adapter file describes it.
package struct PagePlan: Sendable, Hashable {
    /// The way in which a request selects a page.
    package enum Style: Sendable, Hashable {
        /// No selection: one answer is the complete list.
        case single
        /// By the number of the page; the first page has this number.
        case number(first: Int)
        /// By the number of records before the page, 0 for the first.
        case offset
        /// By a token that the page before gave; the first request sends none.
        case token
        /// By a URL that the page before gave.
        case link
    }

    /// The condition that ends a walk.
    ///
    /// In any case, a total that the platform states must be met exactly. If it states none, one gap goes
    /// unnoticed: the deletion of an earlier row moves a row from an unread page to one already read.
    package enum Stop: Sendable, Hashable {
        /// As many records as the stated total.
        case total
        /// As many pages as the platform states. Without a total, every page but the last must be full.
        case totalPages
        /// The platform's statement that no page follows; a page without a statement is an error.
        case hasMore
        /// A page without records.
        case empty
        /// A page with fewer records than the page size.
        ///
        /// The weakest proof: if a platform silently reduces the page size, the first page looks like the
        /// last.
        case short
        /// A page that names no next one.
        case noNext
    }

    /// The way in which a request selects a page.
    package var style: Style
    /// The condition that ends the walk.
    package var stop: Stop
    /// The forms in which the last page may state that none follows; nil: the adapter file does not say.
    package var ends: Set<PageEnd>?
    /// True if an earlier walk over this list was told a next page: its key is then known to exist.
    package var hasSeenNext = false
    /// The page size of the first request; nil: the list takes none, and none is ever sent.
    package var requestedSize: Int?
    /// The largest number of pages that one walk fetches.
    package var maximumPages: Int
    /// The largest number of records that one walk accepts.
    package var maximumRows: Int
    /// The number of pages requested at the same time; values outside 1 to 256 count as the nearest of these.
    package var concurrency: Int

    package init(
        style: Style, stop: Stop, requestedSize: Int? = nil, maximumPages: Int = 1000,
        maximumRows: Int = 1_000_000, concurrency: Int = 4
    ) {
        self.style = style
        self.stop = stop
        self.requestedSize = requestedSize
        self.maximumPages = maximumPages
        self.maximumRows = maximumRows
        self.concurrency = concurrency
    }

    /// The plan of a list that comes in one answer.
    package static let single = PagePlan(style: .single, stop: .noNext)

    var firstPosition: PagePosition {
        switch style {
        case .single, .token, .link: .only
        case .number(let first): .number(first)
        case .offset: .offset(0)
        }
    }

    /// True if the positions of all pages are known after the first.
    var isLaidOutByFirstPage: Bool {
        switch (style, stop) {
        case (.number, .total), (.number, .totalPages), (.offset, .total), (.offset, .totalPages): true
        default: false
        }
    }

    /// The page size to request after the first page.
    ///
    /// The size that the platform states, so that every page is cut from the list in the same way; if the
    /// first page had more records than that, their number. If the platform states none, the size stays the
    /// same.
    func laterSize<Row: Equatable>(after first: Page<Row>) -> Int? {
        guard requestedSize != nil, let stated = first.pageSize, stated > 0 else { return requestedSize }
        return max(stated, first.received)
    }
}
