/// The reason that a page walk could not be proven complete.
package struct WalkError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A number that a platform states, or that is counted.
    package enum Quantity: String, Sendable {
        case total
        case pageCount = "page count"
        case pageSize = "page size"
        case recordCount = "record count"
        case pageNumber = "page number"
    }

    /// The fault that was found in the list; numbers are those that the platform stated or sent.
    package enum Code: Sendable, Hashable {
        /// The list changed while it was walked.
        case totalMoved(from: Int, to: Int)
        case pageCountMoved(from: Int, to: Int)
        /// A row was on an earlier page too.
        case repeatedIdentity(first: Int)
        /// Fewer or more records than the total states.
        case missingRows(expected: Int, received: Int)
        /// A page before the last that is not full, and no total to prove that nothing is missing.
        case shortPage(size: Int, received: Int)
        /// The same records as on an earlier page.
        case repeatedPage(first: Int)
        /// The token or link of a page that was already fetched: the walk would not end.
        case repeatedToken
        /// `needed` is nil if the walk cannot know it.
        case tooManyPages(needed: Int?, limit: Int)
        /// More records than ``PagePlan/maximumRows``, on the pages or by the stated total.
        case tooManyRows(limit: Int)
        /// The platform states another page size than before: there may be gaps between its pages.
        case pageSizeChanged(from: Int, to: Int)
        /// The page states another number than the requested one.
        case wrongPage(requested: Int, echoed: Int)
        /// The first page does not state the number by which the plan ends.
        case noTotal
        case noPageCount
        case noPageSize
        /// A page does not state whether another follows.
        case noContinuation
        /// More pages follow, and the page does not state the next one.
        case noNext
        /// The last page of the plan states that more follow.
        case moreAnnounced
        /// A negative number, a zero although there are records, or a number beyond every limit.
        case implausible(Quantity, Int)
    }

    /// The fault that was found.
    package var code: Code
    /// The page at which the walk failed; 1 for the first, however the platform counts.
    package var page: Int
    /// The number of pages of the walk; nil if it cannot know it.
    package var pages: Int?
    /// The reason for which the walk had been started again; nil if it had not been.
    package var restartedAfter: Code?

    package init(_ code: Code, page: Int, of pages: Int? = nil) {
        self.code = code
        self.page = page
        self.pages = pages
    }

    /// True if the list changed during the walk, so that a second one may succeed.
    var isTransient: Bool {
        switch code {
        case .totalMoved, .pageCountMoved, .repeatedIdentity: true
        default: false
        }
    }

    /// True if the list is larger than allowed.
    var isTooLarge: Bool { if case .tooManyRows = code { true } else { false } }

    package var description: String {
        let location = pages.map { "page \(page) of \($0)" } ?? "page \(page)"
        return "\(location): \(code)\(afterRestart)"
    }

    private var afterRestart: String {
        switch (restartedAfter, code) {
        case (nil, _): ""
        case (.totalMoved, .totalMoved), (.pageCountMoved, .pageCountMoved),
            (.repeatedIdentity, .repeatedIdentity):
            ", twice"
        case (.some(let first), _): " (second walk; in the first, \(first))"
        }
    }
}

extension WalkError.Code: CustomStringConvertible {
    package var description: String {
        switch self {
        case .totalMoved(let from, let to): "the total changed from \(from) to \(to)"
        case .pageCountMoved(let from, let to): "the page count changed from \(from) to \(to)"
        case .repeatedIdentity(let first): "a record of page \(first) was received again"
        case .missingRows(let expected, let received):
            "\(received) records were received, the total is \(expected)"
        case .shortPage(let size, let received): "\(received) records on a page of \(size) before the last"
        case .repeatedPage(let first): "the records of page \(first) were received again"
        case .repeatedToken: "the next page was already fetched"
        case .tooManyPages(let needed, let limit):
            needed.map { "\($0) pages, the limit is \(limit)" } ?? "no end after \(limit) pages, the limit"
        case .tooManyRows(let limit): "more records than the limit of \(limit)"
        case .pageSizeChanged(let from, let to): "the page size changed from \(from) to \(to)"
        case .wrongPage(let requested, let echoed):
            "page number \(requested) was requested, \(echoed) was received"
        case .noTotal: "no total"
        case .noPageCount: "no page count"
        case .noPageSize: "no page size, neither requested nor stated"
        case .noContinuation: "the page does not state whether more pages follow"
        case .noNext: "more pages follow, but the page does not state the next one"
        case .moreAnnounced: "the last page states that more follow"
        case .implausible(let quantity, let value): "an impossible \(quantity.rawValue), \(value)"
        }
    }
}
