import Synchronization
import Wire

/// Makes the ids of audit records, whose order is the order in which they were made.
final class AuditIDs: Sendable {
    private let last = Mutex<Int64>(0)

    /// A new id: 16 hexadecimal digits of the time in microseconds, which never repeat or run back within the process,
    /// and 16 random ones.
    func next(at now: Timestamp) -> String {
        let time = last.withLock { last in
            last = max(last + 1, now.microseconds)
            return last
        }
        return UInt64(clamping: time).hexadecimalDigits + UInt64.random(in: 0...(.max)).hexadecimalDigits
    }
}
