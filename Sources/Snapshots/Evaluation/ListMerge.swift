import Deployments
import Wire

/// The rows of several lists, each in order already, in one order: by their values, since codes mean something within
/// a list only.
struct ListMerge {
    private let lists: [OrderedRows]
    private let sort: [Query.SortKey]
    /// Which list's rows come first where the sort does not tell, list by list; nil where rows must be compared for
    /// that.
    private let turns: [Int]?

    init(_ lists: [OrderedRows], by sort: [Query.SortKey]) {
        self.lists = lists
        self.sort = sort
        turns = Self.turns(of: lists.map(\.source))
    }

    /// Uids begin with their source's name, so either all of one list's come before another's, or none.
    private static func turns(of lists: [SourceRows]) -> [Int]? {
        func uid(_ list: Int, _ row: Int) -> String { lists[list].rows[row].uid }
        let order = lists.indices.sorted { ByteComparison(uid($0, 0), uid($1, 0)) == .before }
        for (before, after) in zip(order, order.dropFirst()) {
            let last = uid(before, lists[before].rows.count - 1)
            if ByteComparison(last, uid(after, 0)) != .before { return nil }
        }
        var turns = [Int](repeating: 0, count: lists.count)
        for (turn, list) in order.enumerated() { turns[list] = turn }
        return turns
    }

    /// The rows in those places of the order: of the rows before them only a few are looked at.
    func rows(_ wanted: Range<Int>) -> [RowID] {
        var places = split(at: wanted.lowerBound)
        var heads = lists.indices.map { head(of: $0, at: places[$0]) }
        // Those that have rows left, the one with the next row last.
        var queue: [Int] = []
        func enqueue(_ list: Int) {
            guard let head = heads[list] else { return }
            let place = queue.indices.firstPlace { heads[queue[$0]].map { precedes($0, head) } ?? true }
            queue.insert(list, at: place)
        }
        for list in lists.indices { enqueue(list) }
        var merged: [RowID] = []
        merged.reserveCapacity(wanted.count)
        while merged.count < wanted.count, let next = queue.popLast() {
            let run = run(of: next, from: places[next])
            for row in run.prefix(wanted.count - merged.count) {
                merged.append(RowID(list: lists[next].list, row: Int32(bitPattern: row)))
            }
            places[next] = run.endIndex
            heads[next] = head(of: next, at: run.endIndex)
            enqueue(next)
        }
        return merged
    }

    /// Of each list, how many rows stand before a place of the order.
    private func split(at place: Int) -> [Int] {
        // Of each list, those before `low` stand before the place, and those from `high` on do not.
        var low = lists.map { _ in 0 }
        var high = lists.map { min($0.rows.count, place) }
        func open(_ list: Int) -> Int { high[list] - low[list] }
        while low.reduce(0, +) < place, let widest = lists.indices.max(by: { open($0) < open($1) }),
            let pivot = head(of: widest, at: low[widest] + open(widest) / 2)
        {
            let before = lists.indices.map { list in
                list == widest
                    ? pivot.place
                    : (low[list]..<high[list]).firstPlace { place in
                        head(of: list, at: place).map { precedes(pivot, $0) } ?? true
                    }
            }
            if before.reduce(0, +) < place {
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
        var place: Int
        var values: [FieldValue]
    }

    /// nil past the list's end.
    private func head(of list: Int, at place: Int) -> Head? {
        let rows = lists[list].rows
        guard place < rows.count else { return nil }
        let row = Int(rows[place])
        return Head(
            list: list, place: place,
            values: sort.map { $0.value(of: lists[list].source.rows[row]) })
    }

    private func precedes(_ left: Head, _ right: Head) -> Bool {
        if let isFirst = sort.precedes(left.values, right.values) { return isFirst }
        if let turns { return turns[left.list] < turns[right.list] }
        let order = ByteComparison(lists[left.list][left.place], lists[right.list][right.place])
        return order == .same ? lists[left.list].list < lists[right.list].list : order == .before
    }

    /// A list's row, and those after it that are alike to the sort, where all of them have their turn at once.
    private func run(of list: Int, from place: Int) -> ArraySlice<UInt32> {
        let rows = lists[list].rows
        var end = place + 1
        while turns != nil, end < rows.count, lists[list].order.isSame(rows[place], rows[end]) { end += 1 }
        return rows[place..<end]
    }
}

/// Rows of one list in a query's order.
struct OrderedRows {
    /// The list's place in its snapshot.
    let list: Int32
    let source: SourceRows
    let order: RowOrder
    let rows: [UInt32]

    /// The first `limit` of what was found.
    init(_ found: MatchSet, by sort: [Query.SortKey], limit: Int) {
        list = found.list
        source = found.source
        order = RowOrder(found.source, by: sort)
        rows = order.rows(of: found, limit: limit)
    }

    /// The record at a place of the order.
    subscript(place: Int) -> ModelDeployment {
        _read { yield source.rows[Int(rows[place])] }
    }
}
