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

/// The order of some rows' keys.
///
/// A record's uid is three steps away through memory that no cache holds, and sorting compares each a dozen times:
/// so the keys are gathered side by side first.
struct RowKeys: Sendable {
    private var keys = GatheredKeys()
    /// The places of the rows in the order of their keys, each key once: the first row that has it.
    private(set) var order: [Int] = []
    /// Whether the row at the same place of ``order`` is the first of its uid.
    private(set) var beginsUID: [Bool] = []

    init(of rows: ArraySlice<ListedDeployment>) {
        keys.reserveCapacity(rows.count)
        for index in rows.indices {
            rows[index].deployment.withKey { uid, version in keys.append(uid, version) }
        }
        order.reserveCapacity(rows.count)
        beginsUID.reserveCapacity(rows.count)
        keys.withView { keys in
            for place in keys.sorted(rows.count) {
                let isSameUID = order.last.map { keys.compareUIDs($0, place.row) == .same } ?? false
                if isSameUID, let last = order.last, keys.compare(last, place.row) == .same { continue }
                order.append(place.row)
                beginsUID.append(!isSameUID)
            }
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
        let offset = first.keys.count
        keys = first.keys
        keys.append(second.keys)
        order.reserveCapacity(first.order.count + second.order.count)
        beginsUID.reserveCapacity(first.order.count + second.order.count)
        var (left, right) = (0, 0)
        // Whether of two rows of one uid one was taken, and the other is still to be.
        var wereSame = false
        keys.withView { keys in
            while left < first.order.count, right < second.order.count {
                let (a, b) = (first.order[left], second.order[right] + offset)
                let uids = keys.compareUIDs(a, b)
                let order = uids == .same ? keys.compare(a, b) : uids
                let isFirst = order == .after ? second.beginsUID[right] : first.beginsUID[left]
                self.order.append(order == .after ? b : a)
                beginsUID.append(isFirst && !wereSame)
                // Of two rows with one key the first stays.
                if order != .after { left += 1 }
                if order != .before { right += 1 }
                wereSame = uids == .same && order != .same
            }
        }
        for (half, start, offset) in [(first, left, 0), (second, right, offset)]
        where start < half.order.count {
            order += half.order[start...].map { $0 + offset }
            beginsUID.append(half.beginsUID[start] && !wereSame)
            beginsUID += half.beginsUID[(start + 1)...]
        }
    }
}

/// The keys of some rows, side by side in memory.
private struct GatheredKeys: Sendable {
    private var uids: [UInt8] = []
    /// Where each uid ends.
    private var ends: [Int] = []
    private var versions: [Int?] = []

    var count: Int { ends.count }

    mutating func reserveCapacity(_ rows: Int) {
        uids.reserveCapacity(rows * 48)
        ends.reserveCapacity(rows)
        versions.reserveCapacity(rows)
    }

    mutating func append(_ uid: String, _ version: Int?) {
        uids.append(contentsOf: uid.utf8)
        ends.append(uids.count)
        versions.append(version)
    }

    mutating func append(_ others: GatheredKeys) {
        let bytes = uids.count
        uids += others.uids
        ends += others.ends.map { $0 + bytes }
        versions += others.versions
    }

    /// Lends the keys for comparing: none of the arrays' references is counted for each.
    func withView<Result>(_ body: (KeyView) -> Result) -> Result {
        uids.withUnsafeBytes { uids in
            ends.withUnsafeBufferPointer { ends in
                versions.withUnsafeBufferPointer { versions in
                    body(KeyView(uids: uids, ends: ends, versions: versions))
                }
            }
        }
    }
}

/// The keys of some rows, good inside ``GatheredKeys/withView(_:)`` only.
private struct KeyView {
    let uids: UnsafeRawBufferPointer
    let ends: UnsafeBufferPointer<Int>
    let versions: UnsafeBufferPointer<Int?>

    /// A row on its way to its place, and the eight bytes of its uid that it is sorted by now.
    struct Place {
        var word: UInt64
        var row: Int
    }

    func compare(_ left: Int, _ right: Int) -> KeyOrder {
        let order = compareUIDs(left, right)
        return order == .same ? KeyOrder(versions[left], versions[right]) : order
    }

    func compareUIDs(_ left: Int, _ right: Int) -> KeyOrder {
        KeyOrder(uids.bytes.extracting(uid(left)), uids.bytes.extracting(uid(right)))
    }

    private func uid(_ row: Int) -> Range<Int> { (row == 0 ? 0 : ends[row - 1])..<ends[row] }

    /// The first so many rows in the order of their keys; of one key, in theirs.
    func sorted(_ count: Int) -> [Place] {
        var places = (0..<count).map { Place(word: 0, row: $0) }
        sort(&places[...], fromByte: sharedPrefix(count))
        return places
    }

    /// How many bytes all uids begin with alike: the name of the source at least.
    private func sharedPrefix(_ count: Int) -> Int {
        guard count > 0 else { return 0 }
        let first = uids.bytes.extracting(uid(0))
        var shared = first.byteCount
        for row in 1..<max(1, count) where shared > 0 {
            let other = uids.bytes.extracting(uid(row))
            shared = min(shared, other.byteCount)
            while shared > 0, !first.beginsAlike(other, to: shared) { shared -= 1 }
        }
        return shared
    }

    /// Sorts rows whose uids are the same up to a byte: by the next eight, and those that are alike in these by
    /// the eight after.
    private func sort(_ places: inout ArraySlice<Place>, fromByte start: Int) {
        var hasMore = false
        if places.count > 8 {
            for index in places.indices {
                let uid = uid(places[index].row)
                places[index].word = uids.bytes.extracting(uid).word(at: start)
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
}

extension ModelDeployment {
    /// Hands over what makes a row a row, without a reference to any of it being counted.
    fileprivate func withKey(_ body: (_ uid: String, _ version: Int?) -> Void) {
        Unmanaged.passUnretained(shared)._withUnsafeGuaranteedRef { body($0.stated.uid, $0.stated.version) }
    }
}

extension RawSpan {
    /// Whether both have the same bytes up to one; neither is shorter.
    fileprivate func beginsAlike(_ other: RawSpan, to end: Int) -> Bool {
        KeyOrder(extracting(first: end), other.extracting(first: end)) == .same
    }

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
