import Deployments
import Snapshots
import Wire

/// One page of a list.
struct ListPage {
    let query: Query
    let rows: [RowID]
    /// The number of rows on all pages together.
    let total: Int
    /// The number of rows on this page and before it.
    let end: Int
    /// The number of the page, from 1; nil if the rows before it do not fill complete pages, as after a change of
    /// `page_size`.
    var number: Int?
    /// The token of the next page; nil on the last page, and past it.
    var next: PageToken?
    /// The parameters beside the token in the link to the next page, encoded.
    var besideToken: [String] = []

    /// The page whose first row is at `offset`.
    init(_ query: Query, _ matches: QueryMatches, from offset: Int) {
        self.query = query
        rows = matches.rows(from: offset, limit: query.pageSize)
        total = matches.total
        end = offset + rows.count
        number = offset % query.pageSize == 0 ? offset / query.pageSize + 1 : nil
    }

    /// The next page as a reference of a query only, so that it also holds behind a path prefix; nil on the last page.
    var link: String? {
        next.map { "?" + (["page_token=\($0.text)"] + besideToken).joined(separator: "&") }
    }

    private var pages: Int { total / query.pageSize + (total % query.pageSize == 0 ? 0 : 1) }

    /// Writes the value of the `pagination` member.
    func write(totalIs: String, to json: inout JSONWriter) {
        json.object { json in
            json.key("page")
            json.intOrNull(number)
            for (key, number) in [
                ("page_size", query.pageSize), ("current_page_size", rows.count), ("total_pages", pages),
                ("total_results", total),
            ] {
                json.key(key)
                json.int(number)
            }
            json.key("total_is")
            json.string(totalIs)
            json.key("next_page_token")
            json.stringOrNull(next?.text)
        }
    }
}
