package import Deployments
package import Wire

/// The position of a row in a ``Snapshot``.
package struct RowID: Sendable, Hashable {
    /// An index into ``Snapshot/lists``.
    package var list: Int32
    /// An index into that list's rows.
    package var row: Int32

    /// The row of a list, by indices.
    package init(list: Int32, row: Int32) {
        self.list = list
        self.row = row
    }
}

/// The rows of every source at one moment.
///
/// It is immutable and published as one value.
package struct Snapshot: Sendable {
    /// An identifier that changes only if a list, or the order of the lists, has changed.
    package let id: String
    /// The time at which the snapshot was published.
    package let publishedAt: Timestamp
    /// The lists of the sources that have one, in the configuration's order.
    package let lists: [SourceRows]

    /// A snapshot of some lists.
    package init(id: String, publishedAt: Timestamp, lists: [SourceRows]) {
        self.id = id
        self.publishedAt = publishedAt
        self.lists = lists
    }

    /// The number of rows of all lists, all versions included.
    package var count: Int { lists.reduce(0) { $0 + $1.rows.count } }

    /// Every row, all versions included, in the kind's default order; computed at every call.
    package var defaultOrder: [RowID] {
        var all = Query()
        all.allVersions = true
        return allRows(matching: all)
    }

    /// One version of a uid, or if `version` is nil the latest one; nil if no list has it.
    package func row(ofUID uid: String, version: Int? = nil) -> RowID? {
        for (index, list) in lists.enumerated() {
            let row =
                if let version {
                    list.row(ofUID: uid, version: version)
                } else {
                    list.currentRow(ofUID: uid)
                }
            if let row { return RowID(list: Int32(index), row: Int32(row)) }
        }
        return nil
    }

    /// The version of a row; nil if it has no number.
    package func version(of id: RowID) -> Int? { lists[Int(id.list)].rows.version(Int(id.row)) }
}

/// The value that readers see: the rows, and the status of every source.
package struct Published: Sendable {
    /// A number that differs for every publication of one publisher; 0 if publications are not counted.
    package var number = 0
    /// The rows.
    package var snapshot: Snapshot
    /// Every enabled source, in the configuration's order.
    package var sources: [SourceStatus]
    /// The model providers.
    package var providers: PublishedList

    /// A value with the number 0 and, unless they are given, without providers.
    package init(snapshot: Snapshot, sources: [SourceStatus], providers: PublishedList? = nil) {
        self.snapshot = snapshot
        self.sources = sources
        self.providers =
            providers
            ?? PublishedList(
                snapshot: Snapshot(id: "", publishedAt: snapshot.publishedAt, lists: []), sources: [])
    }
}

/// The rows of a further kind of record, and the states of the sources that have the kind.
package struct PublishedList: Sendable {
    /// The rows.
    package var snapshot: Snapshot
    /// The sources that have the kind, in the configuration's order; their counts, times, partitions and errors
    /// are those of this kind's lists.
    package var sources: [SourceStatus]

    package init(snapshot: Snapshot, sources: [SourceStatus]) {
        self.snapshot = snapshot
        self.sources = sources
    }
}
