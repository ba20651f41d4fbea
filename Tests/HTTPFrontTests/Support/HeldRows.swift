import Snapshots

/// Rows that a test watches without holding them.
final class HeldRows: Sendable {
    private weak let rows: SourceRows?

    init(_ rows: SourceRows) { self.rows = rows }

    /// False once nobody holds them, and their memory is free.
    var areHeld: Bool { rows != nil }
}
