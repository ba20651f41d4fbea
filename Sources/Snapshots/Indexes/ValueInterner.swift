import Deployments
import Wire

/// The values of a field, each kept once, with a number from 0 in the order in which they came.
struct ValueInterner {
    /// The bytes of each, in the field's order.
    private(set) var strings = PackedStrings()
    private var hashes: [Int] = []
    /// By hash, one more than a value's number; 0 is free.
    ///
    /// Always a power of two, and half of them free.
    private var slots = [UInt32](repeating: 0, count: 64)

    /// The number of a value that is not null.
    mutating func number(of value: FieldValue) -> UInt32 {
        strings.append(value)
        return numberOfLast()
    }

    /// The numbers that others' values have here.
    mutating func numbers(of others: ValueInterner) -> [UInt32] {
        (0..<others.strings.count).map { number in
            strings.append(number, of: others.strings)
            return numberOfLast()
        }
    }

    /// The number of the string added last, which goes if it was there before.
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
    /// Of its bytes, unlike in another process.
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
