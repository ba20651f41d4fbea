/// A 64-bit FNV-1a hash of a sequence of texts and numbers: the same in every process.
///
/// It tells versions of one answer apart; it is no protection against someone who wants two to look alike.
package struct Fingerprint: Sendable {
    /// What was added so far comes to.
    package private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    package mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte: byte) }
        // No UTF-8 text has this byte, so no two sequences of texts run together alike.
        add(byte: 0xFF)
    }

    package mutating func add(_ number: Int) {
        for shift in stride(from: 0, to: 64, by: 8) {
            add(byte: UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// Adds eight bytes in one step.
    package mutating func add(_ word: UInt64) {
        // Folded, so that high bits reach low ones too.
        let (high, low) = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        hash = high ^ low ^ word
    }

    /// Eight bytes at a time, since a page of rows has a hundred thousand.
    package mutating func add(_ bytes: ArraySlice<UInt8>) {
        add(bytes.count)
        bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                offset += 8
            }
            while offset < bytes.count {
                add(byte: bytes[offset])
                offset += 1
            }
        }
    }

    private mutating func add(byte: UInt8) {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
}
