/// A reason for which a list that was read to its end is not proven complete: its rows are served, and none
/// that it lacks is dropped.
package enum WalkDoubt: Sendable, Hashable {
    /// A status other than 200 and 203: the answer says itself that it is not the complete list.
    case status(Int)
    /// A header states another number of records than were received.
    case total(header: String, stated: Int, received: Int)
    /// A header states more or fewer pages than were fetched.
    case pageCount(header: String, stated: Int, fetched: Int)
    /// `Content-Range` spans another number of records than its answer has.
    case range(stated: Int, received: Int)
    /// Caches on the way answered pages with copies of different ages, in seconds: the pages are of different
    /// lists.
    case ages(youngest: Int, oldest: Int)
    /// A header of the last page announces another page.
    case nextPage(header: String)
    /// So many records share an identity with another record of their page, and differ from it.
    case differingRecords(Int)
    /// The end of the list looks different from the forms that the adapter file names.
    case unexpectedEnd(PageEnd)
    /// A page without the key of the next page, and nothing else that shows that it is the last.
    case unconfirmedEnd
    /// An answer without the list, and with members that the adapter file does not name beside an empty list.
    case foreignAnswer
    /// The path of the records leads through several lists, so that a missing one goes unnoticed.
    case severalLists
}

/// The form in which the last page of a token or link style states that no page follows.
package enum PageEnd: String, Sendable, Hashable, CaseIterable {
    /// The key of the next page is missing.
    case absent
    /// Its value is null, or false.
    case null = "none"
    /// It is an empty text.
    case empty
}

extension WalkDoubt: CustomStringConvertible {
    package var description: String {
        switch self {
        case .status(let status): "HTTP \(status) does not prove a complete list; 200 and 203 do"
        case .total(let header, let stated, let received):
            "the header `\(header)` states \(stated) records, \(received) were received"
        case .pageCount(let header, let stated, let fetched):
            "the header `\(header)` states \(stated) pages, \(fetched) were fetched"
        case .range(let stated, let received):
            "the header `content-range` spans \(stated) records, the answer has \(received)"
        case .ages(let youngest, let oldest):
            "its pages are copies from a cache, \(youngest) s to \(oldest) s old"
        case .nextPage(let header): "the header `\(header)` of the last page announces another page"
        case .differingRecords(let count):
            "\(count) records share their identity with another record of their page, and differ from it"
        case .unexpectedEnd(let end):
            "the last page's `next` is \(end), which `pages.last` does not name"
        case .unconfirmedEnd:
            "the last page has no `next`, and nothing else shows that no page follows"
        case .foreignAnswer:
            "the answer has no list, and members that `missing` does not name beside an empty list"
        case .severalLists: "`records` leads through several lists, so a missing one goes unnoticed"
        }
    }
}
