/// The order of two texts by their UTF-8 bytes, as a three-way comparison.
@frozen
package enum ByteComparison: Sendable {
    case before, same, after

    /// Inlined, which one that is synthesized is not in other modules.
    @inlinable @inline(__always)
    package static func == (left: ByteComparison, right: ByteComparison) -> Bool {
        switch (left, right) {
        case (.before, .before), (.same, .same), (.after, .after): true
        default: false
        }
    }

    /// Compares two texts.
    @inlinable
    package init(_ left: String, _ right: String) {
        self.init(left.utf8Span.span.bytes, right.utf8Span.span.bytes)
    }

    /// Compares eight bytes at a time; a text that is the beginning of the other is before it.
    @inlinable
    package init(_ left: RawSpan, _ right: RawSpan) {
        let shared = min(left.byteCount, right.byteCount)
        var offset = 0
        while offset < shared {
            let (a, b) = (left.word(at: offset), right.word(at: offset))
            if a != b {
                self = a < b ? .before : .after
                return
            }
            offset += 8
        }
        self =
            left.byteCount == right.byteCount ? .same : left.byteCount < right.byteCount ? .before : .after
    }
}

extension RawSpan {
    /// The eight bytes from an offset on, the first as the highest; zeros past the end.
    @inlinable
    package func word(at offset: Int) -> UInt64 {
        if offset + 8 <= byteCount {
            return UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        var word: UInt64 = 0
        for index in offset..<offset + 8 {
            let byte = index < byteCount ? unsafeLoad(fromByteOffset: index, as: UInt8.self) : 0
            word = word << 8 | UInt64(byte)
        }
        return word
    }
}
