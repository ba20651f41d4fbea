package import Wire

/// Where a row stands in a ``Snapshot``.
package struct RowID: Sendable, Hashable {
    /// An index into ``Snapshot/lists``.
    package var list: Int32
    /// An index into that list's rows.
    package var row: Int32
}

/// The rows of every source at one moment: immutable, published whole.
package struct Snapshot: Sendable {
    /// Changes only when a row did.
    package let id: String
    package let publishedAt: Timestamp
    /// In the configuration's order, those sources that have a list.
    package let lists: [SourceRows]
    /// Every row, all versions, in the default order `-created_at`, then uid, then version.
    package let defaultOrder: [RowID]

    package init(id: String, publishedAt: Timestamp, lists: [SourceRows]) {
        self.id = id
        self.publishedAt = publishedAt
        self.lists = lists
        defaultOrder = Self.order(of: lists)
    }

    package func deployment(_ id: RowID) -> ModelDeployment {
        lists[Int(id.list)].rows[Int(id.row)].deployment
    }

    /// The latest version of a uid; nil where no list has it.
    package func row(ofUID uid: String) -> RowID? {
        for (index, list) in lists.enumerated() {
            if let row = list.latestRow(ofUID: uid) { return RowID(list: Int32(index), row: Int32(row)) }
        }
        return nil
    }

    /// Each list's own order, merged.
    private static func order(of lists: [SourceRows]) -> [RowID] {
        var orders = lists.enumerated().map { index, list in
            list.newestFirst.map { RowID(list: Int32(index), row: $0) }
        }
        // Pairs of neighbours, so that each row is moved as often as the lists can be halved.
        while orders.count > 1 {
            orders = stride(from: 0, to: orders.count, by: 2).map { index in
                index + 1 < orders.count ? merged(orders[index], orders[index + 1], of: lists) : orders[index]
            }
        }
        return orders.first ?? []
    }

    private static func merged(_ left: [RowID], _ right: [RowID], of lists: [SourceRows]) -> [RowID] {
        var merged: [RowID] = []
        merged.reserveCapacity(left.count + right.count)
        var (a, b) = (0, 0)
        while a < left.count, b < right.count {
            let isLeft = isBefore(left[a], right[b], in: lists)
            merged.append(isLeft ? left[a] : right[b])
            if isLeft { a += 1 } else { b += 1 }
        }
        return merged + left[a...] + right[b...]
    }

    private static func isBefore(_ left: RowID, _ right: RowID, in lists: [SourceRows]) -> Bool {
        let (a, b) = (lists[Int(left.list)].rows, lists[Int(right.list)].rows)
        let ranks = (
            a[Int(left.row)].deployment.newestFirstRank, b[Int(right.row)].deployment.newestFirstRank
        )
        if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
        return KeyOrder(a[Int(left.row)].deployment, b[Int(right.row)].deployment) == .before
    }
}

/// What readers see: the rows, and beside them how every source stands.
package struct Published: Sendable {
    package var snapshot: Snapshot
    /// Every enabled source, in the configuration's order.
    package var sources: [SourceStatus]

    package init(snapshot: Snapshot, sources: [SourceStatus]) {
        self.snapshot = snapshot
        self.sources = sources
    }
}
