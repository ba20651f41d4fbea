import Deployments
import Snapshots

extension QueryParser.Name {
    /// Where a parameter is accepted: routes of one grammar.
    enum Use {
        case list
        /// A list's further pages, which `page_token` names.
        case cursor
        case summary
        /// One deployment.
        case one
        /// Every other route.
        case none
    }

    /// What a parameter's value is.
    enum Shape {
        case integer(ClosedRange<Int>)
        case bool
        /// Decimal seconds, see ``readSeconds(_:)``.
        case seconds
        /// Words between spaces, at most so many.
        case words(limit: Int)
        /// Whatever an answer gave.
        case token
        /// A JSON object, see ``FilterObject``.
        case condition
        /// Fields between commas, each perhaps with `-` before it.
        case sortKeys(limit: Int)
        /// Paths of the record between commas.
        case paths(limit: Int)
        /// Fields to group by, between commas.
        case groupingKeys(limit: Int)
        /// Some of these words, between commas; `distinct`: none of them twice.
        case anyOf([String], distinct: Bool)
        /// One of these words.
        case oneOf([String])
    }

    /// What a parameter is, in one row.
    struct Entry {
        let shape: Shape
        let uses: [Use]
        /// What holds where it is not given; nil where nothing does.
        let standard: String?
        /// What it does: a sentence without its full stop, for people.
        let summary: String

        init(_ shape: Shape, _ uses: [Use], standard: String? = nil, _ summary: String) {
            self.shape = shape
            self.uses = uses
            self.standard = standard
            self.summary = summary
        }
    }

    /// The one table of parameters, behind the parser, its errors and the description of the API.
    func entry(of schema: RecordSchema) -> Entry {
        switch self {
        case .filter:
            Entry(
                .condition, [.list, .summary],
                "Conditions as a JSON object; they hold beside those given as parameters of their own")
        case .q:
            Entry(
                .words(limit: QueryParser.wordLimit), [.list, .summary],
                "Words, each found (without case) in \(schema.searchedInWords)")
        case .sort:
            Entry(
                .sortKeys(limit: QueryParser.sortKeyLimit), [.list],
                standard: schema.profile.sort.joined(separator: ","),
                "Fields to sort by; `-` descends; nulls last either way; ties by uid, then version")
        case .page:
            Entry(.integer(1...Int.max), [.list], standard: "1", "The page, cut from the newest rows")
        case .pageSize:
            Entry(
                .integer(1...1000), [.list, .cursor], standard: "\(Query().pageSize)",
                "The most rows of a page"
            )
        case .pageToken:
            Entry(
                .token, [.list, .cursor],
                "`next_page_token` of the last answer: the next page of the list as it stood at the first; beside "
                    + "it only `page_size`, `fields` and `format` stand")
        case .fields:
            Entry(
                .paths(limit: QueryParser.fieldLimit), [.list, .cursor, .one],
                "Only these members of a record; a group's name (`replicas`) is all of it")
        case .include:
            Entry(
                .anyOf(schema.profile.included.map(\.rawValue), distinct: false), [.list, .one],
                "Members to add: `history`, which one deployment has anyway, and `native`, the platform's own record "
                    + "as far as its adapter file lets it pass")
        case .allVersions:
            Entry(
                .bool, [.list, .summary], standard: "false",
                "Whether earlier versions of a deployment are rows too")
        case .format:
            Entry(
                .oneOf(ResponseFormat.allCases.map(\.rawValue)), [.list, .cursor, .summary, .one, .none],
                standard: "json",
                "The form of the answer, else what `Accept` likes best")
        case .maxAge:
            Entry(
                .seconds, [.list, .summary, .one],
                "No list older than so many seconds, for this caller alone; down to a source's `min_interval`"
            )
        case .strict:
            Entry(
                .bool, [.list, .summary, .one], standard: "false",
                "Whether an error is wanted rather than an answer that is incomplete or older than demanded")
        case .groupBy:
            Entry(
                .groupingKeys(limit: Grouping.keyLimit), [.summary],
                "Fields to count by; of a time its UTC day or hour, `created_at:day`")
        case .sum:
            Entry(
                .anyOf(schema.summable.map(\.name), distinct: true), [.summary],
                standard: schema.standardSums.map(\.name).joined(separator: ","),
                "Fields to add up; `capacity.*` only beside `group_by=capacity.unit`")
        case .zeros:
            Entry(
                .bool, [.summary], standard: "true",
                "Whether words of `status` and `serving` that no row has appear with 0")
        }
    }
}

extension RecordSchema {
    /// The fields that `q` looks into, for people.
    fileprivate var searchedInWords: String {
        let names = searched.map { $0.name.replacing("_", with: " ") }
        guard names.count > 1, let last = names.last else { return names.joined() }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }
}
