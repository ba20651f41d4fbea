import Deployments

/// Case-folded strings as `like` compares them, packed into one buffer so that one fast scan searches all of
/// them.
struct CaseFoldedStrings: Sendable {
    private var bytes: [UInt8] = []
    /// The offset at which each string ends; `UInt32` suffices, as a list's bytes are far below 4 GiB.
    private var ends: [UInt32] = []

    /// Packs the strings in their order; nil counts as the empty string.
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
