import Deployments
import Synchronization

/// The indexes of one list's rows, each made when a reader first asks for it.
final class FieldIndexes: Sendable {
    /// For so many lists after its last reader an index is still made.
    private static let patience = 8

    /// By the names of their readings: of the table's fields and of what they are grouped by, so they are few.
    private let slots: Mutex<[String: Slot]>

    init() { slots = Mutex([:]) }

    private init(_ slots: [Slot]) {
        self.slots = Mutex(Dictionary(slots.map { ($0.reading.name, $0) }) { first, _ in first })
    }

    /// Of those that are made.
    var names: Set<String> { Set(slots.withLock { Array($0.values) }.filter(\.isMade).map(\.reading.name)) }

    /// Two readers at once make it once; who asks for another field does not wait for that.
    func index(of reading: FieldReading, over rows: RowTable) -> FieldIndex {
        // Made in no time, and of labels there may be any number.
        if reading.isOfSource { return FieldIndex(reading, of: rows) }
        let slot = slots.withLock { slots in
            if let slot = slots[reading.name] { return slot }
            let slot = Slot(reading)
            slots[reading.name] = slot
            return slot
        }
        return slot.read(over: rows)
    }

    /// Those that are in use, of new rows.
    func renewed(over rows: RowTable) async -> FieldIndexes {
        let inUse = slots.withLock { Array($0.values) }.filter { $0.listsUnread < Self.patience }
        guard !inUse.isEmpty else { return FieldIndexes() }
        let read = await ColumnReader.concurrentMap(inUse.map(\.reading), of: rows)
        return FieldIndexes(
            await concurrentMap(Array(inUse.indices)) { place in
                inUse[place].renewed(over: rows, interned: read.interned[place], numbers: read.numbers[place])
            })
    }
}

/// The place of one index.
private final class Slot: Sendable {
    private struct State {
        var index: FieldIndex?
        /// How many lists before this one have had no reader of it, this one included.
        var listsUnread: Int
    }

    let reading: FieldReading
    private let state: Mutex<State>

    init(_ reading: FieldReading) {
        self.reading = reading
        state = Mutex(State(index: nil, listsUnread: 0))
    }

    private init(_ index: FieldIndex, listsUnread: Int) {
        reading = index.reading
        state = Mutex(State(index: index, listsUnread: listsUnread))
    }

    var isMade: Bool { state.withLock { $0.index != nil } }

    var listsUnread: Int { state.withLock { $0.listsUnread } }

    func read(over rows: RowTable) -> FieldIndex {
        state.withLock { state in
            state.listsUnread = 0
            if let index = state.index { return index }
            let index = FieldIndex(reading, of: rows)
            state.index = index
            return index
        }
    }

    func renewed(over rows: RowTable, interned: ValueInterner, numbers: [UInt32]) -> Slot {
        let (old, listsUnread) = state.withLock { ($0.index, $0.listsUnread) }
        let index = FieldIndex(
            reading, of: rows, interned: interned, numbers: numbers, withTexts: old?.hasTexts ?? false)
        return Slot(index, listsUnread: listsUnread + 1)
    }
}
