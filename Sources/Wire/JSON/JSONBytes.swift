/// A member's name as JSON text, encoded once.
package struct JSONKey: Sendable {
    /// The bytes of `,"name":null`, so that a null member is appended in one copy.
    fileprivate let bytes: [UInt8]
    /// The end of the name, after its colon.
    fileprivate let end: Int

    /// Encodes a name; `absent` is the JSON text for a missing value.
    package init(_ name: String, absent: [UInt8] = Array("null".utf8)) {
        var bytes = [UInt8(ascii: ",")]
        bytes.appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        end = bytes.count
        self.bytes = bytes + absent
    }
}

/// Appending of pieces: capacity is reserved once for each piece before its bytes are copied, since a record
/// has a hundred of them.
extension [UInt8] {
    /// Appends a text as a JSON string.
    mutating func appendQuoted(_ text: String) { appendQuoted(text.utf8Span.span.bytes) }

    /// Appends a JSON string, quotes included (RFC 8259 §7).
    mutating func appendQuoted(_ utf8: RawSpan) {
        guard utf8.isPlain else { return appendEscaped(utf8) }
        append(addingCapacity: utf8.byteCount + 2) { out in
            out.append(UInt8(ascii: "\""))
            out.append(copying: utf8)
            out.append(UInt8(ascii: "\""))
        }
    }

    /// Appends a key and a string, the most common member, in one piece.
    mutating func append(_ key: JSONKey, _ text: String, after comma: Bool) {
        let utf8 = text.utf8Span.span.bytes
        guard utf8.isPlain else {
            append(key, after: comma)
            return appendEscaped(utf8)
        }
        let name = key.bytes.span.bytes.extracting((comma ? 0 : 1)..<key.end)
        append(addingCapacity: name.byteCount + utf8.byteCount + 2) { out in
            out.append(copying: name)
            out.append(UInt8(ascii: "\""))
            out.append(copying: utf8)
            out.append(UInt8(ascii: "\""))
        }
    }

    /// Appends a time as a JSON string.
    mutating func appendQuoted(_ time: Timestamp) { append(RawSpan(), quoted: time) }

    /// Appends a key and a time in one piece.
    mutating func append(_ key: JSONKey, _ time: Timestamp, after comma: Bool) {
        append(key.bytes.span.bytes.extracting((comma ? 0 : 1)..<key.end), quoted: time)
    }

    private mutating func append(_ name: RawSpan, quoted time: Timestamp) {
        append(addingCapacity: name.byteCount + Timestamp.textLength + 2) { out in
            out.append(copying: name)
            out.append(UInt8(ascii: "\""))
            time.write(to: &out)
            out.append(UInt8(ascii: "\""))
        }
    }

    /// Appends a key up to its colon.
    mutating func append(_ key: JSONKey, after comma: Bool) {
        append(copying: key.bytes.span.bytes.extracting((comma ? 0 : 1)..<key.end))
    }

    /// Appends a key with its text for a missing value.
    mutating func appendNull(_ key: JSONKey, after comma: Bool) {
        append(copying: key.bytes.span.bytes.extracting((comma ? 0 : 1)...))
    }

    private mutating func append(copying bytes: RawSpan) {
        append(addingCapacity: bytes.byteCount) { $0.append(copying: bytes) }
    }

    private mutating func appendEscaped(_ utf8: RawSpan) {
        append(UInt8(ascii: "\""))
        var start = 0
        for index in 0..<utf8.byteCount {
            let byte = utf8.byte(at: index)
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
            append(copying: utf8.extracting(start..<index))
            appendEscape(byte)
            start = index + 1
        }
        append(copying: utf8.extracting(start...))
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscape(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case 0x22, 0x5C: append(byte)
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0D: append(UInt8(ascii: "r"))
        case 0x09: append(UInt8(ascii: "t"))
        default:
            append(contentsOf: "u00".utf8)
            append((byte >> 4).hexadecimalDigit)
            append((byte & 15).hexadecimalDigit)
        }
    }
}

extension RawSpan {
    fileprivate func byte(at offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

    /// True if these bytes need no escape in a JSON string.
    fileprivate var isPlain: Bool {
        guard byteCount >= 8 else {
            for offset in 0..<byteCount {
                let byte = byte(at: offset)
                if byte < 0x20 || byte == 0x22 || byte == 0x5C { return false }
            }
            return true
        }
        var offset = 0
        while offset < byteCount - 8 {
            if nativeWord(at: offset).hasByteToEscape { return false }
            offset += 8
        }
        return !nativeWord(at: byteCount - 8).hasByteToEscape
    }

    private func nativeWord(at offset: Int) -> UInt64 {
        unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
}

extension UInt64 {
    /// True if one of the eight bytes is a control character, `"` or `\`.
    ///
    /// A byte is below n exactly if subtracting n from it borrows into its clear top bit. The borrow may
    /// falsify the bytes above, which does not matter, since one hit is enough.
    fileprivate var hasByteToEscape: Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let (quote, backslash) = (self ^ (ones * 0x22), self ^ (ones * 0x5C))
        let below = (self &- ones * 0x20) & ~self
        let same = ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
        return (below | same) & (ones * 0x80) != 0
    }
}

extension OutputSpan<UInt8> {
    fileprivate mutating func append(copying bytes: RawSpan) {
        precondition(bytes.byteCount <= freeCapacity)
        withUnsafeMutableBufferPointer { buffer, count in
            bytes.withUnsafeBytes { source in
                // In bounds by the precondition: `buffer` is the complete capacity, of which `count` bytes
                // are filled.
                UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                    .copyMemory(from: source)
            }
            count += bytes.byteCount
        }
    }
}
