/// What makes a row a row: the place and the version.
package struct VersionKey: Hashable, Sendable {
    package var uid: String
    package var version: Int?

    package init(_ deployment: borrowing ModelDeployment) {
        uid = deployment.uid
        version = deployment.version
    }
}

/// How the keys of two rows stand to each other: by the bytes of the uid, then by version, none before any.
package enum KeyOrder {
    case before, same, after

    package init(_ left: borrowing ModelDeployment, _ right: borrowing ModelDeployment) {
        self.init(uid: left.uid, right.uid)
        if self == .same { self.init(left.version, right.version) }
    }

    init(uid left: String, _ right: String) {
        self.init(left.utf8Span.span.bytes, right.utf8Span.span.bytes)
    }

    fileprivate init(_ left: Int?, _ right: Int?) {
        switch (left, right) {
        case (nil, nil): self = .same
        case (nil, _): self = .before
        case (_, nil): self = .after
        case (let a?, let b?): self = a < b ? .before : a > b ? .after : .same
        }
    }

    fileprivate init(_ left: RawSpan, _ right: RawSpan) {
        var offset = 0
        while offset < min(left.byteCount, right.byteCount) {
            let (a, b) = (left.word(at: offset), right.word(at: offset))
            if a != b {
                self = a < b ? .before : .after
                return
            }
            offset += 8
        }
        self =
            left.byteCount == right.byteCount ? .same : left.byteCount < right.byteCount ? .before : .after
    }
}

/// The keys of some rows, side by side in memory.
///
/// A record's uid is three steps away through memory that no cache holds, and sorting compares each a dozen times.
struct RowKeys: Sendable {
    private var uids: [UInt8] = []
    /// Where each uid ends.
    private var ends: [Int] = []
    private var versions: [Int?] = []
    /// The places of the rows in the order of their keys, each key once: the first row that has it.
    private(set) var order: [Int] = []

    init(of rows: ArraySlice<ListedDeployment>) {
        uids.reserveCapacity(rows.count * 48)
        ends.reserveCapacity(rows.count)
        versions.reserveCapacity(rows.count)
        for index in rows.indices {
            uids.append(contentsOf: rows[index].deployment.uid.utf8)
            ends.append(uids.count)
            versions.append(rows[index].deployment.version)
        }
        var places = versions.indices.map { Place(word: 0, row: $0) }
        sort(&places[...], fromByte: 0)
        order.reserveCapacity(places.count)
        for place in places {
            if let last = order.last, compare(last, place.row) == .same { continue }
            order.append(place.row)
        }
    }

    /// The keys of a list, its two halves gathered and sorted at the same time.
    static func sideBySide(of rows: [ListedDeployment]) async -> RowKeys {
        let middle = rows.count / 2
        async let first = half(rows[..<middle])
        async let second = half(rows[middle...])
        return RowKeys(merging: await first, await second)
    }

    @concurrent
    private static func half(_ rows: ArraySlice<ListedDeployment>) async -> RowKeys { RowKeys(of: rows) }

    /// The keys of two lists that follow one another.
    private init(merging first: RowKeys, _ second: RowKeys) {
        let (rows, bytes) = (first.ends.count, first.uids.count)
        uids = first.uids + second.uids
        ends = first.ends + second.ends.map { $0 + bytes }
        versions = first.versions + second.versions
        order.reserveCapacity(first.order.count + second.order.count)
        var (left, right) = (0, 0)
        while left < first.order.count, right < second.order.count {
            let (a, b) = (first.order[left], second.order[right] + rows)
            // Of two rows with one key the first stays.
            let order = compare(a, b)
            self.order.append(order == .after ? b : a)
            if order != .after { left += 1 }
            if order != .before { right += 1 }
        }
        order += first.order[left...]
        order += second.order[right...].map { $0 + rows }
    }

    func haveSameUID(_ left: Int, _ right: Int) -> Bool { compareUIDs(left, right) == .same }

    /// A row on its way to its place, and the eight bytes of its uid that it is sorted by now.
    private struct Place {
        var word: UInt64
        var row: Int
    }

    /// Sorts rows whose uids are the same up to a byte: by the next eight, and those that are alike in these by
    /// the eight after, since all uids of a source begin alike.
    private func sort(_ places: inout ArraySlice<Place>, fromByte start: Int) {
        var hasMore = false
        if places.count > 8 {
            for index in places.indices {
                let uid = uid(places[index].row)
                places[index].word = uids.span.bytes.extracting(uid).word(at: start)
                hasMore = hasMore || uid.count > start
            }
        }
        guard hasMore else {
            return places.sort { left, right in
                let order = compare(left.row, right.row)
                return order == .same ? left.row < right.row : order == .before
            }
        }
        places.sort { $0.word < $1.word }
        var begin = places.startIndex
        while begin < places.endIndex {
            var end = begin + 1
            while end < places.endIndex, places[end].word == places[begin].word { end += 1 }
            if end - begin > 1 { sort(&places[begin..<end], fromByte: start + 8) }
            begin = end
        }
    }

    private func compare(_ left: Int, _ right: Int) -> KeyOrder {
        let order = compareUIDs(left, right)
        return order == .same ? KeyOrder(versions[left], versions[right]) : order
    }

    private func compareUIDs(_ left: Int, _ right: Int) -> KeyOrder {
        let bytes = uids.span.bytes
        return KeyOrder(bytes.extracting(uid(left)), bytes.extracting(uid(right)))
    }

    private func uid(_ row: Int) -> Range<Int> { (row == 0 ? 0 : ends[row - 1])..<ends[row] }
}

extension RawSpan {
    /// The eight bytes from an offset on, the first as the highest; zeros past the end.
    fileprivate func word(at offset: Int) -> UInt64 {
        if offset + 8 <= byteCount {
            return UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        var word: UInt64 = 0
        for place in offset..<offset + 8 {
            let byte = place < byteCount ? unsafeLoad(fromByteOffset: place, as: UInt8.self) : 0
            word = word << 8 | UInt64(byte)
        }
        return word
    }
}
