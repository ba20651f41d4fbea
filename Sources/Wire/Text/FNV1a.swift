/// The 64-bit FNV-1a hash of a sequence of bytes: the same in every process, unlike Swift's own hashes.
///
/// Stored keys and page tokens depend on it, so its results never change. It does not protect against
/// deliberate collisions.
package struct FNV1a: Sendable {
    /// The hash of all bytes added so far.
    package internal(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    /// Makes the hash of no bytes.
    package init() {}

    /// Adds one byte.
    package mutating func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

    /// Adds a text's bytes.
    package mutating func add(utf8 text: String) {
        let bytes = text.utf8Span.span
        for index in bytes.indices { add(bytes[index]) }
    }

    /// Adds some bytes in order.
    package mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { add(byte) }
    }
}
