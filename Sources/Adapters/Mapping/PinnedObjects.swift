/// Objects that live as long as this list, handed out without counting references to them.
///
/// Several pages are read at once with the same readers, some two dozen for each record: if each use counted a
/// reference, cores would pass the memory of those counts to and fro, and wait for it longer than they read.
struct PinnedObjects<Object: AnyObject & Sendable>: @unchecked Sendable {
    // Safe to share: immutable, and the objects are themselves.
    private let objects: [Object]
    private let unmanaged: [Unmanaged<Object>]

    init(_ objects: [Object]) {
        self.objects = objects
        unmanaged = objects.map { .passUnretained($0) }
    }

    var isEmpty: Bool { objects.isEmpty }

    /// Calls `body` with each object in order; it must not keep it.
    func forEach(_ body: (borrowing Object) -> Void) {
        // `objects` holds them, and is held until the last call has returned.
        for index in unmanaged.indices { unmanaged[index]._withUnsafeGuaranteedRef { body($0) } }
        extendLifetime(objects)
    }

    /// Calls `body` with each object in order until one is refused; it must not keep it.
    func allSatisfy(_ body: (borrowing Object) -> Bool) -> Bool {
        defer { extendLifetime(objects) }
        for index in unmanaged.indices where !unmanaged[index]._withUnsafeGuaranteedRef({ body($0) }) {
            return false
        }
        return true
    }
}
