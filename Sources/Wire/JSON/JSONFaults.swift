import CSimdJSON

/// The way in which a value differs from what its document's text says.
package enum JSONFault: Sendable, Equatable {
    /// A text that is not whole UTF-8, or has an escape or a control character that JSON does not allow.
    ///
    /// It is read with U+FFFD in place of what is broken; a control character stays.
    case text
    /// A number beyond 64 bits or beyond a double, NaN or an infinity; it is read as null.
    case number
    /// A value whose name its object has more than once: the last is read.
    case repeated
    /// A missing member of an object in which a name is such a text: it may be that member's.
    case name
}

/// The positions of a document's faults on its tape.
///
/// Faulty values are values of a tree: two of them are apart, or one is in the other. So the first that
/// begins at a position or later, and the farthest end of those before it, answer every question.
struct JSONFaults: Sendable {
    /// The faulty values in the order of their beginnings, each with the farthest end of any so far.
    private var values: [(start: Int, fault: JSONFault, farthestEnd: Int)] = []
    /// The objects in which a name is faulty.
    private var objects: Set<Int> = []

    static let none = JSONFaults()

    private init() {}

    /// Takes faulty scalars, the values of repeated names, and the objects in which a name is faulty.
    init(repaired: [(index: Int, fault: JSONFault)], repeated: [Range<Int>], objects: Set<Int>) {
        let spans =
            repaired.map { (start: $0.index, end: $0.index + 1, fault: $0.fault) }
            + repeated.map { (start: $0.lowerBound, end: $0.upperBound, fault: .repeated) }
        var farthest = 0
        // A repaired text under a repeated name begins with it; as a text it is the worse of the two.
        values = spans.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }
            .map { _, span in
                farthest = max(farthest, span.end)
                return (span.start, span.fault, farthest)
            }
        self.objects = objects
    }

    var isEmpty: Bool { values.isEmpty && objects.isEmpty }

    /// The first fault of the value with this range: its own, or one in it or around it.
    func fault(in range: Range<Int>) -> JSONFault? {
        let next = values.partitioningIndex { $0.start >= range.lowerBound }
        if next < values.count, values[next].start < range.upperBound { return values[next].fault }
        // Only an object or array has another value in it.
        return next > 0 && values[next - 1].farthestEnd > range.lowerBound ? .repeated : nil
    }

    /// True if a name in the object at this index is faulty.
    func hasFaultyName(_ object: Int) -> Bool { objects.contains(object) }
}

extension JSONValue {
    /// True if anything in this value's document is faulty; hardly any document is.
    package var isInFaultyDocument: Bool { document.hasFaults }

    /// The first fault of the value at a pointer: its own, or one in it or around it.
    ///
    /// For a missing value, that of the last value on the way to it. Nil if the value is what the text says.
    package func fault(at pointer: JSONPointer = .itself) -> JSONFault? {
        guard document.hasFaults else { return nil }
        defer { extendLifetime(pointer) }
        var found = csj_value()
        let (steps, faults) = (pointer.steps, document.faults)
        if csj_follow(handle, steps.baseAddress, steps.count, &found) {
            return faults.fault(in: found.index..<csj_after(found))
        }
        return faults.fault(in: found.index..<(found.index + 1))
            ?? (faults.hasFaultyName(found.index) ? .name : nil)
    }

    /// An object's members in the order they were written, of several with one name the last; empty for
    /// anything else.
    package var lastMembers: [(key: String, value: JSONValue)] {
        guard document.hasFaults else { return members }
        let members = members
        // By bytes: names that Unicode treats as equal are different.
        var last: [[UInt8]: Int] = [:]
        for (position, member) in members.enumerated() { last[Array(member.key.utf8)] = position }
        return members.enumerated().filter { last[Array($0.element.key.utf8)] == $0.offset }.map(\.element)
    }
}

extension Array {
    /// The index of the first element for which the condition holds, which holds for all elements after it.
    fileprivate func partitioningIndex(where condition: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
