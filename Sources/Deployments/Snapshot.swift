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

    private static func order(of lists: [SourceRows]) -> [RowID] {
        var keyed: [(created: Int64, id: RowID)] = []
        keyed.reserveCapacity(lists.reduce(0) { $0 + $1.rows.count })
        for (index, list) in lists.enumerated() {
            // By index, here and wherever only a time is read: a row taken out of its array is retained.
            for row in list.rows.indices {
                // Complemented (no value overflows) so that newest comes first; the sentinel puts nulls last.
                let created = list.rows[row].deployment.createdAt.map { ~$0.microseconds } ?? .max
                keyed.append((created, RowID(list: Int32(index), row: Int32(row))))
            }
        }
        keyed.sort { left, right in
            if left.created != right.created { return left.created < right.created }
            // A list's rows are in the order of their keys, so ties, which all versions are, touch no record.
            if left.id.list == right.id.list { return left.id.row < right.id.row }
            return KeyOrder(
                lists[Int(left.id.list)].rows[Int(left.id.row)].deployment,
                lists[Int(right.id.list)].rows[Int(right.id.row)].deployment) == .before
        }
        return keyed.map(\.id)
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
