import Deployments

/// The rows that a query finds in a snapshot.
package struct QueryResult: Sendable {
    /// The number of rows that match, on all pages.
    package var total: Int
    /// The rows of the requested page, in order; empty past the end.
    package var page: [RowID]
}

extension Snapshot {
    /// Finds the rows of a query's page without I/O and without a clock: the same snapshot gives the same
    /// result.
    ///
    /// It uses the lists' indexes. The row-by-row definition, with which the tests compare it, is in
    /// TestSupport.
    package func rows(matching query: Query) -> QueryResult {
        let matches = matches(of: query)
        let page = matches.rows(from: query.offset, limit: query.pageSize)
        return QueryResult(total: matches.total, page: page)
    }

    /// The rows of all a query's pages, in order.
    package func allRows(matching query: Query) -> [RowID] {
        let matches = matches(of: query)
        return matches.rows(from: 0, limit: matches.total)
    }

    /// The rows of all a query's pages, not sorted yet.
    package func matches(of query: Query) -> QueryMatches {
        let words = query.wordPatterns
        return QueryMatches(
            sort: lists.first.map { query.sort(of: $0.schema) } ?? [],
            found: lists.indices.map { index in
                MatchSet(
                    list: Int32(clamping: index), source: lists[index],
                    rows: lists[index].rows(matching: query, words: words))
            })
    }
}

/// The rows that a query finds on all its pages; only the pages that are read get sorted.
package struct QueryMatches: Sendable {
    /// The number of rows.
    package let total: Int
    private let sort: [Query.SortKey]
    private let found: [MatchSet]

    init(sort: [Query.SortKey], found: [MatchSet]) {
        self.sort = sort
        self.found = found.filter { $0.count > 0 }
        total = found.reduce(0) { $0 + $1.count }
    }

    /// Adds the set of rows, regardless of their order.
    ///
    /// Within one snapshot, results that add the same have the same rows. The cost is one bit for each row of
    /// a list.
    package func hash(into hasher: inout Hasher) {
        for list in found {
            hasher.combine(list.list)
            hasher.combine(list.rows)
        }
    }

    /// At most `limit` rows in the query's order, from the one at `offset` on; none past the end.
    package func rows(from offset: Int, limit: Int) -> [RowID] {
        guard limit > 0, offset < total else { return [] }
        let end = min(limit, total - offset) + offset
        let lists = found.map { OrderedRows($0, by: sort, limit: end) }
        guard lists.count == 1 else { return ListMerge(lists, by: sort).rows(offset..<end) }
        return lists[0].rows[offset...].map { RowID(list: lists[0].list, row: Int32(bitPattern: $0)) }
    }
}

/// The rows that a query finds in one list.
struct MatchSet: Sendable {
    /// The list's index in its snapshot.
    let list: Int32
    let source: SourceRows
    let rows: RowBitset
    let count: Int

    init(list: Int32, source: SourceRows, rows: RowBitset) {
        self.list = list
        self.source = source
        self.rows = rows
        count = rows.count
    }
}

extension SourceRows {
    /// The rows that match; `words` are the patterns of the query's words.
    func rows(matching query: Query, words: [LikePattern]) -> RowBitset {
        // First the tests that can exclude the whole list at once: then no index is made for it.
        guard !rows.isEmpty, isReached(by: query, byUID: false) else { return RowBitset(noneOf: rows.count) }
        var found = RowBitset(allOf: rows.count)
        if !query.allVersions, currentCount < rows.count, let current = schema.current {
            found.formIntersection(rows(where: Filter(field: current, anyOf: [.eq(.bool(true))])))
        }
        if !found.isEmpty { narrow(&found, to: query.condition) }
        for word in words where !found.isEmpty {
            var containing = RowBitset(noneOf: rows.count)
            for field in schema.searched { containing.formUnion(index(of: field).rows(like: word)) }
            found.formIntersection(containing)
        }
        return found
    }

    /// Removes the rows for which a condition does not hold; the list must not be empty.
    private func narrow(_ found: inout RowBitset, to condition: Condition) {
        guard case .all(let parts) = condition else { return found.formIntersection(rows(where: condition)) }
        for part in parts where !found.isEmpty { narrow(&found, to: part) }
    }

    /// The rows of all versions for which a condition holds; the list must not be empty.
    private func rows(where condition: Condition) -> RowBitset {
        switch condition {
        case .field(let filter): return rows(where: filter)
        case .all:
            var found = RowBitset(allOf: rows.count)
            narrow(&found, to: condition)
            return found
        case .any(let parts):
            return parts.reduce(into: RowBitset(noneOf: rows.count)) { $0.formUnion(rows(where: $1)) }
        case .not(let part): return rows(where: part).complement
        }
    }

    /// The rows of all versions for which a filter holds; the list must not be empty.
    private func rows(where filter: Filter) -> RowBitset {
        let index = index(of: filter.field)
        let tests = filter.comparableTests
        guard let first = tests.first else { return RowBitset(noneOf: rows.count) }
        return tests.dropFirst().reduce(into: index.rows(where: first)) {
            $0.formUnion(index.rows(where: $1))
        }
    }
}
