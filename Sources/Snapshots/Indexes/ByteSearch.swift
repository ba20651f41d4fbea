import Deployments

extension UnsafeRawBufferPointer {
    /// Where some bytes, at least one, first stand at or after an offset; nil where they do not.
    ///
    /// Eight places at a time: those are looked at where both the first and the last byte are as they should be.
    func firstPlace(of run: [UInt8], from offset: Int) -> Int? {
        let last = run.count - 1
        let (firstByte, lastByte) = (UInt64(repeating: run[0]), UInt64(repeating: run[last]))
        var place = offset
        while place + last + 8 <= count {
            let differing =
                (UInt64(littleEndian: loadUnaligned(fromByteOffset: place, as: UInt64.self)) ^ firstByte)
                | (UInt64(littleEndian: loadUnaligned(fromByteOffset: place + last, as: UInt64.self))
                    ^ lastByte)
            var candidates = differing.markedZeroBytes
            while candidates != 0 {
                let candidate = place + candidates.trailingZeroBitCount / 8
                if holds(run, at: candidate) { return candidate }
                candidates &= candidates - 1
            }
            place += 8
        }
        while place + last < count {
            if holds(run, at: place) { return place }
            place += 1
        }
        return nil
    }

    /// Whether some bytes stand at an offset, past which there are at least as many.
    func holds(_ run: [UInt8], at offset: Int) -> Bool {
        for index in run.indices where self[offset + index] != run[index] { return false }
        return true
    }
}

extension UInt64 {
    fileprivate init(repeating byte: UInt8) { self = UInt64(byte) * 0x0101_0101_0101_0101 }

    /// The highest bit of every byte that is 0, and perhaps of others above one.
    fileprivate var markedZeroBytes: UInt64 {
        (self &- 0x0101_0101_0101_0101) & ~self & 0x8080_8080_8080_8080
    }
}
