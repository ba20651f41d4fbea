import Deployments
import Synchronization

/// The indexes of one list's rows, each made when a reader first needs it.
final class FieldIndexes: Sendable {
    /// The number of new lists for which an index is still made after it was last read.
    private static let unreadListLimit = 8

    /// The indexes by their accessors' names.
    ///
    /// They are few: names are those of the table's fields and grouping keys.
    private let slots: Mutex<[String: Slot]>

    init() { slots = Mutex([:]) }

    private init(_ slots: [Slot]) {
        self.slots = Mutex(Dictionary(slots.map { ($0.accessor.name, $0) }) { first, _ in first })
    }

    /// The names of the accessors whose index is made.
    var names: Set<String> {
        Set(slots.withLock { Array($0.values) }.filter { $0.index.stored != nil }.map(\.accessor.name))
    }

    /// The index of a field, made outside any lock.
    ///
    /// `isShared` is true if all rows have the same value, since it is a fact about their source.
    func index(of accessor: FieldAccessor, over rows: RowTable, isShared: Bool) -> FieldIndex {
        // Cheap to make, and clients may name any number of labels, so it is not stored. The labels that
        // differ from row to row are few, since rules name them.
        if isShared { return FieldIndex(accessor, of: rows, isShared: true) }
        let slot = slots.withLock { slots in
            if let slot = slots[accessor.name] { return slot }
            let slot = Slot(accessor)
            slots[accessor.name] = slot
            return slot
        }
        return slot.read(over: rows)
    }

    /// The indexes that are in use, made again for new rows.
    func renewed(over rows: RowTable) async -> FieldIndexes {
        let inUse = slots.withLock { Array($0.values) }
            .filter { $0.listsUnread.load(ordering: .relaxed) < Self.unreadListLimit }
        guard !inUse.isEmpty else { return FieldIndexes() }
        let columns = await ColumnReader.concurrent(inUse.map(\.accessor), of: rows)
        return FieldIndexes(
            await concurrentMap(Array(inUse.indices)) { field in
                inUse[field].renewed(
                    over: rows, interned: columns.interned[field], numbers: columns.numbers[field])
            })
    }
}

/// One index, with the number of lists for which it was not read.
private final class Slot: Sendable {
    let accessor: FieldAccessor
    let index: OnceValue<FieldIndex>
    /// The number of consecutive lists, this one included, on which nobody has read the index.
    let listsUnread: Atomic<Int>

    init(_ accessor: FieldAccessor) {
        self.accessor = accessor
        index = OnceValue()
        listsUnread = Atomic(0)
    }

    private init(_ index: FieldIndex, listsUnread: Int) {
        accessor = index.accessor
        self.index = OnceValue(index)
        self.listsUnread = Atomic(listsUnread)
    }

    func read(over rows: RowTable) -> FieldIndex {
        listsUnread.store(0, ordering: .relaxed)
        return index.value { FieldIndex(accessor, of: rows, isShared: false) }
    }

    func renewed(over rows: RowTable, interned: ValueInterner, numbers: [UInt32]) -> Slot {
        let index = FieldIndex(
            accessor, of: rows, interned: interned, numbers: numbers,
            withStrings: self.index.stored?.hasStrings ?? false)
        return Slot(index, listsUnread: listsUnread.load(ordering: .relaxed) + 1)
    }
}
