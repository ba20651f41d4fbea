import Deployments

/// Texts as `like` compares them, side by side: all are searched at the speed of memory.
struct CaseFoldedStrings: Sendable {
    private var bytes: [UInt8] = []
    /// Where each text ends; none is longer than a list's bytes, which are far below 4 GiB.
    private var ends: [UInt32] = []

    /// A text that is missing is the empty one.
    init(of texts: some Collection<String?>) {
        ends.reserveCapacity(texts.count)
        for text in texts {
            bytes.append(foldedForLike: text ?? "")
            ends.append(UInt32(bytes.count))
        }
        bytes = bytes.fitted
    }

    /// The places of the texts that match, ascending.
    func places(matching pattern: LikePattern) -> [Int] {
        let run = pattern.longestRun
        return bytes.withUnsafeBytes { bytes in
            func range(_ place: Int) -> Range<Int> {
                Int(place == 0 ? 0 : ends[place - 1])..<Int(ends[place])
            }
            func matches(_ place: Int) -> Bool {
                pattern.matches(folded: UnsafeRawBufferPointer(rebasing: bytes[range(place)]))
            }
            guard !run.isEmpty else { return ends.indices.filter(matches) }
            var (found, place, offset): ([Int], Int, Int) = ([], 0, 0)
            // Only where the longest run stands is a text looked at; one that reaches into the next does not.
            while let start = bytes.firstPlace(of: run, from: offset) {
                while ends[place] <= start { place += 1 }
                let end = range(place).upperBound
                if start + run.count > end {
                    offset = start + 1
                } else {
                    if pattern.isSubstring || matches(place) { found.append(place) }
                    offset = end
                }
            }
            return found
        }
    }
}

extension [UInt8] {
    /// The same bytes in no more memory than they need; an array that grew has up to twice as much.
    var fitted: [UInt8] { withUnsafeBufferPointer { Array($0) } }
}
