/// The content of a `page_token`: a cursor, and the number of its rows before the page.
///
/// As text it is 36 characters of base64url (RFC 4648 §5): a version, the cursor's id, the number, and a check that
/// tells a damaged token from one whose cursor has ended. It holds nothing secret, and nothing of the query.
struct PageToken: Equatable {
    var cursor: CursorID
    /// From 1: a first page has no token.
    var offset: Int

    private static let version: UInt8 = 1
    private static let byteCount = 27

    init(cursor: CursorID, offset: Int) {
        self.cursor = cursor
        self.offset = offset
    }

    /// Reads a token; nil for a text that no gateway of this version wrote.
    init?(_ text: String) {
        guard let bytes = base64URLDecoded(text.utf8), bytes.count == Self.byteCount,
            bytes[0] == Self.version, check(of: bytes.prefix(Self.byteCount - 2)) == Array(bytes.suffix(2))
        else { return nil }
        cursor = CursorID(high: number(bytes[1..<9]), low: number(bytes[9..<17]))
        guard let offset = Int(exactly: number(bytes[17..<25])), offset > 0 else { return nil }
        self.offset = offset
    }

    var text: String {
        var bytes = [Self.version]
        for number in [cursor.high, cursor.low, UInt64(clamping: offset)] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
            }
        }
        return base64URLEncoded(bytes + check(of: bytes[...]))
    }
}

/// Big-endian.
private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

/// The last two bytes of FNV-1a: every single changed byte changes them.
private func check(of bytes: ArraySlice<UInt8>) -> [UInt8] {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return [UInt8(truncatingIfNeeded: hash >> 8), UInt8(truncatingIfNeeded: hash)]
}

private let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

/// Of a multiple of three bytes, so that nothing is padded.
private func base64URLEncoded(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count - 2, by: 3) {
        let group = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
        for shift in [18, 12, 6, 0] { text.append(alphabet[group >> shift & 63]) }
    }
    return String(decoding: text, as: UTF8.self)
}

/// nil for any other character, and for a text that is no multiple of four or longer than any token.
private func base64URLDecoded(_ text: String.UTF8View) -> [UInt8]? {
    guard text.count % 4 == 0, text.count <= 64 else { return nil }
    var bytes: [UInt8] = []
    var group = 0
    for (index, character) in text.enumerated() {
        guard let value = alphabet.firstIndex(of: character) else { return nil }
        group = group << 6 | value
        guard index % 4 == 3 else { continue }
        for shift in [16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: group >> shift)) }
        group = 0
    }
    return bytes
}
