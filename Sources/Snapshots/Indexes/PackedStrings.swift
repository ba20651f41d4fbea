import Deployments
import Wire

/// Strings packed side by side in memory, for sorting.
///
/// A record's string is three steps away through memory that no cache holds, and sorting compares each a dozen
/// times: so what is to be sorted is packed first.
struct PackedStrings: Sendable {
    private var bytes: [UInt8] = []
    /// Where each string ends.
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

    /// Appends eight bytes, whose order is that of the words.
    mutating func append(_ word: UInt64) {
        withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
        ends.append(bytes.count)
    }

    /// Appends one of other strings.
    mutating func append(_ index: Int, of others: PackedStrings) {
        bytes += others.bytes[others.range(index)]
        ends.append(bytes.count)
    }

    /// One of them; one that was packed from another type may be any bytes.
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

    /// Lends the strings for comparing: neither array's reference is counted for each.
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

    /// A string being sorted, and the eight of its bytes that it is sorted by now.
    private struct Key {
        var word: UInt64
        var string: Int
    }

    /// Where a string lies in ``bytes``.
    func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    /// By their bytes.
    func compare(_ left: Int, _ right: Int) -> ByteComparison {
        ByteComparison(bytes.bytes.extracting(range(left)), bytes.bytes.extracting(range(right)))
    }

    /// Some of the strings in the order of their bytes; those with the same bytes as `isBefore` has them.
    func sorted(_ strings: [Int], ties isBefore: (Int, Int) -> Bool) -> [Int] {
        var keys = strings.map { Key(word: 0, string: $0) }
        sort(&keys[...], fromByte: 0, splits: 0, ties: isBefore)
        return keys.map(\.string)
    }

    /// The most partitions by eight bytes: strings still together are then compared whole, since there are strings
    /// of which each partition splits off only one.
    private static let splitLimit = 32

    /// Sorts strings that are the same up to a byte: by the next eight, and those that are alike in these by the
    /// eight after.
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

    /// Sets for each string the next eight bytes in which not all are alike.
    ///
    /// - Returns: Where those end; nil where the strings are alike to their ends, or too few for this to be worth while.
    private func readWords(of keys: inout ArraySlice<Key>, fromByte start: Int) -> Int? {
        guard keys.count > 8, let first = keys.first?.string else { return nil }
        var start = start
        while true {
            var (hasMore, differ) = (false, false)
            for index in keys.indices {
                let text = bytes.bytes.extracting(range(keys[index].string))
                keys[index].word = text.word(at: start)
                hasMore = hasMore || text.byteCount > start
                differ = differ || keys[index].word != keys[keys.startIndex].word
            }
            if differ { return start + 8 }
            guard hasMore else { return nil }
            // Of uids, the name of the source at least; of messages, a page of log.
            let shared = bytes.bytes.extracting(range(first))
            let end = keys.reduce(shared.byteCount) { end, key in
                shared.sharedPrefix(with: bytes.bytes.extracting(range(key.string)), from: start, to: end)
            }
            // The words have told already that eight bytes are alike, or the ends that zeros stand for.
            start = max(end, start + 8)
        }
    }
}

extension RawSpan {
    /// Up to which byte both are alike, as far as to some byte, and from one up to which they are known to be.
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
