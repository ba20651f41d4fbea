/// Checks the pages of one walk in page order, and collects their rows.
///
/// With a stated total, a list that passes is proven complete: all pages that stated a total stated the same
/// one, exactly that many records were received, and no row came twice. One change goes unnoticed, as in
/// every paged list: a record is deleted from a page already read, another is created, and a third moves from
/// an unread page to one already read.
struct WalkProof<Row: Sendable & Equatable> {
    private let plan: PagePlan
    private let maximumRows: Int
    private var rows: [Row] = []
    private var pageOfIdentity: [RowIdentity: Int32] = [:]
    private var pageOfFingerprint: [Int: Int] = [:]
    private(set) var received = 0
    private var unidentified = 0
    private var repeated = 0
    /// Of those, the records that differ from the one that stayed.
    private var differing = 0
    /// The first reason for doubt that a page gave.
    private var doubt: WalkDoubt?
    /// The newest numbers that headers stated.
    private var statedTotals: [ResponseEvidence.Stated] = []
    private var statedPageCounts: [ResponseEvidence.Stated] = []
    /// The ages of the pages, in seconds; nil before the first page.
    private var ages: ClosedRange<Int>?
    /// True if a page of this walk named the next one.
    private var hasSeenNext = false
    /// The number of pages accepted so far.
    private(set) var pages = 0
    /// The first total that was stated.
    private(set) var total: Int?
    private var totalPages: Int?
    /// The page size that the first page stated.
    private var firstSize: Int?
    /// The number of records on the fullest page.
    private var fullest = 0
    /// The least full page before the latest.
    private var leastBeforeLast: (page: Int, received: Int)?
    private var lastReceived = 0
    /// The number of pages of the walk, once it is known.
    var expectedPages: Int?

    init(_ plan: PagePlan) {
        self.plan = plan
        maximumRows = max(0, plan.maximumRows)
    }

    /// Accepts the next page, or throws the reason for which the walk fails.
    mutating func accept(_ page: Page<Row>, at position: PagePosition, requested size: Int?) throws(WalkError)
    {
        pages += 1
        try checkNumbers(of: page)
        if case .number(let requested) = position, let echoed = page.pageNumber, echoed != requested {
            throw error(.wrongPage(requested: requested, echoed: echoed))
        }
        try checkTotals(of: page)
        try checkSize(of: page, requested: size)
        try checkRepetition(of: page)
        try gather(page)
        noteFullness(of: page)
        noteEvidence(of: page)
    }

    /// Ends the walk with its last page; throws if the list is not proven complete.
    consuming func finish(with last: Page<Row>) throws(WalkError) -> WalkResult<Row> {
        if let total {
            guard received == total else {
                throw error(.missingRows(expected: total, received: received))
            }
        } else if plan.stop == .totalPages {
            try checkFullness()
        }
        if last.hasMore == true { throw error(.moreAnnounced) }
        if plan.style == .single, last.following != nil || (last.totalPages ?? 1) > 1 {
            throw error(.moreAnnounced)
        }
        return WalkResult(
            rows: rows, pages: pages, unidentified: unidentified, repeated: repeated,
            doubt: doubt ?? doubtfulEnd(last))
    }

    /// An error at the latest page.
    func error(_ code: WalkError.Code) -> WalkError {
        WalkError(code, page: max(1, pages), of: expectedPages)
    }

    private func checkNumbers(of page: Page<Row>) throws(WalkError) {
        if page.received < 0 { throw error(.implausible(.recordCount, page.received)) }
        if page.unidentified < 0 { throw error(.implausible(.recordCount, page.unidentified)) }
        // Each on its own: one record of an answer may become several rows.
        guard page.received <= maximumRows - received, page.rows.count <= maximumRows - rows.count,
            page.unidentified <= maximumRows - unidentified
        else { throw error(.tooManyRows(limit: maximumRows)) }
        if let total = page.total {
            if total < 0 { throw error(.implausible(.total, total)) }
            if total > maximumRows { throw error(.tooManyRows(limit: maximumRows)) }
        }
        if let count = page.totalPages, count < 0 { throw error(.implausible(.pageCount, count)) }
        if let size = page.pageSize {
            // An empty list's page may say 0.
            guard size <= maximumRows, size > 0 || (size == 0 && page.received == 0) else {
                throw error(.implausible(.pageSize, size))
            }
        }
    }

    private mutating func checkTotals(of page: Page<Row>) throws(WalkError) {
        if let now = page.total {
            if let total, total != now { throw error(.totalMoved(from: total, to: now)) }
            total = now
        }
        // Beside a total the page count proves nothing more, and it may depend on the requested size.
        guard total == nil, let now = page.totalPages else { return }
        if let totalPages, totalPages != now { throw error(.pageCountMoved(from: totalPages, to: now)) }
        totalPages = now
    }

    private mutating func checkSize(of page: Page<Row>, requested size: Int?) throws(WalkError) {
        switch plan.style {
        case .single, .token, .link: return
        case .number, .offset: break
        }
        guard let now = page.pageSize else { return }
        guard let firstSize else {
            firstSize = now
            return
        }
        if now == firstSize || now == size { return }
        // Some platforms state the number of records on it as the size of the last page.
        if pages == expectedPages, now == page.received { return }
        throw error(.pageSizeChanged(from: firstSize, to: now))
    }

    private mutating func checkRepetition(of page: Page<Row>) throws(WalkError) {
        guard page.received > 0 else { return }
        if let first = pageOfFingerprint.updateValue(pages, forKey: page.fingerprint) {
            throw error(.repeatedPage(first: first))
        }
    }

