extension ExpressionFunction {
    static func contains(_ text: ExpressionValue, _ part: ExpressionValue) -> ExpressionValue {
        text.withText { text in
            part.withText { .bool(!TextSearch($0).occurrences(in: Array(text.utf8), limit: 1).isEmpty) }
        }
    }

    static func split(_ text: ExpressionValue, _ separator: ExpressionValue) -> ExpressionValue {
        text.withText { text in
            separator.withText { separator in
                let pieces = pieces(of: text, between: separator)
                guard pieces.count <= ExpressionLimits.elements else { return .longList }
                return .list(pieces.map { .text($0) })
            }
        }
    }

    static func segment(
        _ text: ExpressionValue, _ separator: ExpressionValue, _ index: ExpressionValue
    ) -> ExpressionValue {
        text.withText { text in
            separator.withText { separator in
                index.withNumber { number in
                    guard let index = Int(exactly: number) else {
                        return ExpressionValue.number(number).unreadable
                    }
                    let pieces = pieces(of: text, between: separator)
                    guard pieces.count <= ExpressionLimits.elements else { return .longList }
                    let (position, overflow) = index.addingReportingOverflow(index < 0 ? pieces.count : 0)
                    return !overflow && pieces.indices.contains(position) ? .text(pieces[position]) : .null
                }
            }
        }
    }

    static func replace(
        _ text: ExpressionValue, _ what: ExpressionValue, _ with: ExpressionValue
    ) -> ExpressionValue {
        text.withText { text in
            what.withText { what in
                with.withText { with in
                    let bytes = Array(text.utf8)
                    let starts = TextSearch(what).occurrences(in: bytes, limit: .max)
                    // An empty text is never replaced, although it occurs everywhere.
                    guard !starts.isEmpty, !what.isEmpty else { return .text(text) }
                    let (added, overflow) = starts.count.multipliedReportingOverflow(by: with.utf8.count)
                    let size = bytes.count - starts.count * what.utf8.count
                    guard !overflow,
                        added <= ExpressionLimits.textBytes - min(size, ExpressionLimits.textBytes)
                    else { return .longText }
                    var replaced: [UInt8] = []
                    replaced.reserveCapacity(size + added)
                    var rest = 0
                    for start in starts {
                        replaced += bytes[rest..<start]
                        replaced += with.utf8
                        rest = start + what.utf8.count
                    }
                    replaced += bytes[rest...]
                    return .text(String(decoding: replaced, as: UTF8.self))
                }
            }
        }
    }

    /// The pieces: at least one, as an empty separator separates nothing, and at most one more than the
    /// limit.
    private static func pieces(of text: String, between separator: String) -> [String] {
        guard !separator.isEmpty else { return [text] }
        let bytes = Array(text.utf8)
        var pieces: [String] = []
        var rest = 0
        for start in TextSearch(separator).occurrences(in: bytes, limit: ExpressionLimits.elements) {
            pieces.append(String(decoding: bytes[rest..<start], as: UTF8.self))
            rest = start + separator.utf8.count
        }
        pieces.append(String(decoding: bytes[rest...], as: UTF8.self))
        return pieces
    }
}

/// Searches texts for another, byte by byte, in time linear in both (Knuth, Morris and Pratt 1977).
///
/// Linear, because both texts may come from a platform. Comparing bytes suffices, as UTF-8 sequences never
/// overlap.
struct TextSearch {
    private let sought: [UInt8]
    /// For each length of a partial match, the length of the next shorter one.
    private let shorter: [Int]

    init(_ text: String) {
        let sought = Array(text.utf8)
        var shorter = [Int](repeating: 0, count: sought.count)
        var matched = 0
        for position in sought.indices.dropFirst() {
            while matched > 0, sought[position] != sought[matched] { matched = shorter[matched - 1] }
            if sought[position] == sought[matched] { matched += 1 }
            shorter[position] = matched
        }
        self.sought = sought
        self.shorter = shorter
    }

    /// The offsets at which it occurs, in order and without overlaps; for the empty text only 0.
    func occurrences(in text: [UInt8], limit: Int) -> [Int] {
        guard !sought.isEmpty else { return [0] }
        var starts: [Int] = []
        var matched = 0
        for (position, byte) in text.enumerated() {
            while matched > 0, byte != sought[matched] { matched = shorter[matched - 1] }
            if byte == sought[matched] { matched += 1 }
            guard matched == sought.count else { continue }
            starts.append(position + 1 - matched)
            if starts.count == limit { break }
            matched = 0
        }
        return starts
    }
}

extension String {
    /// The text without white space at either end.
    var trimmed: String {
        let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
        guard let last = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        return String(scalars[...last])
    }
}
