package import Deployments
package import Wire

/// The position of a row in a ``Snapshot``.
package struct RowID: Sendable, Hashable {
    /// An index into ``Snapshot/lists``.
    package var list: Int32
    /// An index into that list's rows.
    package var row: Int32

    package init(list: Int32, row: Int32) {
        self.list = list
        self.row = row
    }
}

/// The rows of every source at one moment: immutable, published whole.
package struct Snapshot: Sendable {
    /// Changes only when a row did.
    package let id: String
    package let publishedAt: Timestamp
    /// In the configuration's order, those sources that have a list.
    package let lists: [SourceRows]

    package init(id: String, publishedAt: Timestamp, lists: [SourceRows]) {
        self.id = id
        self.publishedAt = publishedAt
        self.lists = lists
    }

    /// The number of rows of all lists, all versions.
    package var count: Int { lists.reduce(0) { $0 + $1.rows.count } }

    /// Every row, all versions, in the default order of its kind; made at every call.
    package var defaultOrder: [RowID] {
        var all = Query()
        all.allVersions = true
        return allRows(matching: all)
    }

    /// The latest version of a uid; nil where no list has it.
    package func row(ofUID uid: String) -> RowID? {
        for (index, list) in lists.enumerated() {
            if let row = list.currentRow(ofUID: uid) { return RowID(list: Int32(index), row: Int32(row)) }
        }
        return nil
    }
}

/// The value that readers see: the rows, and beside them the status of every source.
package struct Published: Sendable {
    /// Another one for every publication of one publisher; 0 where nobody counts.
    package var number = 0
    package var snapshot: Snapshot
    /// Every enabled source, in the configuration's order.
    package var sources: [SourceStatus]

    package init(snapshot: Snapshot, sources: [SourceStatus]) {
        self.snapshot = snapshot
        self.sources = sources
    }
}
