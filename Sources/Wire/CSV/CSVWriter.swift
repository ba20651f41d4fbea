/// Appends lines of RFC 4180 text to a byte buffer; the writer adds commas and quotes, the caller decides the
/// columns.
///
/// No spreadsheet executes a cell: a text that it would read as a formula gets a leading apostrophe, which
/// marks it as text (OWASP, CSV Injection). The same applies to text after a line break, `;` or tab, since a
/// reader that splits cells there and ignores quotes would begin another cell. Numbers are not texts: a
/// negative one is written unchanged.
package struct CSVWriter: Sendable {
    /// The text written so far.
    package private(set) var bytes: [UInt8]
    private var needsComma = false
    /// The beginning of the current line.
    private var lineStart = 0

    /// Makes an empty writer.
    package init(reservingCapacity capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Writes an empty cell.
    package mutating func null() { separate() }

    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// Writes a number as JSON does, an integer without a fraction; NaN and infinities are an empty cell.
    package mutating func number(_ value: Double) {
        separate()
        if let integer = Int64(exactly: value) {
            bytes.append(contentsOf: String(integer).utf8)
        } else if value.isFinite {
            bytes.append(contentsOf: "\(value)".utf8)
        }
    }

    /// Writes a time as ``Timestamp/description`` does.
    package mutating func time(_ value: Timestamp) {
        separate()
        bytes.append(addingCapacity: Timestamp.textLength) { value.write(to: &$0) }
    }

    /// Writes a text, quoted if its bytes require it.
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

    /// Ends the line with CR LF.
    package mutating func endLine() {
        // Many readers skip an empty line.
        if bytes.count == lineStart { bytes.append(contentsOf: [.quote, .quote]) }
        bytes.append(contentsOf: [0x0D, 0x0A])
        needsComma = false
        lineStart = bytes.count
    }

    /// Removes the end of the line that was written last, so that more cells can follow; nothing else may have
    /// been written since.
    package mutating func reopenLine() {
        bytes.removeLast(2)
        needsComma = true
    }

    /// Writes a byte order mark, by which spreadsheets recognize UTF-8; nothing may be written before.
    package mutating func byteOrderMark() {
        bytes.append(contentsOf: [0xEF, 0xBB, 0xBF])
        lineStart = bytes.count
    }

    /// Removes everything written, but keeps the capacity.
    package mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
        lineStart = 0
    }

    /// Empties ``bytes``, which the caller has copied, and continues the same text; the capacity is kept.
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

    /// True if a cell that holds this byte must be quoted.
    fileprivate var isSpecial: Bool {
        self == .quote || self == UInt8(ascii: ",") || self == 0x0A || self == 0x0D
    }
}

extension Span<UInt8> {
    /// True if some reader would begin a cell here that a spreadsheet could execute.
    ///
    /// Such a cell begins with `=`, `+`, `-`, `@`, a tab or a line break, or with the full-width form of one
    /// of those signs; spaces and quotes before it do not matter.
    fileprivate func isFormula(at begin: Int) -> Bool {
        let followsLineBreak = begin > 0 && (self[begin - 1] == 0x0A || self[begin - 1] == 0x0D)
        guard
            followsLineBreak || begin == 0 || self[begin - 1] == UInt8(ascii: ";") || self[begin - 1] == 0x09
        else { return false }
        var start = begin
        while start < count, " \"'".utf8.contains(self[start]) { start += 1 }
        guard start < count else { return false }
        switch self[start] {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"): return true
        // After a line break, such a byte begins no formula; the byte after it is checked on its own.
        case 0x09, 0x0A, 0x0D: return !followsLineBreak
        case 0xEF where start + 2 < count && self[start + 1] == 0xBC:
            // U+FF1D, U+FF0B, U+FF0D, U+FF20.
            return [0x9D, 0x8B, 0x8D, 0xA0].contains(self[start + 2])
        default: return false
        }
    }
}
