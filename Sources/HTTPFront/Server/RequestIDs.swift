import Synchronization

/// Numbers for requests: unique within a process, and unlike those of another one.
///
/// They name log lines and guard nothing, so a call to the kernel for each random number is saved.
final class RequestIDs: Sendable {
    private let state = Atomic<UInt64>(.random(in: .min ... .max))

    /// The next number: a permutation of a counter with a random start (SplitMix64), so each comes once in 2^64.
    func next() -> UInt64 {
        var mixed = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
