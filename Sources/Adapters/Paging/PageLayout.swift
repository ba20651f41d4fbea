/// The positions of all pages, computed from the first page.
struct PageLayout {
    /// The number of pages, the first included; at least 1.
    let pages: Int
    /// The page size to request; nil: none.
    let requestedSize: Int?
    private let style: PagePlan.Style
    private let step: Int

    /// Lays out as many pages as the total needs, or as the page count states, whichever is more.
    ///
    /// Every page is expected to have as many records as the first: if more pages follow, the first is full,
    /// whatever size was requested or stated. If that is wrong, the walk fails with too few records or with a
    /// row twice; no gap goes unnoticed.
    init<Row: Equatable>(_ plan: PagePlan, first: Page<Row>) throws(WalkError) {
        style = plan.style
        step = first.received
        requestedSize = plan.laterSize(after: first)
        if plan.stop == .total, first.total == nil { throw WalkError(.noTotal, page: 1) }
        if plan.stop == .totalPages, first.totalPages == nil { throw WalkError(.noPageCount, page: 1) }
        var needed = max(1, first.totalPages ?? 1)
        if let total = first.total, total > first.received {
            guard step > 0 else { throw WalkError(.missingRows(expected: total, received: 0), page: 1) }
            needed = max(needed, (total - 1) / step + 1)
        }
        guard needed <= plan.maximumPages else {
            throw WalkError(.tooManyPages(needed: needed, limit: plan.maximumPages), page: 1, of: needed)
        }
        guard needed == 1 || step > 0 else {
            throw WalkError(.shortPage(size: first.pageSize ?? 1, received: 0), page: 1, of: needed)
        }
        pages = needed
    }

    /// The position of a page; the index of the first is 0.
    func position(at index: Int) throws(WalkError) -> PagePosition {
        let start = if case .number(let first) = style { first } else { 0 }
        let (distance, tooFar) = index.multipliedReportingOverflow(by: style == .offset ? step : 1)
        let (position, overflow) = start.addingReportingOverflow(distance)
        if tooFar || overflow { throw WalkError(.implausible(.pageNumber, start), page: index, of: pages) }
        return style == .offset ? .offset(position) : .number(position)
    }
}
