import Deployments
import Wire

/// Some texts, side by side in memory.
///
/// A text of a record is three steps away through memory that no cache holds, and sorting compares each a dozen
/// times: so what is to be sorted is gathered first.
struct PackedStrings: Sendable {
    private var bytes: [UInt8] = []
    /// Where each text ends.
    private var ends: [Int] = []

    var count: Int { ends.count }

    mutating func reserveCapacity(_ texts: Int, bytesEach: Int) {
        bytes.reserveCapacity(texts * bytesEach)
        ends.reserveCapacity(texts)
    }

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        ends.append(bytes.count)
    }

    /// Appends eight bytes, whose order is that of the words.
    mutating func append(_ word: UInt64) {
        withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
        ends.append(bytes.count)
    }

    /// Appends one of other texts.
    mutating func append(_ text: Int, of others: PackedStrings) {
        bytes += others.bytes[others.range(text)]
        ends.append(bytes.count)
    }

    /// One of them; what was no text may be anything.
    func text(_ text: Int) -> String { String(decoding: bytes[range(text)], as: UTF8.self) }

    private func range(_ text: Int) -> Range<Int> { (text == 0 ? 0 : ends[text - 1])..<ends[text] }

    mutating func append(_ others: PackedStrings) {
        let offset = bytes.count
        bytes += others.bytes
        ends += others.ends.map { $0 + offset }
    }

    mutating func removeLast() {
        ends.removeLast()
        bytes.removeLast(bytes.count - (ends.last ?? 0))
    }

    /// Lends the texts for comparing: neither array's reference is counted for each.
    func withView<Result>(_ body: (TextView) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            ends.withUnsafeBufferPointer { body(TextView(bytes: bytes, ends: $0)) }
        }
    }
}

/// Gathered texts, good inside ``PackedStrings/withView(_:)`` only.
struct TextView {
    let bytes: UnsafeRawBufferPointer
    let ends: UnsafeBufferPointer<Int>

    /// A text on its way to its place, and the eight of its bytes that it is sorted by now.
    private struct Place {
        var word: UInt64
        var text: Int
    }

    /// Where a text lies in ``bytes``.
    func range(_ text: Int) -> Range<Int> { (text == 0 ? 0 : ends[text - 1])..<ends[text] }

    /// By their bytes.
    func compare(_ left: Int, _ right: Int) -> ByteComparison {
        ByteComparison(bytes.bytes.extracting(range(left)), bytes.bytes.extracting(range(right)))
    }

    /// Some of the texts in the order of their bytes; those with the same bytes as `isBefore` has them.
    func sorted(_ texts: [Int], ties isBefore: (Int, Int) -> Bool) -> [Int] {
        var places = texts.map { Place(word: 0, text: $0) }
        sort(&places[...], fromByte: 0, splits: 0, ties: isBefore)
        return places.map(\.text)
    }

    /// So many times texts are parted by eight of their bytes: those still together are then compared as a whole,
    /// as texts could be made of which each parting takes but one away.
    private static let splitLimit = 32

    /// Sorts texts that are the same up to a byte: by the next eight, and those that are alike in these by the
    /// eight after.
    private func sort(
        _ places: inout ArraySlice<Place>, fromByte start: Int, splits: Int, ties isBefore: (Int, Int) -> Bool
    ) {
        guard splits < Self.splitLimit, let next = readWords(of: &places, fromByte: start) else {
            return places.sort { left, right in
                let order = compare(left.text, right.text)
                return order == .same ? isBefore(left.text, right.text) : order == .before
            }
        }
        places.sort { $0.word < $1.word }
        var begin = places.startIndex
        while begin < places.endIndex {
            var end = begin + 1
            while end < places.endIndex, places[end].word == places[begin].word { end += 1 }
            if end - begin > 1 {
                sort(&places[begin..<end], fromByte: next, splits: splits + 1, ties: isBefore)
            }
            begin = end
        }
    }

    /// Sets for each text the next eight bytes in which not all are alike.
    ///
    /// - Returns: Where those end; nil where the texts are alike to their ends, or too few for this to be worth while.
    private func readWords(of places: inout ArraySlice<Place>, fromByte start: Int) -> Int? {
        guard places.count > 8, let first = places.first?.text else { return nil }
        var start = start
        while true {
            var (hasMore, differ) = (false, false)
            for index in places.indices {
                let text = bytes.bytes.extracting(range(places[index].text))
                places[index].word = text.word(at: start)
                hasMore = hasMore || text.byteCount > start
                differ = differ || places[index].word != places[places.startIndex].word
            }
            if differ { return start + 8 }
            guard hasMore else { return nil }
            // Of uids, the name of the source at least; of messages, a page of log.
            let shared = bytes.bytes.extracting(range(first))
            let end = places.reduce(shared.byteCount) { end, place in
                shared.sharedPrefix(with: bytes.bytes.extracting(range(place.text)), from: start, to: end)
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
