package import Wire

/// The rows of one source, encoded once: immutable, and shared by every snapshot until the source changes.
package final class SourceRows: Sendable {
    package let source: SourceDescription
    /// All versions, by uid and then version, no pair twice; ``ModelDeployment/latest`` is settled.
    package let rows: [Row]
    /// How many rows are the latest version of their deployment.
    package let currentCount: Int
    private let bytes: [UInt8]
    /// The row of the latest version of each uid.
    private let current: [String: Int]

    package struct Row: Sendable {
        fileprivate let listed: ListedDeployment
        /// Where the record's JSON stands, without its closing brace.
        fileprivate let json: Range<Int>

        package var deployment: ModelDeployment { _read { yield listed.deployment } }
    }

    /// Settles versions and encodes every row; of rows with one uid and version the first stays.
    package convenience init(source: SourceDescription, listed: [ListedDeployment]) {
        self.init(source: source, settled: settled(listed))
    }

    /// The rows of a new list; the old object itself where they are the same, so that nothing is encoded again.
    package static func updating(
        _ old: SourceRows?, source: SourceDescription, listed: [ListedDeployment]
    ) -> SourceRows {
        let settled = settled(listed)
        if let old, old.source == source, old.rows.count == settled.count,
            zip(old.rows, settled).allSatisfy({ $0.listed == $1 })
        {
            return old
        }
        return SourceRows(source: source, settled: settled)
    }

    private init(source: SourceDescription, settled: [ListedDeployment]) {
        self.source = source
        var json = JSONWriter(reservingCapacity: settled.count * 1200)
        var rows: [Row] = []
        rows.reserveCapacity(settled.count)
        var current: [String: Int] = Dictionary(minimumCapacity: settled.count)
        for item in settled {
            if item.deployment.latest { current[item.deployment.uid] = rows.count }
            let start = json.bytes.count
            json.begin()
            DeploymentForm.whole.write(item.deployment, to: &json)
            rows.append(Row(listed: item, json: start..<(json.bytes.count - 1)))
        }
        self.rows = rows
        self.current = current
        currentCount = current.count
        bytes = json.bytes
    }

    /// The row of a uid's latest version; nil where there is none.
    package func latestRow(ofUID uid: String) -> Int? { current[uid] }

    /// Whether both hold the same rows, history and native records included.
    package func hasSameRows(as other: SourceRows) -> Bool {
        self === other
            || (source == other.source && rows.count == other.rows.count
                && zip(rows, other.rows).allSatisfy { $0.listed == $1.listed })
    }

    /// Appends a record's JSON, as it was encoded; with `including`, those members before its closing brace.
    package func write(row index: Int, including: Set<Include>, to json: inout JSONWriter) {
        let row = rows[index]
        json.encoded(bytes[row.json])
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
            if let history = row.listed.history { json.encoded(history) } else { json.array { _ in } }
        }
        if including.contains(.native) {
            json.key("native")
            if let native = row.listed.native { json.encoded(native) } else { json.null() }
        }
    }

}

/// What a client may add to records with `include=`.
package enum Include: String, VocabularyWord {
    case history, native
}

/// Rows by uid and version, each pair once, with what only the versions together can tell.
///
/// The latest is the highest version (a row without one is the lowest); every version's `created_at` becomes
/// that of the earliest.
private func settled(_ listed: [ListedDeployment]) -> [ListedDeployment] {
    var seen = Set<VersionKey>(minimumCapacity: listed.count)
    var rows = listed.filter { seen.insert(VersionKey($0.deployment)).inserted }
    if !rows.indices.dropFirst().allSatisfy({ inOrder(rows[$0 - 1].deployment, rows[$0].deployment) }) {
        rows.sort { inOrder($0.deployment, $1.deployment) }
    }
    var start = 0
    while start < rows.count {
        let uid = rows[start].deployment.uid
        var end = start + 1
        while end < rows.count, rows[end].deployment.uid == uid { end += 1 }
        let created =
            end - start == 1
            ? rows[start].deployment.createdAt : rows[start..<end].compactMap(\.deployment.createdAt).min()
        for index in start..<end {
            rows[index].settle(createdAt: created, latest: index == end - 1)
        }
        start = end
    }
    return rows
}

extension ListedDeployment {
    /// Sets what the versions together tell; a record that says so already is not copied.
    fileprivate mutating func settle(createdAt: Timestamp?, latest: Bool) {
        if deployment.latest != latest || deployment.createdAt != createdAt {
            var changed = deployment
            changed.createdAt = createdAt
            changed.latest = latest
            deployment = changed
        }
    }
}

/// By uid, which is ASCII, so that Swift's order is the order of bytes; then by version.
func inOrder(_ left: borrowing ModelDeployment, _ right: borrowing ModelDeployment) -> Bool {
    left.uid == right.uid ? (left.version ?? .min) < (right.version ?? .min) : left.uid < right.uid
}

/// What makes a row a row: the place and the version.
package struct VersionKey: Hashable, Sendable {
    package var uid: String
    package var version: Int?

    package init(_ deployment: ModelDeployment) {
        uid = deployment.uid
        version = deployment.version
    }
}
