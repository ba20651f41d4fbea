import Synchronization

/// A value that is made once, by whoever first needs it.
///
/// It is made outside any lock, so nobody holds a thread while another makes it: callers that come meanwhile make it
/// too, at most one for each thread of the pool, and the first that is stored is everybody's.
package final class OnceValue<Value: Sendable>: Sendable {
    private let storage: Mutex<Value?>

    package init() { storage = Mutex(nil) }

    /// Holds a value that is made already.
    package init(_ value: Value) { storage = Mutex(value) }

    /// nil until the first caller has made it.
    package var stored: Value? { storage.withLock { $0 } }

    /// The value; `make` may be called, and what it makes dropped for another's.
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
