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
        package let deployment: ModelDeployment
        /// Where the record's JSON stands, without its closing brace.
        fileprivate let json: Range<Int>
        fileprivate let history: Range<Int>?
        fileprivate let native: Range<Int>?
    }

    /// Settles versions and encodes every row; of rows with one uid and version the first stays.
    package init(source: SourceDescription, listed: [ListedDeployment]) {
        self.source = source
        var json = JSONWriter(reservingCapacity: listed.count * 1400)
        var rows: [Row] = []
        rows.reserveCapacity(listed.count)
        var current: [String: Int] = Dictionary(minimumCapacity: listed.count)
        for item in settled(listed) {
            if item.deployment.latest { current[item.deployment.uid] = rows.count }
            rows.append(Self.encode(item, to: &json))
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
        self === other || (source == other.source && bytes == other.bytes)
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
            if let range = row.history { json.encoded(bytes[range]) } else { json.array { _ in } }
        }
        if including.contains(.native) {
            json.key("native")
            if let range = row.native { json.encoded(bytes[range]) } else { json.null() }
        }
    }

    private static func encode(_ item: ListedDeployment, to json: inout JSONWriter) -> Row {
        let start = json.bytes.count
        json.begin()
        DeploymentForm.whole.write(item.deployment, to: &json)
        let end = json.bytes.count - 1
        let history = item.history.map { append($0, to: &json) }
        let native = item.native.map { append($0, to: &json) }
        return Row(deployment: item.deployment, json: start..<end, history: history, native: native)
    }

    private static func append(_ value: [UInt8], to json: inout JSONWriter) -> Range<Int> {
        let start = json.bytes.count
        json.begin()
        json.encoded(value)
        return start..<json.bytes.count
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
        if end - start > 1 {
            let created = rows[start..<end].compactMap(\.deployment.createdAt).min()
            for index in start..<end {
                rows[index].deployment.createdAt = created
                rows[index].deployment.latest = index == end - 1
            }
        } else {
            rows[start].deployment.latest = true
        }
        start = end
    }
    return rows
}

private func inOrder(_ left: ModelDeployment, _ right: ModelDeployment) -> Bool {
    left.uid == right.uid
        ? (left.version ?? .min) < (right.version ?? .min)
        : left.uid.utf8.lexicographicallyPrecedes(right.uid.utf8)
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
