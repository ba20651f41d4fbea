package import Deployments
import Synchronization
package import Wire

/// A hash of each row's JSON, made when first needed; it never changes, since rows do not.
///
/// An answer's tag is made from these hashes. Hashing the bytes of all its rows every time could take longer
/// than sending the answer.
final class RowFingerprints: Sendable {
    private let stored = Mutex<[Set<Include>: OnceValue<[UInt64]>]>([:])

    /// The hashes of rows with these members.
    ///
    /// `make` is called at most once per caller, and never under a lock.
    func values(including: Set<Include>, make: () -> [UInt64]) -> [UInt64] {
        let once = stored.withLock { stored in
            if let once = stored[including] { return once }
            let once = OnceValue<[UInt64]>()
            stored[including] = once
            return once
        }
        return once.value(make)
    }
}

extension Fingerprint {
    /// Adds everything that answers show of these rows, in their order.
    ///
    /// The first call after a source has changed hashes the bytes of all its rows; later calls take one step
    /// per row.
    package mutating func add(_ rows: [RowID], of snapshot: Snapshot, including: Set<Include>) {
        add(rows.count)
        let shown = Set(rows.map(\.list))
        let fingerprints = snapshot.lists.enumerated().map { index, list in
            shown.contains(Int32(index)) ? list.fingerprints(including: including) : []
        }
        for id in rows { add(fingerprints[Int(id.list)][Int(id.row)]) }
    }
}
