/// An LRU list: values in the order of their last use, by the ids of cursors.
///
/// Every use and every removal takes a step or two, however many values there are.
struct LRUList<Value: Sendable>: Sendable {
    private struct Link: Sendable {
        var value: Value
        var before: CursorID?
        var after: CursorID?
    }

    private var links: [CursorID: Link] = [:]
    /// The least recently used one; nil in an empty list.
    private(set) var oldest: CursorID?
    private var newest: CursorID?

    init() {}

    var count: Int { links.count }

    subscript(id: CursorID) -> Value? { links[id]?.value }

    /// The next one in the order; nil behind the last.
    func next(after id: CursorID) -> CursorID? { links[id]?.after }

    /// Puts a value behind all others, wherever it was.
    mutating func use(_ value: Value, as id: CursorID) {
        remove(id)
        links[id] = Link(value: value, before: newest, after: nil)
        if let newest { links[newest]?.after = id } else { oldest = id }
        newest = id
    }

    @discardableResult
    mutating func remove(_ id: CursorID) -> Value? {
        guard let link = links.removeValue(forKey: id) else { return nil }
        if let before = link.before { links[before]?.after = link.after } else { oldest = link.after }
        if let after = link.after { links[after]?.before = link.before } else { newest = link.before }
        return link.value
    }
}
