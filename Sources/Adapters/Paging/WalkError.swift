/// Why a walk over the pages of a list could not be proven complete.
package struct WalkError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A number that a platform states, or that is counted.
    package enum Quantity: String, Sendable {
        case total
        case pageCount = "page count"
        case pageSize = "page size"
        case recordCount = "record count"
        case pageNumber = "page number"
    }

    /// What spoke against the list; numbers are as the platform states or gave them.
    package enum Code: Sendable, Hashable {
        /// The list changed while it was walked.
        case totalMoved(from: Int, to: Int)
        case pageCountMoved(from: Int, to: Int)
        /// A row stood on an earlier page too.
        case repeatedIdentity(first: Int)
        /// Fewer records than the total says, or more.
        case missingRows(expected: Int, received: Int)
        /// A page before the last that is not full, where no total can prove that nothing is missing.
        case shortPage(size: Int, received: Int)
        /// The same records as on an earlier page.
        case repeatedPage(first: Int)
        /// The token or link of a page that was fetched already: the walk would not end.
        case repeatedToken
        /// `needed` is nil where the walk could not know.
        case tooManyPages(needed: Int?, limit: Int)
        /// More records than ``PagePlan/maximumRows``; also where only the total says so.
        case tooManyRows(limit: Int)
        /// The platform says another page size than before: its pages need not join.
        case pageSizeChanged(from: Int, to: Int)
        /// The page says of itself that it is another one.
        case wrongPage(asked: Int, echoed: Int)
        /// The plan ends by something that the first page does not state.
        case noTotal
        case noPageCount
        case noPageSize
        /// A page without the flag that says whether there is more.
        case noFlag
        /// There is more, and the page does not say where.
        case noNext
        /// The last page of the plan says that there is more.
        case moreAnnounced
        /// A negative number, a zero where there are records, or one beyond every limit.
        case absurd(Quantity, Int)
    }

    package var code: Code
    /// 1 for the first page, however the platform counts.
    package var page: Int
    /// How many pages the walk has; nil where it could not know.
    package var pages: Int?
    /// Why the walk had been started again; nil where it had not been.
    package var restartedAfter: Code?

    package init(_ code: Code, page: Int, of pages: Int? = nil) {
        self.code = code
        self.page = page
        self.pages = pages
    }

    /// Whether a second walk may go better: the list changed under the first.
    var isPassing: Bool {
        switch code {
        case .totalMoved, .pageCountMoved, .repeatedIdentity: true
        default: false
        }
    }

    package var description: String {
        let place = pages.map { "page \(page) of \($0)" } ?? "page \(page)"
        return "\(place): \(code)\(afterRestart)"
    }

    private var afterRestart: String {
        switch (restartedAfter, code) {
        case (nil, _): ""
        case (.totalMoved, .totalMoved), (.pageCountMoved, .pageCountMoved),
            (.repeatedIdentity, .repeatedIdentity):
            ", twice"
        case (.some(let first), _): " (walked again, as at first \(first))"
        }
    }
}

extension WalkError.Code: CustomStringConvertible {
    package var description: String {
        switch self {
        case .totalMoved(let from, let to): "the total went from \(from) to \(to)"
        case .pageCountMoved(let from, let to): "the page count went from \(from) to \(to)"
        case .repeatedIdentity(let first): "a record of page \(first) came again"
        case .missingRows(let expected, let received): "\(received) records came, the total is \(expected)"
        case .shortPage(let size, let received): "\(received) records on a page of \(size) before the last"
        case .repeatedPage(let first): "the records of page \(first) came again"
        case .repeatedToken: "the next page is one that was fetched already"
        case .tooManyPages(let needed, let limit):
            needed.map { "\($0) pages, the limit is \(limit)" } ?? "no end after \(limit) pages, the limit"
        case .tooManyRows(let limit): "more records than the limit of \(limit)"
        case .pageSizeChanged(let from, let to): "the page size went from \(from) to \(to)"
        case .wrongPage(let asked, let echoed): "page number \(asked) was asked for, \(echoed) came"
        case .noTotal: "no total"
        case .noPageCount: "no page count"
        case .noPageSize: "no page size, asked or answered"
        case .noFlag: "it does not say whether there is more"
        case .noNext: "there is more, but no next page is named"
        case .moreAnnounced: "it says that there is more, but is the last"
        case .absurd(let quantity, let value): "an impossible \(quantity.rawValue), \(value)"
        }
    }
}
