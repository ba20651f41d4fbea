import Deployments

/// The order of one list's rows under a query's sort.
///
/// It compares codes, so no value is read.
struct RowOrder {
    /// The sort's columns, without those in which all rows have the same value.
    private let columns: [SortColumn]

    init(_ source: SourceRows, by sort: [Query.SortKey]) {
        columns = sort.map { key in
            SortColumn(
                index: source.index(of: FieldAccessor(sorting: key.field)), descending: key.descending)
        }.filter { !$0.index.isSame }
    }

    /// The first `limit` of the rows found, in order.
    func rows(of found: MatchSet, limit: Int) -> [UInt32] {
        var first = TopRows(limit: min(limit, found.count))
        first.append(found.rows, count: found.count, by: columns[...])
        return first.rows
    }

    /// True if two rows compare equal by the sort.
    func isSame(_ left: UInt32, _ right: UInt32) -> Bool {
        columns.allSatisfy { $0.index.codes[left] == $0.index.codes[right] }
    }
}

/// One key of a sort, over one list.
private struct SortColumn {
    let index: FieldIndex
    let descending: Bool

    /// Maps a rank to its code, and a code to its rank.
    ///
    /// Null is last in either direction.
    func mirrored(_ code: Int) -> Int {
        descending && code < index.valueCount ? index.valueCount - 1 - code : code
    }
}

/// Collects the first rows of an order up to a limit.
private struct TopRows {
    let limit: Int
    private(set) var rows: [UInt32] = []

    init(limit: Int) {
        self.limit = limit
        rows.reserveCapacity(limit)
    }

    private var isFull: Bool { rows.count >= limit }

    /// The divisor that decides how a group of rows is ordered.
    ///
    /// A group of at most 1/16 of the list's rows is sorted. For a larger group it is faster to go over all
    /// rows in the column's order and to take the ones that are in the group.
    private static let sparse = 16

    /// Appends the rows of a set in the order of the columns; rows that compare equal are ascending.
    mutating func append(_ set: RowBitset, count: Int, by columns: ArraySlice<SortColumn>) {
        guard let column = columns.first else { return append(set.rows[...]) }
        guard count > set.rowCount / Self.sparse else { return append(sorting: set.rows, by: columns) }
        let rest = columns.dropFirst()
        var group: [UInt32] = []
        for rank in 0...column.index.valueCount where !isFull {
            let candidates = column.index.rows(ofCode: column.mirrored(rank))
            if rest.isEmpty {
                set.append(candidates, to: &rows, limit: limit)
            } else {
                group.removeAll(keepingCapacity: true)
                set.append(candidates, to: &group)
                append(group[...], of: set.rowCount, by: rest)
            }
        }
    }

    /// Appends a group of ascending rows in the order of the columns; `rowCount` is the number of rows in the
    /// list.
    private mutating func append(
        _ group: ArraySlice<UInt32>, of rowCount: Int, by columns: ArraySlice<SortColumn>
    ) {
        if group.count < 2 || columns.isEmpty {
            append(group)
        } else if group.count > rowCount / Self.sparse {
            var set = RowBitset(noneOf: rowCount)
            set.insert(group)
            append(set, count: group.count, by: columns)
        } else {
            append(sorting: Array(group), by: columns)
        }
    }

    private mutating func append(sorting group: [UInt32], by columns: ArraySlice<SortColumn>) {
        guard let column = columns.first, group.count > 1 else { return append(group[...]) }
        // The rank in the upper half, the row in the lower: row numbers follow the keys' order, which breaks
        // ties.
        var ranked = zip(column.index.codes.of(group), group).map { code, row in
            UInt64(column.mirrored(Int(code))) << 32 | UInt64(row)
        }
        ranked.sort()
        let sorted = ranked.map { UInt32(truncatingIfNeeded: $0) }
        let rest = columns.dropFirst()
        guard !rest.isEmpty else { return append(sorted[...]) }
        var start = 0
        while start < ranked.count, !isFull {
            var end = start + 1
            while end < ranked.count, ranked[end] >> 32 == ranked[start] >> 32 { end += 1 }
            if end - start == 1 {
                append(sorted[start..<end])
            } else {
                append(sorting: Array(sorted[start..<end]), by: rest)
            }
            start = end
        }
    }

    private mutating func append(_ group: ArraySlice<UInt32>) { rows += group.prefix(limit - rows.count) }
}
