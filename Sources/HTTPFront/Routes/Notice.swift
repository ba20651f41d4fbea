import Deployments
import Snapshots
package import Wire

/// A remark on an answer about rows: what it may lack, or a likely mistake in the request
/// (`Sources/HTTPFront/README.md`, Notices).
package struct Notice: Sendable, Equatable {
    /// The kinds of notices that this release makes.
    package enum Code: String, Sendable, CaseIterable {
        /// A field that the request uses could not be read on some rows.
        case unreadField = "unread-field"
        /// A field that the request uses depends on a lookup that is pending or has failed on some rows.
        case lookupPending = "lookup-pending"
        /// Rows are served although the newest complete list lacks them.
        case rowsHeld = "rows-held"
        /// A filter compares with the text `null`.
        case nullLiteral = "null-literal"
        /// A filter has a value that no source has, or the filters together exclude every source.
        case noSuchValue = "no-such-value"
        /// A filter is on a label that no source has.
        case noSuchLabel = "no-such-label"
        /// The filters exclude every latest version, and the answer has no others.
        case latestOnly = "latest-only"
        /// Records of the audit log were dropped for their age or for room.
        case auditDropped = "audit-dropped"
    }

    /// The value of a ``Code``, or one that a later gateway has.
    package var code: String
    /// The request's parameter that the notice is about; nil if it is about none.
    package var parameter: String?
    /// The part of the parameter's value that the notice is about; nil if it is about none.
    package var value: String?
    /// The name of the source that the notice is about; nil if it is about none.
    package var source: String?
    /// The number of the source's rows that the notice is about; nil if it is about none.
    package var rows: Int?
    /// The text for people: a sentence without a capital letter and a full stop.
    package var detail: String
    /// The nearest right term; nil if there is none.
    package var didYouMean: String?

    /// A notice; what it is not about is nil.
    package init(
        code: String, parameter: String? = nil, value: String? = nil, source: String? = nil, rows: Int? = nil,
        detail: String, didYouMean: String? = nil
    ) {
        self.code = code
        self.parameter = parameter
        self.value = value
        self.source = source
        self.rows = rows
        self.detail = detail
        self.didYouMean = didYouMean
    }

    /// Appends the notice as a JSON object.
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("code")
            json.string(code)
            for (key, text) in [("parameter", parameter), ("value", value), ("source", source)] {
                json.key(key)
                json.stringOrNull(text)
            }
            json.key("rows")
            json.intOrNull(rows)
            json.key("detail")
            json.string(detail)
            json.key("did_you_mean")
            json.stringOrNull(didYouMean)
        }
    }
}

extension Notice {
    /// Reads one of an answer's `notices`; nil without a code.
    package init?(_ json: JSONValue) {
        guard let code = json["code"]?.string else { return nil }
        self.init(
            code: code, parameter: json["parameter"]?.string, value: json["value"]?.string,
            source: json["source"]?.string, rows: json["rows"]?.int.flatMap { Int(exactly: $0) },
            detail: json["detail"]?.string ?? "", didYouMean: json["did_you_mean"]?.string)
    }

    /// The notices on the rows of an answer to a query, and on the sources that the query reaches.
    static func all(
        on query: Query, by grouping: Grouping? = nil, of sources: [SourceStatus], in snapshot: Snapshot
    ) -> [Notice] {
        let reached = Set(sources.map(\.source.name))
        let uncertain = snapshot.uncertainFields(of: query, by: grouping)
        return uncertain.filter { reached.contains($0.source) }.map { Notice($0) }
            + sources.compactMap { status in status.held.map { Notice($0, of: status.source.name) } }
            + query.fieldsComparedWithNull.map { Notice(nullIn: $0) }
    }

    /// True if `strict=true` refuses an answer with this notice.
    package var isRefusedByStrict: Bool {
        switch Code(rawValue: code) {
        case .unreadField, .lookupPending, .rowsHeld, .noSuchValue, .noSuchLabel, .latestOnly: true
        case .nullLiteral, .auditDropped, nil: false
        }
    }

    /// True if the notice is about the request, not about what the sources have told.
    package var isMistake: Bool {
        switch Code(rawValue: code) {
        case .noSuchValue, .noSuchLabel, .latestOnly: true
        case .unreadField, .lookupPending, .rowsHeld, .nullLiteral, .auditDropped, nil: false
        }
    }

    private init(_ uncertain: UncertainField) {
        let field = uncertain.use.field.name
        self.init(
            code: (uncertain.isLookup ? Code.lookupPending : .unreadField).rawValue,
            parameter: uncertain.use.parameter, value: field, source: uncertain.source, rows: uncertain.rows,
            detail: "`\(field)` \(uncertain.isLookup ? "is still to be looked up" : "could not be read") "
                + "on \(uncertain.rows.rows) of `\(uncertain.source)`")
    }

    private init(nullIn field: Field) {
        self.init(
            code: Code.nullLiteral.rawValue, parameter: field.name, value: "null",
            detail:
                "the filter compares `\(field.name)` with the text `null`, which is a value like any other",
            didYouMean: "\(field.name).exists=false")
    }

    private init(_ held: SourceStatus.Held, of source: String) {
        self.init(
            code: Code.rowsHeld.rawValue, source: source, rows: held.rows,
            detail:
                "the newest list of `\(source)` lacks \(held.rows.rows) that \(held.rows == 1 ? "is" : "are") "
                + "served until another list confirms it")
    }
}

extension FieldUse {
    /// The parameter that uses the field; for a filter the field itself, in whatever spelling it was given.
    fileprivate var parameter: String {
        switch role {
        case .filter: field.name
        case .words: QueryParser.Name.q.rawValue
        case .sort: QueryParser.Name.sort.rawValue
        case .group: QueryParser.Name.groupBy.rawValue
        case .sum: QueryParser.Name.sum.rawValue
        case .min: QueryParser.Name.min.rawValue
        case .max: QueryParser.Name.max.rawValue
        }
    }
}

extension Int {
    /// `1 row`, `2 rows`.
    fileprivate var rows: String { self == 1 ? "1 row" : "\(self) rows" }
}
