import Deployments
import Synchronization

/// The indexes of one list's rows, each made when a reader first needs it.
final class FieldIndexes: Sendable {
    /// For so many lists after its last reader an index is still made.
    private static let patience = 8

    /// By the names of their accessors: of the table's fields and of what they are grouped by, so they are few.
    private let slots: Mutex<[String: Slot]>

    init() { slots = Mutex([:]) }

    private init(_ slots: [Slot]) {
        self.slots = Mutex(Dictionary(slots.map { ($0.accessor.name, $0) }) { first, _ in first })
    }

    /// Of those that are made.
    var names: Set<String> {
        Set(slots.withLock { Array($0.values) }.filter { $0.index.stored != nil }.map(\.accessor.name))
    }

    /// The index of a field, made outside any lock.
    func index(of accessor: FieldAccessor, over rows: RowTable) -> FieldIndex {
        // Made in no time, and of labels there may be any number.
        if accessor.isOfSource { return FieldIndex(accessor, of: rows) }
        let slot = slots.withLock { slots in
            if let slot = slots[accessor.name] { return slot }
            let slot = Slot(accessor)
            slots[accessor.name] = slot
            return slot
        }
        return slot.read(over: rows)
    }

    /// Those that are in use, of new rows.
    func renewed(over rows: RowTable) async -> FieldIndexes {
        let inUse = slots.withLock { Array($0.values) }
            .filter { $0.listsUnread.load(ordering: .relaxed) < Self.patience }
        guard !inUse.isEmpty else { return FieldIndexes() }
        let columns = await ColumnReader.concurrent(inUse.map(\.accessor), of: rows)
        return FieldIndexes(
            await concurrentMap(Array(inUse.indices)) { field in
                inUse[field].renewed(
                    over: rows, interned: columns.interned[field], numbers: columns.numbers[field])
            })
    }
}

/// One index and how long nobody has read it.
private final class Slot: Sendable {
    let accessor: FieldAccessor
    let index: OnceValue<FieldIndex>
    /// How many lists before this one have had no reader of it, this one included.
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
        return index.value { FieldIndex(accessor, of: rows) }
    }

    func renewed(over rows: RowTable, interned: ValueInterner, numbers: [UInt32]) -> Slot {
        let index = FieldIndex(
            accessor, of: rows, interned: interned, numbers: numbers,
            withStrings: self.index.stored?.hasStrings ?? false)
        return Slot(index, listsUnread: listsUnread.load(ordering: .relaxed) + 1)
    }
}
