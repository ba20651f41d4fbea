import Deployments

/// Case-folded strings as `like` compares them, side by side, so that all are searched at the speed of memory.
struct CaseFoldedStrings: Sendable {
    private var bytes: [UInt8] = []
    /// Where each string ends; none is longer than a list's bytes, which are far below 4 GiB.
    private var ends: [UInt32] = []

    /// A string that is missing is the empty one.
    init(of strings: some Collection<String?>) {
        ends.reserveCapacity(strings.count)
        for string in strings {
            bytes.append(foldedForLike: string ?? "")
            ends.append(UInt32(bytes.count))
        }
        bytes = bytes.fitted
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
            // Only where the longest run stands is a string compared; one that reaches into the next does not.
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
    /// The same bytes in no more memory than they need; an array that grew has up to twice as much.
    var fitted: [UInt8] { withUnsafeBufferPointer { Array($0) } }
}
