import Synchronization

/// A value that is made when it is first needed.
///
/// It is made outside any lock, so no caller blocks a thread while another makes it. Callers that come at the
/// same time make it too, at most one for each thread of the pool. The first value stored is the one that all
/// callers get.
package final class OnceValue<Value: Sendable>: Sendable {
    private let storage: Mutex<Value?>

    /// No value yet.
    package init() { storage = Mutex(nil) }

    /// A value that is made already.
    package init(_ value: Value) { storage = Mutex(value) }

    /// The value; nil until a caller has made it.
    package var stored: Value? { storage.withLock { $0 } }

    /// The value.
    ///
    /// `make` may be called, and its result dropped in favor of another caller's.
    package func value(_ make: () -> Value) -> Value {
        if let value = stored { return value }
        let made = make()
        return storage.withLock { stored in
            if let first = stored { return first }
            stored = made
            return made
        }
    }
}
