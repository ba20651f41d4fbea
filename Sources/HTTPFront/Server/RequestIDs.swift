import Synchronization

/// Numbers for requests, no two the same in one process, and not those of another one.
///
/// Asking the system for a random number each time is a call into the kernel; they name log lines, and guard nothing.
final class RequestIDs: Sendable {
    private let state = Atomic<UInt64>(.random(in: .min ... .max))

    /// A permutation of a counter that begins anywhere (SplitMix64): each number comes once in 2^64.
    func next() -> UInt64 {
        var mixed = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
