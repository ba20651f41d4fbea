import Wire

/// The content of a `page_token`: a cursor, and the number of its rows before the page.
///
/// The text has 36 characters of base64url (RFC 4648 §5): a version, the cursor's id, the number, and a check that
/// distinguishes a damaged token from one whose cursor has ended. It contains no secret, and no part of the query.
struct PageToken: Equatable {
    var cursor: CursorID
    /// The number of rows before the page, from 1, since a first page has no token.
    var offset: Int

    private static let version: UInt8 = 1
    private static let byteCount = 27

    init(cursor: CursorID, offset: Int) {
        self.cursor = cursor
        self.offset = offset
    }

    /// Reads a token; nil for a text that no gateway of this version wrote.
    init?(_ text: String) {
        guard let bytes = Base64.urlSafe.decode(text), bytes.count == Self.byteCount,
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
        return Base64.urlSafe.encode(bytes + check(of: bytes[...]))
    }
}

/// The number in big-endian bytes.
private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

/// The last two bytes of FNV-1a, which differ if any single byte differs.
private func check(of bytes: ArraySlice<UInt8>) -> [UInt8] {
    var fnv = FNV1a()
    fnv.add(bytes)
    return [UInt8(truncatingIfNeeded: fnv.hash >> 8), UInt8(truncatingIfNeeded: fnv.hash)]
}
