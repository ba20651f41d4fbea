import Deployments

/// The operand of `like`, matched without case: a substring, or with `%` a pattern for the complete string.
package struct LikePattern: Sendable, Hashable {
    /// The literal runs between the `%`s, in lower case; a substring pattern is one run with `%` on both
    /// sides.
    private let runs: [[UInt8]]
    /// The longest run, which every matching string contains; empty if the pattern has only `%`.
    let longestRun: [UInt8]

    /// True if every string that contains ``longestRun`` matches.
    var isSubstring: Bool { runs.count == 3 && runs[0].isEmpty && runs[2].isEmpty }

    /// A pattern in which `%` matches any run; nothing else is special.
    package init(_ text: String) {
        let lowered = Array(text.lowercased().utf8)
        let pieces = lowered.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
        self.init(runs: pieces.count == 1 ? [[], lowered, []] : pieces.map { Array($0) })
    }

    /// A substring pattern in which nothing is special, not even `%`.
    package init(escaping text: String) {
        self.init(runs: [[], Array(text.lowercased().utf8), []])
    }

    private init(runs: [[UInt8]]) {
        self.runs = runs
        longestRun = runs.max { $0.count < $1.count } ?? []
    }

    /// True if the complete string matches, without case.
    package func matches(_ candidate: String) -> Bool {
        var folded: [UInt8] = []
        folded.append(foldedForLike: candidate)
        return folded.withUnsafeBytes { matches(folded: $0) }
    }

    /// True if a string matches that `append(foldedForLike:)` has case-folded.
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
    /// Appends a string as `like` compares it: `lowercased()`.
    mutating func append(foldedForLike text: String) {
        let utf8 = text.utf8Span
        guard utf8.isKnownASCII else { return append(contentsOf: text.lowercased().utf8) }
        let bytes = utf8.span
        for index in bytes.indices {
            let byte = bytes[index]
            append(byte &- 65 < 26 ? byte | 0x20 : byte)
        }
    }
}
