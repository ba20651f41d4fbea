import Deployments
import Snapshots

extension QueryParser.Name {
    /// The group of routes, of one grammar, that accept a parameter.
    enum Use {
        /// The list of deployments.
        case list
        /// A list's further pages, which `page_token` names.
        case cursor
        /// Counts and sums.
        case summary
        /// One deployment.
        case one
        /// Every other route.
        case none
    }

    /// The shape of a parameter's value.
    enum Shape {
        case integer(ClosedRange<Int>)
        case bool
        /// Decimal seconds, see ``readSeconds(_:)``.
        case seconds
        /// Words separated by spaces, at most `limit`.
        case words(limit: Int)
        /// An opaque token from an earlier answer.
        case token
        /// A JSON object, see ``FilterObject``.
        case condition
        /// Fields separated by commas, each with or without a leading `-`.
        case sortKeys(limit: Int)
        /// Paths of the record, separated by commas.
        case paths(limit: Int)
        /// Fields to group by, separated by commas.
        case groupingKeys(limit: Int)
        /// Some of these terms, separated by commas; with `distinct` each at most once.
        case anyOf([String], distinct: Bool)
        /// One of these terms.
        case oneOf([String])
    }

    /// One parameter's row of the table.
    struct Entry {
        let shape: Shape
        /// The routes that accept the parameter.
        let uses: [Use]
        /// The default; nil if there is none.
        let standard: String?
        /// A sentence without its full stop, for the description of the API.
        let summary: String

        init(_ shape: Shape, _ uses: [Use], standard: String? = nil, _ summary: String) {
            self.shape = shape
            self.uses = uses
            self.standard = standard
            self.summary = summary
        }
    }

    /// The parameter's row of the single table, which the parser, its errors and the description of the API use.
    func entry(of schema: RecordSchema) -> Entry {
        switch self {
        case .filter:
            Entry(
                .condition, [.list, .summary],
                "Conditions as a JSON object; they must hold together with all other filters")
        case .q:
            Entry(
                .words(limit: QueryParser.wordLimit), [.list, .summary],
                "Words, each of which must occur, ignoring case and accents, in \(schema.searchedNames)")
        case .sort:
            Entry(
                .sortKeys(limit: QueryParser.sortKeyLimit), [.list],
                standard: schema.profile.sort.joined(separator: ","),
                "Fields to sort by; `-` before a name sorts in descending order; nulls are last in either "
                    + "direction; ties are ordered "
                    + "by uid, then version")
        case .page:
            Entry(.integer(1...Int.max), [.list], standard: "1", "The number of the page, in the newest rows")
        case .pageSize:
            Entry(
                .integer(1...1000), [.list, .cursor], standard: "\(Query().pageSize)",
                "The maximum number of rows on a page"
            )
        case .pageToken:
            Entry(
                .token, [.list, .cursor],
                "`next_page_token` of the previous answer: the next page of the list as it was for the "
                    + "first page; "
                    + "only `page_size`, `fields` and `format` may be given with it")
        case .fields:
            Entry(
                .paths(limit: QueryParser.fieldLimit), [.list, .cursor, .one],
                "Only these members of a record; a group's name (`replicas`) selects all its fields")
        case .include:
            Entry(
                .anyOf(schema.profile.included.map(\.rawValue), distinct: false), [.list, .one],
                "Members to add: `history`, which one deployment has by default, and `native`, the members "
                    + "of the "
                    + "platform's own record that the adapter file allows")
        case .allVersions:
            Entry(
                .bool, [.list, .summary], standard: "false",
                "`true` to list earlier versions of deployments too")
        case .format:
            Entry(
                .oneOf(ResponseFormat.allCases.map(\.rawValue)), [.list, .cursor, .summary, .one, .none],
                standard: "json",
                "The format of the answer; without it `Accept` decides")
        case .maxAge:
            Entry(
                .seconds, [.list, .summary, .one],
                "The maximum age of a list in seconds, for this request only; not less than a source's "
                    + "`min_interval`"
            )
        case .strict:
            Entry(
                .bool, [.list, .summary, .one], standard: "false",
                "`true` for an error instead of an answer that is incomplete or older than demanded")
        case .groupBy:
            Entry(
                .groupingKeys(limit: Grouping.keyLimit), [.summary],
                "Fields to count by; a time by its UTC day or hour, `created_at:day`")
        case .sum:
            Entry(
                .anyOf(schema.summable.map(\.name), distinct: true), [.summary],
                standard: schema.standardSums.map(\.name).joined(separator: ","),
                "Fields to add up; `capacity.*` only with `group_by=capacity.unit`")
        case .zeros:
            Entry(
                .bool, [.summary], standard: "true",
                "`true` to include terms of `status` and `serving` that no row has, with count 0")
        }
    }
}

extension RecordSchema {
    /// The fields that `q` searches, as a phrase.
    fileprivate var searchedNames: String {
        let names = searched.map { $0.name.replacing("_", with: " ") }
        guard names.count > 1, let last = names.last else { return names.joined() }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }
}