    /// The largest number of rows for which memory is reserved because a platform announces them.
    private static var reservationLimit: Int { 1 << 17 }

    private mutating func gather(_ page: Page<Row>) throws(WalkError) {
        if pages == 1 {
            let expected = min(total ?? page.rows.count, Self.reservationLimit)
            pageOfIdentity.reserveCapacity(expected)
            rows.reserveCapacity(expected)
        }
        let here = Int32(clamping: pages)
        for row in page.rows {
            if let first = pageOfIdentity.updateValue(here, forKey: row.identity) {
                guard first == here else { throw error(.repeatedIdentity(first: Int(first))) }
                repeated += 1
                if page.rows.first(where: { $0.identity == row.identity })?.row != row.row { differing += 1 }
            } else {
                rows.append(row.row)
            }
        }
        received += page.received
        unidentified += page.unidentified
    }

    private mutating func noteFullness(of page: Page<Row>) {
        if pages > 1, lastReceived < leastBeforeLast?.received ?? .max {
            leastBeforeLast = (pages - 1, lastReceived)
        }
        lastReceived = page.received
        fullest = max(fullest, page.received)
    }

    /// A page count alone proves a list only if no page before the last has a gap.
    private func checkFullness() throws(WalkError) {
        if totalPages == 0, received > 0 { throw error(.implausible(.pageCount, 0)) }
        let size = max(firstSize ?? 0, fullest)
        if let least = leastBeforeLast, least.received < size {
            throw WalkError(
                .shortPage(size: size, received: least.received), page: least.page, of: expectedPages)
        }
    }
}

extension WalkProof {
    /// True if a page ends the walk; for walks that fetch one page after the other.
    func isLast(_ page: Page<Row>) throws(WalkError) -> Bool {
        switch plan.stop {
        case .empty: return page.received == 0
        case .noNext: return page.following == nil
        case .short:
            guard let size = page.pageSize ?? plan.requestedSize else { throw error(.noPageSize) }
            return page.received < max(1, size)
        case .hasMore:
            guard let hasMore = page.hasMore else { throw error(.noContinuation) }
            return !hasMore
        case .total:
            guard let total else { throw error(.noTotal) }
            return received >= total
        case .totalPages:
            guard let count = page.totalPages else { throw error(.noPageCount) }
            return pages >= count
        }
    }

    /// The position of the page after this one; for walks that fetch one page after the other.
    func position(after position: PagePosition, _ page: Page<Row>) throws(WalkError) -> PagePosition {
        switch (plan.style, position) {
        case (.number, .number(let number)):
            let (next, overflow) = number.addingReportingOverflow(1)
            if overflow { throw error(.implausible(.pageNumber, number)) }
            return .number(next)
        case (.offset, _):
            // The records received are counted, not sizes: then none is skipped, and one that is read twice
            // is noticed.
            guard page.received > 0 else { throw error(.noNext) }
            return .offset(received)
        default:
            guard let next = page.following else { throw error(.noNext) }
            return next
        }
    }
}

/// Doubts: facts beside the records, against which a list that was read to its end is compared.
extension WalkProof {
    private mutating func noteEvidence(of page: Page<Row>) {
        let evidence = page.evidence
        if !evidence.totals.isEmpty { statedTotals = evidence.totals }
        if !evidence.pageCounts.isEmpty { statedPageCounts = evidence.pageCounts }
        if page.following != nil { hasSeenNext = true }
        let age = evidence.ageSeconds
        ages = min(ages?.lowerBound ?? age, age)...max(ages?.upperBound ?? age, age)
        guard doubt == nil else { return }
        if ![200, 203].contains(evidence.status) {
            doubt = .status(evidence.status)
        } else if let range = evidence.range, range.count != page.received {
            doubt = .range(stated: range.count, received: page.received)
        } else {
            doubt = page.doubt
        }
    }

    /// The doubt about a list whose last page is `last`; nil if there is none.
    private func doubtfulEnd(_ last: Page<Row>) -> WalkDoubt? {
        if differing > 0 { return .differingRecords(differing) }
        if let stated = statedTotals.first(where: { $0.count != received }) {
            return .total(header: stated.header, stated: stated.count, received: received)
        }
        // An empty list has no page or one, and a walk may end with a page beyond the last.
        let fetched = last.received == 0 ? max(0, pages - 1)...pages : pages...pages
        if let stated = statedPageCounts.first(where: { !fetched.contains($0.count) }) {
            return .pageCount(header: stated.header, stated: stated.count, fetched: pages)
        }
        // `Age` has whole seconds: those of one moment may differ by one.
        if let ages, ages.upperBound - ages.lowerBound > 1 {
            return .ages(youngest: ages.lowerBound, oldest: ages.upperBound)
        }
        if let header = last.evidence.nextHeader { return .nextPage(header: header) }
        guard plan.stop == .noNext, plan.style != .single, let end = last.end else { return nil }
        if let ends = plan.ends, !ends.contains(end) { return .unexpectedEnd(end) }
        return end == .absent && !isEndConfirmed(last) ? .unconfirmedEnd : nil
    }

    /// True if something else than the missing key of the next page shows that `last` is the last page.
    private func isEndConfirmed(_ last: Page<Row>) -> Bool {
        if hasSeenNext || plan.hasSeenNext || total != nil || last.hasMore == false { return true }
        guard let size = last.pageSize ?? plan.requestedSize else {
            return last.received == 0 || plan.ends?.contains(.absent) == true
        }
        return last.received < size
    }
}
