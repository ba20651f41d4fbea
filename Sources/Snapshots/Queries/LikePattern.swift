import Wire

/// The operand of `like`, or a word of `q`: a substring, or with `%` a pattern for the complete string.
///
/// Both sides are compared under NFKC case folding, for a word without combining marks too (``UnicodeFolding``).
package struct LikePattern: Sendable, Hashable {
    /// The operand as the client gave it.
    package let text: String
    /// True for a word of `q`: combining marks are ignored on both sides.
    let ignoresMarks: Bool
    /// The folded literal runs between the `%`s; a substring pattern is one run with `%` on both sides.
    private let runs: [[UInt8]]
    /// The longest run, which every matching string contains; empty if the pattern has only `%`.
    let longestRun: [UInt8]

    /// True if every string that contains ``longestRun`` matches.
    var isSubstring: Bool { runs.count == 3 && runs[0].isEmpty && runs[2].isEmpty }

    /// A pattern in which `%` matches any run; nothing else is special.
    package init(_ text: String) {
        let percent = UInt8(ascii: "%")
        if !text.utf8.contains(percent) {
            self.init(escaping: text)
        } else if text.utf8Span.isKnownASCII {
            let folded = [UInt8](folding: text, ignoringMarks: false)
            let pieces = folded.split(separator: percent, omittingEmptySubsequences: false)
            self.init(text, runs: pieces.map { Array($0) })
        } else {
            // Split before it is folded, since a wide `％`, which is not special, folds to `%`.
            let pieces = text.unicodeScalars.split(separator: "%", omittingEmptySubsequences: false)
            self.init(text, runs: pieces.map { [UInt8](folding: String($0), ignoringMarks: false) })
        }
    }

    /// A substring pattern in which nothing is special, not even `%`.
    package init(escaping text: String) { self.init(substring: text, ignoresMarks: false) }

    /// A word of `q`: a substring pattern in which nothing is special, and combining marks are ignored.
    package init(word: String) { self.init(substring: word, ignoresMarks: true) }

    private init(substring text: String, ignoresMarks: Bool) {
        self.text = text
        self.ignoresMarks = ignoresMarks
        longestRun = [UInt8](folding: text, ignoringMarks: ignoresMarks)
        runs = [[], longestRun, []]
    }

    /// A pattern for the complete string, of at least two runs.
    private init(_ text: String, runs: [[UInt8]]) {
        self.text = text
        ignoresMarks = false
        self.runs = runs
        longestRun = runs.max { $0.count < $1.count } ?? []
    }

    /// True if the complete string matches.
    package func matches(_ candidate: String) -> Bool {
        [UInt8](folding: candidate, ignoringMarks: ignoresMarks).withUnsafeBytes { matches(folded: $0) }
    }

    /// True if a string matches that is folded already, without marks if ``ignoresMarks`` is true.
    func matches(folded text: UnsafeRawBufferPointer) -> Bool {
        let (first, last) = (runs[0], runs[runs.count - 1])
        guard text.count >= first.count, text.holds(first, at: 0) else { return false }
        var offset = first.count
        // The leftmost match of each inner run leaves the most room for the runs that follow.
        for run in runs.dropFirst().dropLast() where !run.isEmpty {
            guard let found = text.firstOffset(of: run, from: offset) else { return false }
            offset = found + run.count
        }
        return text.count - offset >= last.count && text.holds(last, at: text.count - last.count)
    }
}

extension [UInt8] {
    /// A string as `like` compares it, or as a word of `q` is compared.
    fileprivate init(folding text: String, ignoringMarks: Bool) {
        if text.utf8Span.isKnownASCII {
            self.init(text.utf8)
            lowerASCII(from: 0)
        } else {
            let folded = UnicodeFolding.fold(text)
            self.init(((ignoringMarks ? UnicodeFolding.withoutMarks(folded) : nil) ?? folded).utf8)
        }
    }

    /// Appends a string of ASCII in lower case, which is its folding.
    mutating func append(loweringASCII text: String) {
        let start = count
        append(contentsOf: text.utf8)
        lowerASCII(from: start)
    }

    /// Makes the ASCII letters from an index on lower case; other bytes stay as they are.
    private mutating func lowerASCII(from start: Int) {
        withUnsafeMutableBufferPointer { bytes in
            // Without a branch, so that the compiler makes one instruction of many bytes.
            for index in start..<bytes.count {
                let byte = bytes[index]
                bytes[index] = byte | (byte &- 65 < 26 ? 0x20 : 0)
            }
        }
    }
}
