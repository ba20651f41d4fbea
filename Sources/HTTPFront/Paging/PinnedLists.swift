import Snapshots

/// The lists that cursors keep in memory; a list that several cursors share is counted once.
struct PinnedLists: Sendable {
    private var holders: [ObjectIdentifier: Int] = [:]
    private var bytes = 0

    mutating func pin(_ snapshot: Snapshot) {
        for list in snapshot.lists {
            let before = holders[ObjectIdentifier(list), default: 0]
            if before == 0 { bytes += list.byteCount }
            holders[ObjectIdentifier(list)] = before + 1
        }
    }

    /// Reverts one ``pin(_:)`` of the same snapshot.
    mutating func unpin(_ snapshot: Snapshot) {
        for list in snapshot.lists {
            guard let before = holders[ObjectIdentifier(list)] else { continue }
            holders[ObjectIdentifier(list)] = before == 1 ? nil : before - 1
            if before == 1 { bytes -= list.byteCount }
        }
    }

    /// The estimated size of the lists in bytes, without those that are published anyway.
    func bytes(beyond published: [Snapshot]) -> Int {
        let shared = published.flatMap(\.lists).filter { holders[ObjectIdentifier($0)] != nil }
        return bytes - shared.reduce(0) { $0 + $1.byteCount }
    }
}
