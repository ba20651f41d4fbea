import Synchronization

/// Numbers for requests: unique within a process, and most likely different from those of other processes.
///
/// They identify log lines and protect nothing, so they need no system call for a random number each.
package final class RequestIDs: Sendable {
    private let state = Atomic<UInt64>(.random(in: .min ... .max))

    /// A generator whose numbers begin anywhere.
    package init() {}

    /// The next number: a permutation of a counter with a random start (SplitMix64), so none repeats within 2^64 calls.
    func next() -> UInt64 {
        var mixed = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
