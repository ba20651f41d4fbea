/// How a list is paged, as an adapter file says.
package struct PagePlan: Sendable, Hashable {
    /// How a request says which page it asks for.
    package enum Style: Sendable, Hashable {
        /// It does not: one answer is the whole list.
        case single
        /// Pages are counted, the first with this number.
        case number(first: Int)
        /// By how many records stand before the page, 0 for the first.
        case offset
        /// By a token that the page before gave; the first request sends none.
        case token
        /// By a URL that the page before gave.
        case link
    }

    /// What ends a walk.
    ///
    /// Whatever it is, a total that the platform states must be met exactly. Where it states none, a row that
    /// slips from an unread page onto a read one, because an earlier one went, is missed unnoticed.
    package enum Stop: Sendable, Hashable {
        /// Exactly as many records as the stated total.
        case total
        /// As many pages as stated. Without a total, every page but the last must be full.
        case totalPages
        /// The platform's flag; a page without it is no end, but an error.
        case hasMore
        /// A page without records.
        case empty
        /// A page with fewer records than the page size.
        ///
        /// The weakest proof: a platform that silently cuts the page size makes the first page look like the last.
        case short
        /// A page that names no next one.
        case noNext
    }

    package var style: Style
    package var stop: Stop
    /// The page size of the first request; nil: the list takes none, and none is ever sent.
    package var askedSize: Int?
    /// How many pages one walk fetches at most.
    package var maximumPages: Int
    /// How many records one walk takes at most.
    package var maximumRows: Int
    /// How many pages are asked for at the same time, 1 to 256; a number beyond counts as the nearest.
    package var concurrency: Int

    package init(
        style: Style, stop: Stop, askedSize: Int? = nil, maximumPages: Int = 1000,
        maximumRows: Int = 1_000_000, concurrency: Int = 4
    ) {
        self.style = style
        self.stop = stop
        self.askedSize = askedSize
        self.maximumPages = maximumPages
        self.maximumRows = maximumRows
        self.concurrency = concurrency
    }

    /// One answer is the whole list.
    package static let single = PagePlan(style: .single, stop: .noNext)

    var firstPosition: PagePosition {
        switch style {
        case .single, .token, .link: .only
        case .number(let first): .number(first)
        case .offset: .offset(0)
        }
    }

    /// Whether the places of all pages are known after the first.
    var isLaidOutByFirstPage: Bool {
        switch (style, stop) {
        case (.number, .total), (.number, .totalPages), (.offset, .total), (.offset, .totalPages): true
        default: false
        }
    }

    /// The page size to ask for after the first page.
    ///
    /// The size that the platform says it used, so that every page is cut from the list in the same way; more
    /// if it gave more than it says. A platform that does not say is asked what it was asked first.
    func sizeToAsk<Row>(after first: Page<Row>) -> Int? {
        guard askedSize != nil, let stated = first.pageSize, stated > 0 else { return askedSize }
        return max(stated, first.received)
    }
}
