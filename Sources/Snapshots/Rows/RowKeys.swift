import Deployments
import Wire

/// The order of some rows' keys.
///
/// Reading a record's uid follows three pointers, each likely a cache miss, and sorting compares each uid a
/// dozen times. So the keys are copied into one buffer first.
struct RowKeys: Sendable {
    private var keys = PackedKeys()
    /// The indices of the rows in the order of their keys; of rows with the same key only the first.
    private(set) var order: [Int] = []
    /// One element for each of ``order``: true if its row is the first of its uid.
    private(set) var beginsUID: [Bool] = []

    init(of rows: ArraySlice<some Record>) {
        keys.reserveCapacity(rows.count)
        for index in rows.indices {
            rows[index].withKey { uid, version in keys.append(uid, version) }
        }
        order.reserveCapacity(rows.count)
        beginsUID.reserveCapacity(rows.count)
        keys.withView { keys in
            for index in keys.sorted(rows.count) {
                let isSameUID = order.last.map { keys.compareUIDs($0, index) == .same } ?? false
                if isSameUID, let last = order.last, keys.compare(last, index) == .same { continue }
                order.append(index)
                beginsUID.append(!isSameUID)
            }
        }
    }

    /// The keys of a list; its two halves are sorted concurrently.
    static func concurrent(of rows: [some Record]) async -> RowKeys {
        let middle = rows.count / 2
        async let first = half(rows[..<middle])
        async let second = half(rows[middle...])
        return RowKeys(merging: await first, await second)
    }

    @concurrent
    private static func half(_ rows: ArraySlice<some Record>) async -> RowKeys { RowKeys(of: rows) }

    /// The keys of two consecutive parts of a list.
    private init(merging first: RowKeys, _ second: RowKeys) {
        let offset = first.keys.count
        keys = first.keys
        keys.append(second.keys)
        order.reserveCapacity(first.order.count + second.order.count)
        beginsUID.reserveCapacity(first.order.count + second.order.count)
        var (left, right) = (0, 0)
        // True if the next rows of both halves had the same uid, and only one of them was taken.
        var wereSame = false
        keys.withView { keys in
            while left < first.order.count, right < second.order.count {
                let (a, b) = (first.order[left], second.order[right] + offset)
                let uids = keys.compareUIDs(a, b)
                let order = uids == .same ? keys.compare(a, b) : uids
                let isFirst = order == .after ? second.beginsUID[right] : first.beginsUID[left]
                self.order.append(order == .after ? b : a)
                beginsUID.append(isFirst && !wereSame)
                // Of two rows with the same key the first one stays.
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

/// The keys of some rows, packed into one buffer.
private struct PackedKeys: Sendable {
    private var uids = PackedStrings()
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

    mutating func append(_ others: PackedKeys) {
        uids.append(others.uids)
        versions += others.versions
    }

    /// Passes a view of the keys to `body`, which compares them without reference counting.
    func withView<Result>(_ body: (KeyView) -> Result) -> Result {
        uids.withView { uids in
            versions.withUnsafeBufferPointer { body(KeyView(uids: uids, versions: $0)) }
        }
    }
}

/// The keys of some rows, valid inside ``PackedKeys/withView(_:)`` only.
private struct KeyView {
    let uids: StringsView
    let versions: UnsafeBufferPointer<Int?>

    func compare(_ left: Int, _ right: Int) -> ByteComparison {
        let order = uids.compare(left, right)
        return order == .same ? ByteComparison(versions[left], versions[right]) : order
    }

    func compareUIDs(_ left: Int, _ right: Int) -> ByteComparison { uids.compare(left, right) }

    /// The first `count` rows in the order of their keys; rows with the same key in the order of the list.
    func sorted(_ count: Int) -> [Int] {
        uids.sorted(Array(0..<count)) { left, right in
            let order = ByteComparison(versions[left], versions[right])
            return order == .same ? left < right : order == .before
        }
    }
}
