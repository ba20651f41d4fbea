/// Puts the rows of several lists, each in order already, in one order: by their values, since codes mean
/// something within a list only.
struct ListMerge {
    private let sort: [Query.SortKey]
    private var cursors: [ListCursor] = []
    /// Those that have rows left, the one with the next row last.
    private var queue: [Int] = []

    init(_ lists: [(found: FoundRows, rows: [UInt32])], by sort: [Query.SortKey]) {
        self.sort = sort
        let turns = Self.turns(of: lists.map(\.found.source))
        cursors = lists.enumerated().map { place, list in
            ListCursor(list.found, list.rows, turn: turns?[place], by: sort)
        }
        for place in cursors.indices { enqueue(place) }
    }

    /// Whose rows come first where the sort does not tell, list by list; nil where rows must be compared for that.
    ///
    /// Uids begin with their source's name, so either all of one list's come before another's, or none.
    private static func turns(of lists: [SourceRows]) -> [Int]? {
        func uid(_ list: Int, _ row: Int) -> String { lists[list].rows[row].deployment.uid }
        let order = lists.indices.sorted { KeyOrder(uid($0, 0), uid($1, 0)) == .before }
        for (before, after) in zip(order, order.dropFirst()) {
            let last = uid(before, lists[before].rows.count - 1)
            if KeyOrder(last, uid(after, 0)) != .before { return nil }
        }
        var turns = [Int](repeating: 0, count: lists.count)
        for (turn, list) in order.enumerated() { turns[list] = turn }
        return turns
    }

    /// The rows in those places of the order; called once.
    mutating func rows(_ wanted: Range<Int>) -> [RowID] {
        var merged: [RowID] = []
        merged.reserveCapacity(wanted.count)
        var passed = 0
        while passed < wanted.upperBound, let next = queue.popLast() {
            let run = cursors[next].takeRun()
            for row in run.dropFirst(max(0, wanted.lowerBound - passed)).prefix(wanted.count - merged.count) {
                merged.append(RowID(list: cursors[next].list, row: Int32(bitPattern: row)))
            }
            passed += run.count
            if cursors[next].advance(by: sort) { enqueue(next) }
        }
        return merged
    }

    private mutating func enqueue(_ cursor: Int) {
        var (low, high) = (0, queue.count)
        while low < high {
            let middle = (low + high) / 2
            let isEarlier = cursors[cursor].precedes(cursors[queue[middle]], by: sort)
            (low, high) = isEarlier ? (middle + 1, high) : (low, middle)
        }
        queue.insert(cursor, at: low)
    }
}

/// How far the rows of one list are taken; an object, since it is compared far more often than it is made.
private final class ListCursor {
    /// The list's place in the snapshot.
    let list: Int32
    private let source: SourceRows
    private let rows: [UInt32]
    /// What tells the rows apart, key by key.
    private let codes: [[UInt32]]
    /// See ``ListMerge``'s turns.
    private let turn: Int?
    private var place = 0
    /// The values of the row at ``place``.
    private var values: [FieldValue]

    init(_ found: FoundRows, _ rows: [UInt32], turn: Int?, by sort: [Query.SortKey]) {
        list = found.list
        source = found.source
        self.rows = rows
        codes = RowOrder(found.source, by: sort).codes(of: rows)
        self.turn = turn
        values = sort.map { _ in .null }
        _ = advance(by: sort)
    }

    private var deployment: ModelDeployment { source.rows[Int(rows[place])].deployment }

    /// The next row, and those after it that are alike to the sort, where all of them have their turn at once.
    func takeRun() -> ArraySlice<UInt32> {
        let start = place
        place += 1
        while turn != nil, place < rows.count, codes.allSatisfy({ $0[place] == $0[start] }) { place += 1 }
        return rows[start..<place]
    }

    /// Looks at the next row's values; false where there is none.
    func advance(by sort: [Query.SortKey]) -> Bool {
        guard place < rows.count else { return false }
        let deployment = deployment
        for (index, key) in sort.enumerated() { values[index] = key.value(of: deployment) }
        return true
    }

    func precedes(_ other: ListCursor, by sort: [Query.SortKey]) -> Bool {
        if let isFirst = sort.precedes(values, other.values) { return isFirst }
        if let turn, let others = other.turn { return turn < others }
        let order = KeyOrder(deployment, other.deployment)
        return order == .same ? list < other.list : order == .before
    }
}
