/// An LRU list: values in the order of their last use, by the ids of cursors.
///
/// Every use and every removal takes constant time.
struct LRUList<Value: Sendable>: Sendable {
    private struct Link: Sendable {
        var value: Value
        var before: CursorID?
        var after: CursorID?
    }

    private var links: [CursorID: Link] = [:]
    /// The id of the least recently used value; nil in an empty list.
    private(set) var oldest: CursorID?
    private var newest: CursorID?

    init() {}

    var count: Int { links.count }

    subscript(id: CursorID) -> Value? { links[id]?.value }

    /// The id of the next value in the order; nil after the last one.
    func next(after id: CursorID) -> CursorID? { links[id]?.after }

    /// Adds a value, or moves it, to the end of the order.
    mutating func use(_ value: Value, as id: CursorID) {
        remove(id)
        links[id] = Link(value: value, before: newest, after: nil)
        if let newest { links[newest]?.after = id } else { oldest = id }
        newest = id
    }

    /// Changes a value, which keeps its place in the order; false if there is none.
    mutating func change(_ id: CursorID, _ body: (inout Value) -> Void) -> Bool {
        guard var link = links[id] else { return false }
        body(&link.value)
        links[id] = link
        return true
    }

    @discardableResult
    mutating func remove(_ id: CursorID) -> Value? {
        guard let link = links.removeValue(forKey: id) else { return nil }
        if let before = link.before { links[before]?.after = link.after } else { oldest = link.after }
        if let after = link.after { links[after]?.before = link.before } else { newest = link.before }
        return link.value
    }
}
