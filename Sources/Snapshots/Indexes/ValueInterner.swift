import Deployments
import Wire

/// The distinct values of a field, numbered from 0 in the order of first occurrence.
struct ValueInterner {
    /// The values by number, as bytes that sort in the field's order.
    private(set) var strings = PackedStrings()
    private var hashes: [Int] = []
    /// A hash table with open addressing: one more than a value's number, or 0 for a free slot.
    ///
    /// The size is a power of two, and at least half of the slots are free.
    private var slots = [UInt32](repeating: 0, count: 64)

    /// The number of a value, which is added if it is new; it must not be null.
    mutating func number(of value: FieldValue) -> UInt32 {
        strings.append(value)
        return numberOfLast()
    }

    /// The numbers of another interner's values in this one; values that are new are added.
    mutating func numbers(of others: ValueInterner) -> [UInt32] {
        (0..<others.strings.count).map { number in
            strings.append(number, of: others.strings)
            return numberOfLast()
        }
    }

    /// The number of the string appended last; the string is removed again if it was stored before.
    private mutating func numberOfLast() -> UInt32 {
        let added = strings.count - 1
        let hash = strings.hash(added)
        var slot = hash & (slots.count - 1)
        while slots[slot] > 0 {
            let known = Int(slots[slot]) - 1
            if hashes[known] == hash, strings.areSame(known, added) {
                strings.removeLast()
                return UInt32(known)
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        hashes.append(hash)
        slots[slot] = UInt32(hashes.count)
        if hashes.count * 2 > slots.count { grow() }
        return UInt32(added)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 4)
        for (number, hash) in hashes.enumerated() {
            var slot = hash & (slots.count - 1)
            while slots[slot] > 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(number + 1)
        }
    }
}

extension PackedStrings {
    /// A hash of a string's bytes; it differs between processes.
    fileprivate func hash(_ index: Int) -> Int {
        withView { view in
            var hasher = Hasher()
            hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: view.bytes[view.range(index)]))
            return hasher.finalize()
        }
    }

    fileprivate func areSame(_ left: Int, _ right: Int) -> Bool {
        withView { $0.compare(left, right) == .same }
    }
}
