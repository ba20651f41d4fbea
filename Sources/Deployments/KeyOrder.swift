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
        self.init(left.uid, right.uid)
        if self == .same { self.init(left.version, right.version) }
    }

    /// By their bytes.
    init(_ left: String, _ right: String) {
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

    init(_ left: RawSpan, _ right: RawSpan) {
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
                let isSameUID = order.last.map { keys.compareUIDs($0, place) == .same } ?? false
                if isSameUID, let last = order.last, keys.compare(last, place) == .same { continue }
                order.append(place)
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
    private var uids = GatheredTexts()
    private var versions: [Int?] = []

    var count: Int { versions.count }

    mutating func reserveCapacity(_ rows: Int) {
        uids.reserveCapacity(rows, bytesEach: 48)
        versions.reserveCapacity(rows)
    }

    mutating func append(_ uid: String, _ version: Int?) {
        uids.append(uid)
        versions.append(version)
    }

    mutating func append(_ others: GatheredKeys) {
        uids.append(others.uids)
        versions += others.versions
    }

    /// Lends the keys for comparing: none of the arrays' references is counted for each.
    func withView<Result>(_ body: (KeyView) -> Result) -> Result {
        uids.withView { uids in
            versions.withUnsafeBufferPointer { body(KeyView(uids: uids, versions: $0)) }
        }
    }
}

/// The keys of some rows, good inside ``GatheredKeys/withView(_:)`` only.
private struct KeyView {
    let uids: TextView
    let versions: UnsafeBufferPointer<Int?>

    func compare(_ left: Int, _ right: Int) -> KeyOrder {
        let order = uids.compare(left, right)
        return order == .same ? KeyOrder(versions[left], versions[right]) : order
    }

    func compareUIDs(_ left: Int, _ right: Int) -> KeyOrder { uids.compare(left, right) }

    /// The first so many rows in the order of their keys; of one key, in theirs.
    func sorted(_ count: Int) -> [Int] {
        uids.sorted(Array(0..<count)) { left, right in
            let order = KeyOrder(versions[left], versions[right])
            return order == .same ? left < right : order == .before
        }
    }
}

extension ModelDeployment {
    /// Hands over what makes a row a row, without a reference to any of it being counted.
    fileprivate func withKey(_ body: (_ uid: String, _ version: Int?) -> Void) {
        Unmanaged.passUnretained(shared)._withUnsafeGuaranteedRef { body($0.stated.uid, $0.stated.version) }
    }
}
