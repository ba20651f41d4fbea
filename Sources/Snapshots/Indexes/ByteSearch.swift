import Deployments

extension UnsafeRawBufferPointer {
    /// The first offset at or after `offset` at which the bytes of `run` occur; nil if they do not.
    ///
    /// `run` must not be empty.
    ///
    /// It tests eight offsets at a time; an offset is compared fully only if the first and the last byte
    /// match.
    func firstOffset(of run: [UInt8], from offset: Int) -> Int? {
        let last = run.count - 1
        let (firstByte, lastByte) = (UInt64(repeating: run[0]), UInt64(repeating: run[last]))
        var position = offset
        while position + last + 8 <= count {
            let differing =
                (UInt64(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt64.self)) ^ firstByte)
                | (UInt64(littleEndian: loadUnaligned(fromByteOffset: position + last, as: UInt64.self))
                    ^ lastByte)
            var candidates = differing.markedZeroBytes
            while candidates != 0 {
                let candidate = position + candidates.trailingZeroBitCount / 8
                if holds(run, at: candidate) { return candidate }
                candidates &= candidates - 1
            }
            position += 8
        }
        while position + last < count {
            if holds(run, at: position) { return position }
            position += 1
        }
        return nil
    }

    /// True if the bytes of `run` occur at `offset`; at least `run.count` bytes must follow the offset.
    func holds(_ run: [UInt8], at offset: Int) -> Bool {
        for index in run.indices where self[offset + index] != run[index] { return false }
        return true
    }
}

extension UInt64 {
    fileprivate init(repeating byte: UInt8) { self = UInt64(byte) * 0x0101_0101_0101_0101 }

    /// The highest bit of every byte that is 0, and possibly of bytes above such a byte.
    fileprivate var markedZeroBytes: UInt64 {
        (self &- 0x0101_0101_0101_0101) & ~self & 0x8080_8080_8080_8080
    }
}
