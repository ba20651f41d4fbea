/// Objects that live as long as this list, passed on without counting references to them.
///
/// Several pages are read concurrently with the same readers, some two dozen for each record. If each use
/// counted a reference, the cores would wait for one another's caches longer than they read.
struct PinnedObjects<Object: AnyObject & Sendable>: @unchecked Sendable {
    // Safe to share: immutable, and the objects are Sendable.
    private let objects: [Object]
    private let unmanaged: [Unmanaged<Object>]

    init(_ objects: [Object]) {
        self.objects = objects
        unmanaged = objects.map { .passUnretained($0) }
    }

    var isEmpty: Bool { objects.isEmpty }

    /// Calls `body` with each object in order; `body` must not retain it.
    func forEach(_ body: (borrowing Object) -> Void) {
        // `objects` retains them, and lives until the last call has returned.
        for index in unmanaged.indices { unmanaged[index]._withUnsafeGuaranteedRef { body($0) } }
        extendLifetime(objects)
    }

    /// Calls `body` with each object in order until it returns false; `body` must not retain the object.
    func allSatisfy(_ body: (borrowing Object) -> Bool) -> Bool {
        defer { extendLifetime(objects) }
        for index in unmanaged.indices where !unmanaged[index]._withUnsafeGuaranteedRef({ body($0) }) {
            return false
        }
        return true
    }
}
