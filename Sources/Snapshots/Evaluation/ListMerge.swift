import Deployments
import Wire

/// A merge of sorted lists.
///
/// Rows are compared by their values, since a code is meaningful only within its list.
struct ListMerge {
    private let lists: [OrderedRows]
    private let sort: [Query.SortKey]
    /// The rank of each list among rows that compare equal by the sort; nil if the keys of such rows must be
    /// compared.
    private let listRanks: [Int]?

    init(_ lists: [OrderedRows], by sort: [Query.SortKey]) {
        self.lists = lists
        self.sort = sort
        listRanks = Self.listRanks(of: lists.map(\.source))
    }

    /// The lists' ranks by their uids; nil if the uids of two lists overlap.
    ///
    /// Uids usually begin with their source's name, so all uids of one list come before all of another.
    private static func listRanks(of lists: [SourceRows]) -> [Int]? {
        func uid(_ list: Int, _ row: Int) -> String { lists[list].rows.uid(row) }
        let order = lists.indices.sorted { ByteComparison(uid($0, 0), uid($1, 0)) == .before }
        for (before, after) in zip(order, order.dropFirst()) {
            let last = uid(before, lists[before].rows.count - 1)
            if ByteComparison(last, uid(after, 0)) != .before { return nil }
        }
        var listRanks = [Int](repeating: 0, count: lists.count)
        for (rank, list) in order.enumerated() { listRanks[list] = rank }
        return listRanks
    }

    /// The rows at some positions of the merged order.
    ///
    /// Only a few of the rows before them are compared.
    func rows(_ wanted: Range<Int>) -> [RowID] {
        var positions = split(at: wanted.lowerBound)
        var heads = lists.indices.map { head(of: $0, at: positions[$0]) }
        // The lists that have rows left, in descending order of their next row.
        var queue: [Int] = []
        func enqueue(_ list: Int) {
            guard let head = heads[list] else { return }
            let position = queue.indices.partitionPoint {
                heads[queue[$0]].map { precedes($0, head) } ?? true
            }
            queue.insert(list, at: position)
        }
        for list in lists.indices { enqueue(list) }
        var merged: [RowID] = []
        merged.reserveCapacity(wanted.count)
        while merged.count < wanted.count, let next = queue.popLast() {
            let run = run(of: next, from: positions[next])
            for row in run.prefix(wanted.count - merged.count) {
                merged.append(RowID(list: lists[next].list, row: Int32(bitPattern: row)))
            }
            positions[next] = run.endIndex
            heads[next] = head(of: next, at: run.endIndex)
            enqueue(next)
        }
        return merged
    }

    /// The number of each list's rows that come before a position of the merged order.
    private func split(at position: Int) -> [Int] {
        // In each list, the rows before `low` come before the position, and the rows from `high` on do not.
        var low = lists.map { _ in 0 }
        var high = lists.map { min($0.rows.count, position) }
        func open(_ list: Int) -> Int { high[list] - low[list] }
        while low.reduce(0, +) < position, let widest = lists.indices.max(by: { open($0) < open($1) }),
            let pivot = head(of: widest, at: low[widest] + open(widest) / 2)
        {
            let before = lists.indices.map { list in
                list == widest
                    ? pivot.position
                    : (low[list]..<high[list]).partitionPoint { position in
                        head(of: list, at: position).map { precedes(pivot, $0) } ?? true
                    }
            }
            if before.reduce(0, +) < position {
                low = before
                low[widest] += 1
            } else {
                high = before
            }
        }
        return low
    }

    /// A row of a list, with its values.
    private struct Head {
        var list: Int
        var position: Int
        var values: [FieldValue]
    }

    /// The row at a position of a list; nil past the list's end.
    private func head(of list: Int, at position: Int) -> Head? {
        let rows = lists[list].rows
        guard position < rows.count else { return nil }
        let row = rows[position]
        return Head(
            list: list, position: position,
            values: lists[list].values(of: row))
    }

    /// True if the left row comes first in the merged order.
    private func precedes(_ left: Head, _ right: Head) -> Bool {
        if let isFirst = sort.precedes(left.values, right.values) { return isFirst }
        if let listRanks { return listRanks[left.list] < listRanks[right.list] }
        let order = ByteComparison(lists[left.list].key(left.position), lists[right.list].key(right.position))
        return order == .same ? lists[left.list].list < lists[right.list].list : order == .before
    }

    /// A list's row together with the following rows that compare equal to it, if rows of other lists cannot
    /// come between them; else the row alone.
    private func run(of list: Int, from position: Int) -> ArraySlice<UInt32> {
        let rows = lists[list].rows
        var end = position + 1
        while listRanks != nil, end < rows.count, lists[list].order.isSame(rows[position], rows[end]) {
            end += 1
        }
        return rows[position..<end]
    }
}

/// Rows of one list in a query's order.
struct OrderedRows {
    /// The list's index in its snapshot.
    let list: Int32
    let source: SourceRows
    let order: RowOrder
    let rows: [UInt32]
    private let readers: [@Sendable (RowLocation) -> FieldValue]

    /// The first `limit` of the rows found, in order.
    init(_ found: MatchSet, by sort: [Query.SortKey], limit: Int) {
        list = found.list
        source = found.source
        order = RowOrder(found.source, by: sort)
        rows = order.rows(of: found, limit: limit)
        readers = sort.map { found.source.rows.storage.reader(of: FieldAccessor(sorting: $0.field)) }
    }

    /// The values of a row by which it is sorted.
    func values(of row: UInt32) -> [FieldValue] {
        let location = source.rows.location(of: Int(row))
        return readers.map { $0(location) }
    }

    /// The key of the row at a position of the order.
    func key(_ position: Int) -> RowKey {
        let row = Int(rows[position])
        return RowKey(uid: source.rows.uid(row), version: source.rows.version(row))
    }
}

/// The key of a row, unique in its kind of record.
struct RowKey {
    var uid: String
    var version: Int?
}

extension ByteComparison {
    fileprivate init(_ left: RowKey, _ right: RowKey) {
        self.init(left.uid, right.uid)
        if self == .same { self.init(left.version, right.version) }
    }
}

extension [Query.SortKey] {
    /// True if the row with the left values comes first; nil if all values are equal.
    ///
    /// Nulls are last in either direction.
    fileprivate func precedes(_ left: [FieldValue], _ right: [FieldValue]) -> Bool? {
        for (index, key) in enumerated() {
            switch order(left[index], right[index]) {
            case .same: continue
            case .nullSecond: return true
            case .nullFirst: return false
            case .ascending: return !key.descending
            case .descending: return key.descending
            }
        }
        return nil
    }
}
