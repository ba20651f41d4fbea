/// Appends lines of RFC 4180 text to a byte buffer; commas and quotes are set by the writer, columns by the caller.
///
/// A spreadsheet that opens it runs no cell: a text that it would take for a formula gets an apostrophe first, which
/// spreadsheets take for "this is text" (OWASP, CSV Injection); so does what would begin another cell where the reader
/// separates them by `;` or tabs, and does not see our quotes, and at a line's beginning. Numbers are no texts, so a negative one stays as it is.
package struct CSVWriter: Sendable {
    package private(set) var bytes: [UInt8]
    private var needsComma = false
    /// Where the line begins that is being written.
    private var lineStart = 0

    package init(reservingCapacity capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// An empty cell.
    package mutating func null() { separate() }

    package mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// As JSON has it: a whole number without a fraction; what JSON cannot say (NaN, infinities) is an empty cell.
    package mutating func number(_ value: Double) {
        separate()
        if let whole = Int64(exactly: value) {
            bytes.append(contentsOf: String(whole).utf8)
        } else if value.isFinite {
            bytes.append(contentsOf: "\(value)".utf8)
        }
    }

    package mutating func time(_ value: Timestamp) {
        separate()
        bytes.append(addingCapacity: Timestamp.textLength) { value.write(to: &$0) }
    }

    /// A text as it is, quoted where its bytes demand it.
    package mutating func text(_ value: String) {
        separate()
        let utf8 = value.utf8Span.span
        let isQuoted = utf8.indices.contains { utf8[$0].isSpecial || utf8.isFormula(at: $0) }
        guard isQuoted else {
            bytes.append(contentsOf: value.utf8)
            return
        }
        bytes.append(.quote)
        for index in utf8.indices {
            if utf8.isFormula(at: index) { bytes.append(UInt8(ascii: "'")) }
            if utf8[index] == .quote { bytes.append(.quote) }
            bytes.append(utf8[index])
        }
        bytes.append(.quote)
    }

    package mutating func endLine() {
        // A line without a byte would be none to many readers.
        if bytes.count == lineStart { bytes.append(contentsOf: [.quote, .quote]) }
        bytes.append(contentsOf: [0x0D, 0x0A])
        needsComma = false
        lineStart = bytes.count
    }

    /// Forgets what was written, and keeps the memory for what comes.
    package mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
        lineStart = 0
    }

    /// Empties ``bytes``, whose memory is kept, and goes on with the same text: its owner has taken them elsewhere.
    package mutating func discardBytes() {
        lineStart -= bytes.count
        bytes.removeAll(keepingCapacity: true)
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }
}

extension UInt8 {
    fileprivate static let quote = UInt8(ascii: "\"")

    /// Whether a cell that holds this byte must be quoted.
    fileprivate var isSpecial: Bool {
        self == .quote || self == UInt8(ascii: ",") || self == 0x0A || self == 0x0D
    }
}

extension Span<UInt8> {
    /// Whether a cell begins here, for some reader, that a spreadsheet could run: with `=`, `+`, `-`, `@`, a tab or a
    /// line's end, or with the wide form of one of those signs; spaces and quotes before it are looked past.
    fileprivate func isFormula(at begin: Int) -> Bool {
        let isLine = begin > 0 && (self[begin - 1] == 0x0A || self[begin - 1] == 0x0D)
        guard isLine || begin == 0 || self[begin - 1] == UInt8(ascii: ";") || self[begin - 1] == 0x09 else {
            return false
        }
        var start = begin
        while start < count, " \"'".utf8.contains(self[start]) { start += 1 }
        guard start < count else { return false }
        switch self[start] {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"): return true
        // Within a text, what follows such a sign is looked at by itself.
        case 0x09, 0x0A, 0x0D: return !isLine
        case 0xEF where start + 2 < count && self[start + 1] == 0xBC:
            // U+FF1D, U+FF0B, U+FF0D, U+FF20.
            return [0x9D, 0x8B, 0x8D, 0xA0].contains(self[start + 2])
        default: return false
        }
    }
}
