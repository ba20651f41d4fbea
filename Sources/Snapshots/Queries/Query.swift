package import Deployments

/// A client's request for rows; relative times are resolved already.
package struct Query: Sendable {
    /// The condition that every row must satisfy; `.all([])` holds for all rows.
    package var condition = Condition.all([])
    /// The words of `q`: each must occur, without case and marks, in at least one of the kind's searched fields.
    package var words: [String] = []
    /// The sort keys; nil for the kind's default order.
    package var sort: [SortKey]?
    /// The number of the page, from 1.
    package var page = 1
    /// The rows of a page, 1 to 1000.
    package var pageSize = 100
    /// The number of rows before the page; `Int.max` on overflow.
    package var offset: Int {
        let (start, overflow) = (page - 1).multipliedReportingOverflow(by: pageSize)
        return overflow ? .max : start
    }
    /// The paths of `fields=`; nil for all fields.
    package var fields: [String]?
    /// The members that `include=` adds.
    package var include: Set<Include> = []
    /// The fields that the answer is made from beside those that the query names, as that about models is.
    package var answeredFrom: [Field] = []
    /// True if each row shows the state of its source and the time of the source's list.
    package var withSourceState = false
    /// True to find earlier versions too, not only the current one of each uid.
    package var allVersions = false

    /// A query for the first page of all current rows.
    package init() {}

    /// Adds a filter that must hold in addition.
    package mutating func require(_ filter: Filter) { condition = condition.and(.field(filter)) }

    /// The ``words`` as patterns.
    var wordPatterns: [LikePattern] { words.map { LikePattern(word: $0) } }

    /// The order of the rows, which are of this kind.
    func sort(of schema: RecordSchema) -> [SortKey] {
        sort ?? schema.sort.map { SortKey(field: $0.field, descending: $0.descending) }
    }

    /// A field to sort by; nulls come last in either direction.
    package struct SortKey: Sendable, Equatable {
        /// The field.
        package var field: Field
        /// True to sort from the greatest value to the smallest.
        package var descending: Bool

        /// A sort key.
        package init(field: Field, descending: Bool) {
            self.field = field
            self.descending = descending
        }
    }
}

extension Query {
    /// False if no row of a source can match, judged by the fields that are the same on all its rows, and by
    /// uids unless `byUID` is false.
    package func reaches(_ source: SourceDescription, byUID: Bool = true) -> Bool {
        condition.couldHold(forRowsOf: source, byUID: byUID)
    }
}
