import Deployments
import Wire

/// Strings packed into one buffer, for sorting.
///
/// Reading a record's string follows three pointers, each likely a cache miss, and sorting compares each
/// string a dozen times. So the strings are packed before they are sorted.
struct PackedStrings: Sendable {
    private var bytes: [UInt8] = []
    /// The offset at which each string ends.
    private var ends: [Int] = []

    var count: Int { ends.count }

    mutating func reserveCapacity(_ count: Int, bytesEach: Int) {
        bytes.reserveCapacity(count * bytesEach)
        ends.reserveCapacity(count)
    }

    mutating func append(_ string: String) {
        bytes.append(contentsOf: string.utf8)
        ends.append(bytes.count)
    }

    /// Appends a word as eight bytes that sort in the order of the words.
    mutating func append(_ word: UInt64) {
        withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
        ends.append(bytes.count)
    }

    /// Appends one string of another buffer.
    mutating func append(_ index: Int, of others: PackedStrings) {
        bytes += others.bytes[others.range(index)]
        ends.append(bytes.count)
    }

    /// One of the strings; an entry that was packed from another type is decoded from arbitrary bytes.
    func string(_ index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }

    private func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    mutating func append(_ others: PackedStrings) {
        let offset = bytes.count
        bytes += others.bytes
        ends += others.ends.map { $0 + offset }
    }

    mutating func removeLast() {
        ends.removeLast()
        bytes.removeLast(bytes.count - (ends.last ?? 0))
    }

    /// Passes a view of the strings to `body`, which compares them without reference counting.
    func withView<Result>(_ body: (StringsView) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            ends.withUnsafeBufferPointer { body(StringsView(bytes: bytes, ends: $0)) }
        }
    }
}

/// Packed strings, valid inside ``PackedStrings/withView(_:)`` only.
struct StringsView {
    let bytes: UnsafeRawBufferPointer
    let ends: UnsafeBufferPointer<Int>

    /// A string to be sorted, with the eight of its bytes by which it is currently sorted.
    private struct Key {
        var word: UInt64
        var string: Int
    }

    /// The range of a string in ``bytes``.
    func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    /// Compares two strings by their bytes.
    func compare(_ left: Int, _ right: Int) -> ByteComparison {
        ByteComparison(bytes.bytes.extracting(range(left)), bytes.bytes.extracting(range(right)))
    }

    /// Some of the strings in the order of their bytes; equal strings are in the order of `isBefore`.
    func sorted(_ strings: [Int], ties isBefore: (Int, Int) -> Bool) -> [Int] {
        var keys = strings.map { Key(word: 0, string: $0) }
        sort(&keys[...], fromByte: 0, splits: 0, ties: isBefore)
        return keys.map(\.string)
    }

    /// The most partitions by eight bytes.
    ///
    /// Strings that are then still together are compared in full, since there are inputs of which each
    /// partition splits off only one string.
    private static let splitLimit = 32

    /// Sorts strings that are equal up to the byte `start`: by the next eight bytes, and strings that are
    /// equal in these by the eight bytes after them.
    private func sort(
        _ keys: inout ArraySlice<Key>, fromByte start: Int, splits: Int, ties isBefore: (Int, Int) -> Bool
    ) {
        guard splits < Self.splitLimit, let next = readWords(of: &keys, fromByte: start) else {
            return keys.sort { left, right in
                let order = compare(left.string, right.string)
                return order == .same ? isBefore(left.string, right.string) : order == .before
            }
        }
        keys.sort { $0.word < $1.word }
        var begin = keys.startIndex
        while begin < keys.endIndex {
            var end = begin + 1
            while end < keys.endIndex, keys[end].word == keys[begin].word { end += 1 }
            if end - begin > 1 {
                sort(&keys[begin..<end], fromByte: next, splits: splits + 1, ties: isBefore)
            }
            begin = end
        }
    }

    /// Sets the word of each string to the next eight bytes in which not all strings are equal.
    ///
    /// - Returns: The end of those bytes; nil if the strings are equal to their ends, or too few to be worth
    ///   it.
    private func readWords(of keys: inout ArraySlice<Key>, fromByte start: Int) -> Int? {
        guard keys.count > 8, let first = keys.first?.string else { return nil }
        var start = start
        while true {
            var (hasMore, differ) = (false, false)
            for index in keys.indices {
                let string = bytes.bytes.extracting(range(keys[index].string))
                keys[index].word = string.word(at: start)
                hasMore = hasMore || string.byteCount > start
                differ = differ || keys[index].word != keys[keys.startIndex].word
            }
            if differ { return start + 8 }
            guard hasMore else { return nil }
            // Uids share at least the name of the source; messages may share a page of log.
            let shared = bytes.bytes.extracting(range(first))
            let end = keys.reduce(shared.byteCount) { end, key in
                shared.sharedPrefix(with: bytes.bytes.extracting(range(key.string)), from: start, to: end)
            }
            // All words were equal, so these eight bytes are, or the strings end in them.
            start = max(end, start + 8)
        }
    }
}

extension RawSpan {
    /// The offset of the first byte in which both differ, at most `end`; both must be equal before `start`.
    fileprivate func sharedPrefix(with other: RawSpan, from start: Int, to end: Int) -> Int {
        let end = min(end, byteCount, other.byteCount)
        var offset = start
        while offset < end {
            let differing = word(at: offset) ^ other.word(at: offset)
            if differing != 0 { return min(end, offset + differing.leadingZeroBitCount / 8) }
            offset += 8
        }
        return end
    }
}
