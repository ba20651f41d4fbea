package import Synchronization

/// Holds the newest value of something; a reader sees the old one or the new one, never a mix.
package final class Latest<Value: Sendable>: Sendable {
    @usableFromInline let current: Mutex<Value>

    package init(_ value: Value) { current = Mutex(value) }

    /// The newest value.
    @inlinable package var value: Value { current.withLock { $0 } }

    /// Makes this the newest value.
    package func replace(with value: Value) { current.withLock { $0 = value } }
}
