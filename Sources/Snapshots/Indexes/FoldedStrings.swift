import Wire

/// Strings in the forms in which `like` and the words of `q` compare them.
struct FoldedStrings: Sendable {
    private let strings: PackedTexts
    /// The strings without combining marks; nil if none has any.
    private let withoutMarks: PackedTexts?

    /// Folds the strings in their order; nil counts as the empty string.
    init(of strings: some Collection<String?>) {
        var folded = PackedTexts(reservingCapacity: strings.count)
        var withoutMarks: PackedTexts?
        for string in strings {
            let string = string ?? ""
            guard !string.utf8Span.isKnownASCII else {
                folded.append(ascii: string)
                withoutMarks?.append(ascii: string)
                continue
            }
            let text = UnicodeFolding.fold(string)
            let bare = UnicodeFolding.withoutMarks(text)
            // Until the first string with marks both are the same.
            if withoutMarks == nil, bare != nil { withoutMarks = folded }
            folded.append(text)
            withoutMarks?.append(bare ?? text)
        }
        self.strings = folded.fitted
        self.withoutMarks = withoutMarks?.fitted
    }

    /// The indices of the strings that match, ascending.
    func indices(matching pattern: LikePattern) -> [Int] {
        (pattern.ignoresMarks ? withoutMarks ?? strings : strings).indices(matching: pattern)
    }
}

/// Folded strings in one buffer, so that one fast scan searches all of them.
private struct PackedTexts: Sendable {
    private var bytes: [UInt8] = []
    /// The offset at which each string ends; `UInt32` suffices, as a list's bytes are far below 4 GiB.
    private var ends: [UInt32] = []

    init(reservingCapacity count: Int) { ends.reserveCapacity(count) }

    mutating func append(_ folded: String) {
        bytes.append(contentsOf: folded.utf8)
        ends.append(UInt32(bytes.count))
    }

    /// Appends a string of ASCII in lower case.
    mutating func append(ascii string: String) {
        bytes.append(loweringASCII: string)
        ends.append(UInt32(bytes.count))
    }

    /// A copy without spare capacity.
    var fitted: PackedTexts {
        var copy = self
        copy.bytes = bytes.fitted
        return copy
    }

    /// The indices of the strings that match, ascending.
    func indices(matching pattern: LikePattern) -> [Int] {
        let run = pattern.longestRun
        return bytes.withUnsafeBytes { bytes in
            func range(_ index: Int) -> Range<Int> {
                Int(index == 0 ? 0 : ends[index - 1])..<Int(ends[index])
            }
            func matches(_ index: Int) -> Bool {
                pattern.matches(folded: UnsafeRawBufferPointer(rebasing: bytes[range(index)]))
            }
            guard !run.isEmpty else { return ends.indices.filter(matches) }
            var (found, index, offset): ([Int], Int, Int) = ([], 0, 0)
            // A string is compared only if it contains the longest run; a run that crosses into the next one
            // does not count.
            while let start = bytes.firstOffset(of: run, from: offset) {
                while ends[index] <= start { index += 1 }
                let end = range(index).upperBound
                if start + run.count > end {
                    offset = start + 1
                } else {
                    if pattern.isSubstring || matches(index) { found.append(index) }
                    offset = end
                }
            }
            return found
        }
    }
}

extension [UInt8] {
    /// A copy of the bytes without spare capacity; an array that grew may have twice the memory it needs.
    var fitted: [UInt8] { withUnsafeBufferPointer { Array($0) } }
}
