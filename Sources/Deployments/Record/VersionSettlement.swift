import Wire

/// Per-row facts that need the whole list: which version is the latest, and when the deployment was created.
///
/// The latest is the highest version (a row without one is the lowest); every version's `created_at` becomes that of
/// the earliest, with the mark of how its platform said it.
package struct VersionSettlement: ListSettlement {
    /// How many rows are the latest version of their deployment.
    package private(set) var currentCount = 0
    private var created: [Timestamp?]
    private var isLatest: [Bool]
    /// Rows whose `created_at` is another version's, and so is the mark of how its platform said it.
    private var marks: [Int: Bool] = [:]

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

    /// A piece of the list with these facts filled in.
    package func settle(_ piece: ArraySlice<ModelDeployment>) -> [ModelDeployment] {
        var settled = Array(piece)
        for row in piece.indices {
            let index = row - piece.startIndex
            settled[index].createdAt = created[row]
            settled[index].latest = isLatest[row]
            if !marks.isEmpty, let isInferred = marks[row] {
                settled[index].mark("created_at", inferred: isInferred)
            }
        }
        return settled
    }
}

extension VersionSettlement {
    /// A short list in the order of its keys with these facts filled in; of rows with one key the first stays.
    package static func settled(_ rows: [ModelDeployment]) -> [ModelDeployment] {
        let sorted = rows.indices.sorted { left, right in
            let order = ByteComparison(rows[left], rows[right])
            return order == .same ? left < right : order == .before
        }
        let order = sorted.enumerated()
            .filter { $0 == 0 || ByteComparison(rows[sorted[$0 - 1]], rows[$1]) != .same }.map(\.element)
        let beginsUID = order.indices.map { $0 == 0 || rows[order[$0 - 1]].uid != rows[order[$0]].uid }
        let settled = Self(of: rows, order: order, beginsUID: beginsUID).settle(rows[...])
        return order.map { settled[$0] }
    }
}
