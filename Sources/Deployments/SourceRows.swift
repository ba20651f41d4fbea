package import Wire

/// The rows of one source, encoded once: immutable, and shared by every snapshot until the source changes.
package final class SourceRows: Sendable {
    package let source: SourceDescription
    /// All versions, by uid and then version, no pair twice; ``ModelDeployment/latest`` is settled.
    package let rows: [ListedDeployment]
    /// How many rows are the latest version of their deployment.
    package let currentCount: Int
    /// The rows' JSON, so many rows a piece, in the order in which the rows were listed.
    private let pieces: [EncodedRows]
    /// For each row, the place that it had in the list.
    private let places: [Int]

    /// Settles versions and encodes every row; of rows with one uid and version the first stays.
    package convenience init(source: SourceDescription, listed: [ListedDeployment]) {
        let list = SettledList(listed, keys: RowKeys(of: listed[...]))
        self.init(source: source, list, pieces: list.pieces.map { EncodedRows($0) })
    }

    /// The rows of a new list; the old object itself where they are the same, so that nothing is encoded again.
    ///
    /// Encodes on every core: it is most of the time between a list's last page and its answer.
    @concurrent
    package static func updating(
        _ old: SourceRows?, source: SourceDescription, listed: [ListedDeployment]
    ) async -> SourceRows {
        let list = SettledList(listed, keys: await RowKeys.sideBySide(of: listed))
        if let old, old.source == source, old.rows == list.rows { return old }
        let pieces = await withTaskGroup(of: (Int, EncodedRows).self) { group in
            for (index, piece) in list.pieces.enumerated() {
                group.addTask { (index, EncodedRows(piece)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
        }
        return SourceRows(source: source, list, pieces: pieces.map(\.1))
    }

    private init(source: SourceDescription, _ list: SettledList, pieces: [EncodedRows]) {
        self.source = source
        self.pieces = pieces
        rows = list.rows
        places = list.order
        currentCount = list.currentCount
    }

    /// The row of a uid's latest version; nil where there is none.
    package func latestRow(ofUID uid: String) -> Int? {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            let isAfter = KeyOrder(uid: rows[middle].deployment.uid, uid) == .after
            (low, high) = isAfter ? (low, middle) : (middle + 1, high)
        }
        // The last of its uid has the highest version.
        return low > 0 && rows[low - 1].deployment.uid == uid ? low - 1 : nil
    }

    /// How many of these rows' keys `newer` has not.
    package func count(missingFrom newer: SourceRows?) -> Int {
        guard let newer else { return rows.count }
        var (found, place) = (0, 0)
        for row in rows {
            while place < newer.rows.count,
                KeyOrder(newer.rows[place].deployment, row.deployment) == .before
            { place += 1 }
            if place < newer.rows.count, KeyOrder(newer.rows[place].deployment, row.deployment) == .same {
                found += 1
            }
        }
        return rows.count - found
    }

    /// Whether both hold the same rows, history and native records included.
    package func hasSameRows(as other: SourceRows) -> Bool {
        self === other || (source == other.source && rows == other.rows)
    }

    /// Appends a record's JSON, as it was encoded; with `including`, those members before its closing brace.
    package func write(row index: Int, including: Set<Include>, to json: inout JSONWriter) {
        let (piece, place) = places[index].quotientAndRemainder(dividingBy: EncodedRows.limit)
        json.encoded(pieces[piece][place])
        writeIncluded(including, row: index, to: &json)
        json.close("}")
    }

    /// Appends only the members that `including` adds to a record.
    ///
    /// `history` is `[]` where the platform keeps none, `native` is null where the adapter file allows nothing.
    package func writeIncluded(_ including: Set<Include>, row index: Int, to json: inout JSONWriter) {
        let row = rows[index]
        if including.contains(.history) {
            json.key("history")
            if let history = row.history { json.encoded(history) } else { json.array { _ in } }
        }
        if including.contains(.native) {
            json.key("native")
            if let native = row.native { json.encoded(native) } else { json.null() }
        }
    }
}

/// The JSON of some rows that follow one another.
private struct EncodedRows: Sendable {
    /// Rows a piece: few enough that cores share a list evenly, and that no piece is a large allocation.
    static let limit = 2048

    private let bytes: [UInt8]
    /// Where each row's object ends.
    private let ends: [Int]

    init(_ rows: ArraySlice<ListedDeployment>) {
        var json = JSONWriter(reservingCapacity: rows.count * 1400)
        var ends: [Int] = []
        ends.reserveCapacity(rows.count)
        for row in rows {
            json.begin()
            DeploymentForm.whole.write(row.deployment, to: &json)
            ends.append(json.bytes.count)
        }
        bytes = json.bytes
        self.ends = ends
    }

    /// One row's object, without its closing brace.
    subscript(index: Int) -> ArraySlice<UInt8> {
        bytes[(index == 0 ? 0 : ends[index - 1])..<(ends[index] - 1)]
    }
}

/// What a client may add to records with `include=`.
package enum Include: String, VocabularyWord {
    case history, native
}

/// A list with what only its rows together can tell.
///
/// Rows are read, settled and encoded in the order in which they were listed, which is about that of memory: in
/// the order of their keys, most of the time would go into waiting for it.
private struct SettledList {
    private var listed: [ListedDeployment]
    /// The places of the rows in the order of their keys, each key once.
    let order: [Int]
    let currentCount: Int

    /// The latest is the highest version (a row without one is the lowest); every version's `created_at` becomes
    /// that of the earliest, with the mark of how its platform said it.
    init(_ listed: [ListedDeployment], keys: RowKeys) {
        var created = listed.indices.map { listed[$0].deployment.createdAt }
        var marks: [(place: Int, isInferred: Bool)] = []
        var isLatest = [Bool](repeating: false, count: listed.count)
        order = keys.order
        var (start, current) = (0, 0)
        while start < order.count {
            var end = start + 1
            while end < order.count, keys.haveSameUID(order[start], order[end]) { end += 1 }
            if end - start > 1 {
                let versions = order[start..<end]
                let earliest = versions.filter { created[$0] != nil }
                    .min { (created[$0]?.microseconds ?? 0) < (created[$1]?.microseconds ?? 0) }
                if let earliest {
                    let time = created[earliest]
                    let isInferred = listed[earliest].deployment.isInferred("created_at")
                    for place in versions {
                        created[place] = time
                        if listed[place].deployment.isInferred("created_at") != isInferred {
                            marks.append((place, isInferred))
                        }
                    }
                }
            }
            isLatest[order[end - 1]] = true
            current += 1
            start = end
        }
        currentCount = current
        self.listed = listed
        for place in listed.indices {
            self.listed[place].deployment.createdAt = created[place]
            self.listed[place].deployment.latest = isLatest[place]
        }
        for (place, isInferred) in marks {
            self.listed[place].deployment.mark("created_at", inferred: isInferred)
        }
    }

    /// In the order of their keys.
    var rows: [ListedDeployment] { order.map { listed[$0] } }

    /// As they were listed, rows included that have the key of an earlier one.
    var pieces: [ArraySlice<ListedDeployment>] {
        stride(from: 0, to: listed.count, by: EncodedRows.limit).map {
            listed[$0..<min($0 + EncodedRows.limit, listed.count)]
        }
    }
}
