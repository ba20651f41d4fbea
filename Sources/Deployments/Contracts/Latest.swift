package import Synchronization

/// Holds the newest whole value of something; a reader sees the old one or the new one.
package final class Latest<Value: Sendable>: Sendable {
    @usableFromInline let current: Mutex<Value>

    package init(_ value: Value) { current = Mutex(value) }

    @inlinable package var value: Value { current.withLock { $0 } }

    package func replace(with value: Value) { current.withLock { $0 = value } }
}
