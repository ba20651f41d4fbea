package import Deployments
import Synchronization
package import Wire

/// A hash of each row's JSON, made when first needed: rows never change, so neither do these.
///
/// They stand for the rows where an answer's tag covers so many that hashing their bytes every time would take longer
/// than sending the answer.
final class RowFingerprints: Sendable {
    private let made = Mutex<[Set<Include>: OnceValue<[UInt64]>]>([:])

    /// The numbers for rows with these members; `make` is called at most once a caller, and never under a lock.
    func values(including: Set<Include>, make: () -> [UInt64]) -> [UInt64] {
        let once = made.withLock { made in
            if let once = made[including] { return once }
            let once = OnceValue<[UInt64]>()
            made[including] = once
            return once
        }
        return once.value(make)
    }
}

extension Fingerprint {
    /// Adds all that answers show of these rows, in their order.
    ///
    /// The first time after a source has changed takes as long as hashing the bytes of its rows; then it is a step a row.
    package mutating func add(_ rows: [RowID], of snapshot: Snapshot, including: Set<Include>) {
        add(rows.count)
        let shown = Set(rows.map(\.list))
        let fingerprints = snapshot.lists.enumerated().map { index, list in
            shown.contains(Int32(index)) ? list.fingerprints(including: including) : []
        }
        for id in rows { add(fingerprints[Int(id.list)][Int(id.row)]) }
    }
}
