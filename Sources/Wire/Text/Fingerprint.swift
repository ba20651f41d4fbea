/// A 64-bit hash of a sequence of texts and numbers: the same in every process.
///
/// Texts and the ends of byte runs are hashed by FNV-1a, longer runs eight bytes at a time. It distinguishes
/// versions of one response; it does not protect against deliberate collisions.
package struct Fingerprint: Sendable {
    private var fnv = FNV1a()

    /// The hash of everything added so far.
    package var hash: UInt64 { fnv.hash }

    /// Makes the hash of nothing.
    package init() {}

    /// Adds a text with an end mark, so that different sequences of texts never have the same bytes.
    package mutating func add(_ text: String) {
        fnv.add(text.utf8)
        // No UTF-8 text has this byte.
        fnv.add(0xFF)
    }

    /// Adds a number, lowest byte first.
    package mutating func add(_ number: Int) {
        for shift in stride(from: 0, to: 64, by: 8) {
            fnv.add(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// Adds eight bytes in one step.
    package mutating func add(_ word: UInt64) {
        // Folded, so that high bits reach low ones too.
        let (high, low) = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        fnv.hash = high ^ low ^ word
    }

    /// Adds a run of bytes with its length, eight bytes at a time, since a page of rows has a hundred
    /// thousand.
    package mutating func add(_ bytes: ArraySlice<UInt8>) {
        add(bytes.count)
        bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                offset += 8
            }
            while offset < bytes.count {
                fnv.add(bytes[offset])
                offset += 1
            }
        }
    }
}
