import Wire

/// Per-row facts that need the whole list: which version is the latest, and when the deployment was created.
///
/// The latest is the highest version; a row without a version is the lowest. The `created_at` of every
/// version becomes the earliest one, and is marked as inferred if that one is. If it could not be read on one
/// version, it is marked as unread on all of them, since that one may be the earliest.
package struct VersionSettlement: ListSettlement {
    /// The number of rows that are the latest version of their deployment.
    package private(set) var currentCount = 0
    private var created: [Timestamp?]
    private var isLatest: [Bool]
    /// The new mark of `created_at` as inferred, for rows where it changes with the time of another version.
    private var marks: [Int: Bool] = [:]
    /// The rows that have another version whose `created_at` could not be read.
    private var unread: Set<Int> = []

    /// Finds the latest version and the creation for each uid.
    package init(of rows: [ModelDeployment], order: [Int], beginsUID: [Bool]) {
        created = rows.indices.map { rows[$0].createdAt }
        isLatest = [Bool](repeating: false, count: rows.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, !beginsUID[end] { end += 1 }
            if end - start > 1 { settleCreation(of: order[start..<end], in: rows) }
            isLatest[order[end - 1]] = true
            currentCount += 1
            start = end
        }
    }

    private mutating func settleCreation(of versions: ArraySlice<Int>, in rows: [ModelDeployment]) {
        if versions.contains(where: { rows[$0].unread.contains("created_at") }) { unread.formUnion(versions) }
        let earliest = versions.filter { created[$0] != nil }
            .min { (created[$0]?.microseconds ?? 0) < (created[$1]?.microseconds ?? 0) }
        guard let earliest else { return }
        let time = created[earliest]
        let isInferred = rows[earliest].isInferred("created_at")
        for index in versions {
            created[index] = time
            if rows[index].isInferred("created_at") != isInferred { marks[index] = isInferred }
        }
    }

    /// A piece of the list with `latest` and `created_at` filled in.
    package func settle(_ piece: ArraySlice<ModelDeployment>) -> [ModelDeployment] {
        var settled = Array(piece)
        for row in piece.indices {
            let index = row - piece.startIndex
            settled[index].createdAt = created[row]
            settled[index].latest = isLatest[row]
            if !marks.isEmpty, let isInferred = marks[row] {
                settled[index].mark("created_at", inferred: isInferred)
            }
            if !unread.isEmpty, unread.contains(row) { settled[index].markUnread("created_at") }
        }
        return settled
    }
}
