import Deployments
import Snapshots

extension QueryParser.Name {
    /// The group of routes, of one grammar, that accept a parameter.
    enum Use {
        /// A list of records.
        case list
        /// A list's further pages, which `page_token` names.
        case cursor
        /// Counts and sums.
        case summary
        /// One record.
        case one
        /// The models that can be called, and one of them.
        case models
        /// A change of one record.
        case update
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
                .condition, [.list, .summary, .models],
                "Conditions as a JSON object; they must hold together with all other filters")
        case .q:
            Entry(
                .words(limit: QueryParser.wordLimit), [.list, .summary, .models],
                "Words, each of which must occur, ignoring case and accents, in \(schema.searchedNames)")
        case .sort:
            Entry(
                .sortKeys(limit: QueryParser.sortKeyLimit), [.list, .summary],
                standard: schema.profile.sort.joined(separator: ","),
                "Fields to sort by; `-` before a name sorts in descending order; nulls are last in either "
                    + "direction; ties are ordered "
                    + "by uid, then version")
        case .page:
            Entry(
                .integer(1...Int.max), [.list, .cursor], standard: "1",
                "The number of the page, in the newest rows; with `page_token` in the rows of its list")
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
                    + "only `page`, `page_size`, `fields`, `format`, `bom` and what is equal to the first page's "
                    + "parameters may be given with it")
        case .fields:
            Entry(
                .paths(limit: QueryParser.fieldLimit), [.list, .cursor, .one],
                "Only these members of a record"
                    + (schema.isPath("replicas")
                        ? "; a group's name (`replicas`) selects all its fields" : ""))
        case .include:
            Entry(
                .anyOf(schema.includable, distinct: false), [.list, .one],
                "Members to add: " + schema.profile.included.map { "\($0.summary); " }.joined()
                    + "`source_state`, which adds the state of the row's source and the `observed_at` of its list, "
                    + "in CSV too")
        case .allVersions:
            Entry(
                .bool, schema.current == nil ? [] : [.list, .summary], standard: "false",
                "`true` to list or count the earlier versions too, each as a row of its own")
        case .version:
            Entry(
                .integer(0...Int.max), schema.current == nil ? [] : [.one],
                "The number of the version to show; without it the latest one is shown")
        case .format:
            Entry(
                .oneOf(ResponseFormat.allCases.map(\.rawValue)),
                [.list, .cursor, .summary, .one, .models, .none],
                standard: "json",
                "The format of the answer; without it `Accept` decides")
        case .sources:
            Entry(
                .oneOf(ListedSources.allCases.map(\.rawValue)), [.list, .summary, .one, .models],
                standard: "all",
                "The sources that the answer lists: all that it covers, those with `problems` (not fresh, or not "
                    + "complete), or `none`; `sources_total` counts them in any case")
        case .maxAge:
            Entry(
                .seconds, [.list, .summary, .one, .models],
                "The maximum age of a list in seconds, for this request only; not less than a source's "
                    + "`min_interval`"
            )
        case .strict:
            Entry(
                .bool, [.list, .summary, .one, .models], standard: "false",
                "`true` for an error instead of an answer that is incomplete or older than demanded")
        case .groupBy:
            Entry(
                .groupingKeys(limit: Grouping.keyLimit), [.summary],
                "Fields to count by; a time by its UTC day or hour, `created_at:day`; without it, all rows are "
                    + "counted together")
        case .sum:
            Entry(
                .anyOf(schema.summable.map(\.name), distinct: true), [.summary],
                standard: schema.standardSums.map(\.name).joined(separator: ","),
                "Fields to add up; `capacity.*` only with `group_by=capacity.unit`")
        case .min:
            Entry(
                .anyOf(schema.times.map(\.name), distinct: true), [.summary],
                "Times of which to tell the earliest")
        case .max:
            Entry(
                .anyOf(schema.times.map(\.name), distinct: true), [.summary],
                "Times of which to tell the latest")
        case .limit:
            Entry(
                .integer(1...Grouping.groupLimit), [.summary],
                "The maximum number of groups; `total` covers all, and `total_groups` counts them")
        case .bom:
            Entry(
                .bool, [.list, .cursor, .summary, .one], standard: "false",
                "`true` to begin CSV with a byte order mark, by which Excel recognizes UTF-8; other formats have none"
            )
        case .dryRun:
            Entry(
                .bool, schema.profile.name == RecordSchema.deployments.profile.name ? [.update] : [],
                standard: "false",
                "`true` to check the update and to show what would be sent, and to send nothing")
        case .zeros:
            Entry(
                .bool, [.summary], standard: "true",
                "`true` to include terms of `status` and `serving` that no row has, with count 0")
        }
    }
}

extension Include {
    /// The member and its meaning, for the description of the API.
    fileprivate var summary: String {
        switch self {
        case .history: "`history`, which one deployment has by default"
        case .native: "`native`, the members of the platform's own record that the adapter file allows"
        }
    }
}

extension RecordSchema {
    /// The items of `include`.
    var includable: [String] { profile.included.map(\.rawValue) + [QueryParser.sourceState] }

    /// The fields that are times.
    var times: [Field] { fields.filter { $0.kind == .time } }

    /// The fields that `q` searches, as a phrase.
    fileprivate var searchedNames: String {
        let names = searched.map { $0.name.replacing("_", with: " ") }
        guard names.count > 1, let last = names.last else { return names.joined() }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }
}
