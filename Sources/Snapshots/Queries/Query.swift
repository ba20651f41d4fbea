package import Deployments

/// A client's request for rows; relative times are resolved already.
package struct Query: Sendable {
    /// Must hold of every row; `.all([])` holds for all.
    package var condition = Condition.all([])
    /// The words of `q`: each must be found in one of the fields that the kind of record is searched by, without case.
    package var words: [String] = []
    /// nil: the order that the kind of record has by default.
    package var sort: [SortKey]?
    /// From 1.
    package var page = 1
    /// 1 to 1000.
    package var pageSize = 100
    /// How many rows stand before the page; `Int.max` where that is more than can be counted.
    package var offset: Int {
        let (start, overflow) = (page - 1).multipliedReportingOverflow(by: pageSize)
        return overflow ? .max : start
    }
    /// The paths of `fields=`; nil: everything.
    package var fields: [String]?
    package var include: Set<Include> = []
    package var allVersions = false

    package init() {}

    /// Adds a filter that must hold beside all else.
    package mutating func require(_ filter: Filter) { condition = condition.and(.field(filter)) }

    /// ``words`` as patterns, in which nothing is special.
    var wordPatterns: [LikePattern] { words.map { LikePattern(escaping: $0) } }

    /// The order of rows of this kind.
    func sort(of schema: RecordSchema) -> [SortKey] {
        sort ?? schema.sort.map { SortKey(field: $0.field, descending: $0.descending) }
    }

    package struct SortKey: Sendable, Equatable {
        package var field: Field
        package var descending: Bool

        package init(field: Field, descending: Bool) {
            self.field = field
            self.descending = descending
        }
    }
}

extension Query {
    /// True where a source's rows could match at all, judged by what is alike on all its rows, and by their uids
    /// unless these are still to be looked at.
    package func reaches(_ source: SourceDescription, byUID: Bool = true) -> Bool {
        condition.couldHold(forRowsOf: source, byUID: byUID)
    }
}
