/// Names that other APIs give to parameters that this one has under another name.
enum ForeignName {
    /// The names by our parameter, in lower case and without anything but letters.
    private static let names: [QueryParser.Name: Set<String>] = [
        .pageSize: [
            "limit", "perpage", "pagelimit", "maxresults", "maxitems", "count", "first", "size", "take",
            "top",
        ],
        .sort: ["orderby", "order", "ordering", "sortby", "sortkey"],
        .q: ["search", "query", "keyword", "keywords", "find"],
        .pageToken: [
            "after", "continue", "continuationtoken", "cursor", "marker", "nextpagetoken", "nexttoken",
            "offset",
            "pagecursor", "skip", "start", "startingafter",
        ],
        .page: ["pageindex", "pageno", "pagenumber"],
        .fields: ["columns", "select"],
        .groupBy: ["by", "dimensions", "group"],
        .limit: ["count", "first", "maxresults", "pagesize", "perpage", "take", "top"],
    ]

    /// The parameter of these that a name means in another API or another spelling (`pageSize`, `page[size]`);
    /// nil if there is none.
    static func counterpart(of name: String, among accepted: [QueryParser.Name]) -> QueryParser.Name? {
        guard !name.hasPrefix("filter") else { return nil }
        let plain = plain(name)
        return accepted.first { $0.rawValue != name && Self.plain($0.rawValue) == plain }
            ?? accepted.first { names[$0]?.contains(plain) ?? false }
    }

    private static func plain(_ name: String) -> String {
        String(decoding: name.lowercased().utf8.filter { (0x61...0x7A).contains($0) }, as: UTF8.self)
    }
}

extension QueryParser.Name {
    /// The error text for a name that is this parameter's in other APIs.
    func replacing(_ name: String) -> String {
        let start = "unknown parameter `\(name)`; this API's is `\(rawValue)`"
        return self == .pageToken ? start + ", the `next_page_token` of the page before" : start
    }
}
