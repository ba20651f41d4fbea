/// The operand of `like`, matched without case: a substring, or with `%` a pattern over the whole text.
package struct LikePattern: Sendable, Hashable {
    /// The literal runs between the `%`s, lower case; a substring pattern is one run with `%` on both sides.
    private let runs: [[UInt8]]

    /// Reads `%` as any run; nothing else is special.
    package init(_ text: String) {
        let lowered = Array(text.lowercased().utf8)
        let pieces = lowered.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
        runs = pieces.count == 1 ? [[], lowered, []] : pieces.map { Array($0) }
    }

    /// A substring in which nothing is special, `%` neither.
    package init(escaping text: String) {
        runs = [[], Array(text.lowercased().utf8), []]
    }

    package func matches(_ candidate: String) -> Bool {
        var lowered = candidate.lowercased()
        return lowered.withUTF8 { utf8 in
            guard utf8.count >= runs.reduce(0, { $0 + $1.count }) else { return false }
            var rest = utf8[...]
            guard rest.starts(with: runs[0]) else { return false }
            rest = rest.dropFirst(runs[0].count)
            // Leftmost placement of each inner run leaves the most room for those that follow.
            for run in runs.dropFirst().dropLast() where !run.isEmpty {
                guard let found = Self.firstPlace(of: run, in: rest) else { return false }
                rest = rest[(found + run.count)...]
            }
            let last = runs[runs.count - 1]
            return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
        }
    }

    private static func firstPlace(
        of run: [UInt8], in text: Slice<UnsafeBufferPointer<UInt8>>
    ) -> Int? {
        guard text.count >= run.count else { return nil }
        return (text.startIndex...(text.endIndex - run.count)).first { start in
            text[start] == run[0] && text[start..<(start + run.count)].elementsEqual(run)
        }
    }
}
